/**
 * What is taken as known about the star and the planet before its velocities are looked at: shared by the data, the
 * target and its evidence. Times are in days, velocities in m/s.
 */

/** The star's activity: a Gaussian process of quasi-periodic covariance, with these hyper-parameters. */
export const activity = {
  amplitude: 2, // m/s
  rotation: 25, // days: the star's rotation
  decay: 40, // days that a spot lives
  roughness: 0.5, // of what is repeated every rotation
};

/** Standard error of one velocity: the same for all, so that one rotation makes all covariances diagonal. */
export const whiteError = 1;

/** Before the data all parameters are independent. */
export const prior = {
  period: [1, 10_000], // days: log P is uniform
  velocity: 5, // m/s: standard deviation of K cos and K sin of any phase, so K is Rayleigh and the phase uniform
  eccentricity: 0.25, // e / √(1 − e²) is Rayleigh with this scale
  offset: 5, // m/s: standard deviation about zero
  logJitter: { mean: Math.log(0.5), standardDeviation: 0.7 }, // s, the jitter, is log-normal
} as const;

/** Campaigns of observation: the gaps between them make aliases, periods that cannot be told apart. */
export const campaigns = { count: 3, length: 60, every: 270 };

/** The middle of the observations; orbits are described by where the planet is then. */
export const middle = ((campaigns.count - 1) * campaigns.every + campaigns.length) / 2;

/** Covariance of the star's activity at two times. */
export function activityCovariance(t: number, u: number): number {
  const { amplitude, rotation, decay, roughness } = activity;
  const distance = (t - u) / decay;
  const phase = Math.sin((Math.PI * (t - u)) / rotation) / roughness;
  return amplitude * amplitude * Math.exp(-0.5 * distance * distance - 0.5 * phase * phase);
}

/**
 * Covariance of velocities at some times, of activity and white errors, with a jitter added.
 * @returns shape [n, n], row-major
 */
export const covarianceMatrix = (times: Float64Array, jitter = 0): Float64Array =>
  Float64Array.from({ length: times.length * times.length }, (_, at) => {
    const [i, j] = [Math.floor(at / times.length), at % times.length];
    return activityCovariance(times[i], times[j]) + (i === j ? whiteError * whiteError + jitter * jitter : 0);
  });
