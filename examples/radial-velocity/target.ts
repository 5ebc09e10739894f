/**
 * A planet in 200 velocities of its star: which period? Campaigns of observation 270 days apart leave several.
 *
 *   jeffreys run examples/radial-velocity/target.ts
 *
 * A posterior with its normalised prior, so that log Z is the evidence; evidence.ts finds it by quadrature.
 */
import { defineTarget, held, np, readTable, withChange } from 'jeffreys-flow';
import { observed } from './evidence.ts';
import { eigen } from './linearAlgebra.ts';
import { campaigns, covarianceMatrix, middle, prior } from './model.ts';
import { known, modeNames, modeOf } from './modes.ts';
import { periodCoordinate } from './periodogram.ts';

/** An array of the library's. */
type Arrayed = ReturnType<typeof np.array>;

// The parameters: log P; A = K cos λ0 and B = K sin λ0, K the semi-amplitude and λ0 the planet's mean longitude at the
// middle of the observations; the eccentricity's two; the offset of the velocities; log s, s the jitter. A point has
// them in units of their own, and another coordinate for log P.
const [LOG_PERIOD, A, B, P, Q, OFFSET, LOG_JITTER] = [0, 1, 2, 3, 4, 5, 6];
const NEWTON_STEPS = 6;

/** −log of a Gaussian density, but for its constant. */
const gaussian = (x: Arrayed, mean: number, deviation: number): Arrayed => np.square(x.sub(mean).div(deviation)).div(2);
const half = 0.5 * Math.log(2 * Math.PI);
const deviations = [
  prior.velocity, prior.velocity, prior.eccentricity, prior.eccentricity, prior.offset,
  prior.logJitter.standardDeviation,
];
const priorConstant = deviations.reduce((sum, deviation) => sum + half + Math.log(deviation), 0)
  + Math.log(Math.log(prior.period[1] / prior.period[0]));

/** −log of the prior, normalised. */
function priorEnergy(x: Arrayed): Arrayed {
  const { mean, standardDeviation } = prior.logJitter;
  return [
    gaussian(x.slice(B), 0, prior.velocity), gaussian(x.slice(P), 0, prior.eccentricity),
    gaussian(x.slice(Q), 0, prior.eccentricity), gaussian(x.slice(OFFSET), 0, prior.offset),
    gaussian(x.slice(LOG_JITTER), mean, standardDeviation),
  ].reduce((sum, each) => sum.add(each), gaussian(x.slice(A), 0, prior.velocity)).add(priorConstant);
}

/**
 * The eccentric longitude F that solves Kepler's equation L = F − k sin F + h cos F, by six of Newton's steps: right to
 * rounding for e ≤ 0.9, and to 1e-13 for e ≤ 0.93 (the prior has 1e-15 of its mass above 0.9). The steps themselves are
 * not differentiated: the equation gives the derivative of its solution.
 */
function eccentricLongitude(longitude: Arrayed, k: Arrayed, h: Arrayed): Arrayed {
  const [L, K, H] = [held(longitude), held(k), held(h)];
  const slope = (cos: Arrayed, sin: Arrayed): Arrayed => K.mul(cos).add(H.mul(sin)).neg().add(1);
  let F = L.add(K.mul(np.sin(L))).sub(H.mul(np.cos(L)));
  for (let step = 0; step < NEWTON_STEPS; step++) {
    const [cos, sin] = [np.cos(F), np.sin(F)];
    F = F.sub(F.sub(K.mul(sin)).add(H.mul(cos)).sub(L).div(slope(cos, sin)));
  }
  const [cos, sin] = [np.cos(F), np.sin(F)];
  return withChange(F, [longitude, k, h], (dL, dk, dh) => dL.add(sin.mul(dk)).sub(cos.mul(dh)).div(slope(cos, sin)));
}

/**
 * Velocities at times after the middle. Longitudes count from λ0, so that A and B enter linearly, and the eccentricity
 * by its vector (k, h) = e (cos, sin) of the longitude of periastron: nothing is singular at e = 0 or K = 0.
 */
export function velocities(x: Arrayed, times: Arrayed): Arrayed {
  const motion = np.exp(x.slice(LOG_PERIOD).neg()).mul(2 * Math.PI);
  const longitude = times.mul(motion);
  const [p, q] = [x.slice(P), x.slice(Q)];
  const root = np.square(p).add(np.square(q)).add(1); // 1 / (1 − e²)
  const axes = np.reciprocal(np.sqrt(root)); // √(1 − e²), the axes' ratio
  const [k, h] = [p.mul(axes), q.mul(axes)];

  const F = eccentricLongitude(longitude, k, h);
  const [cos, sin] = [np.cos(F), np.sin(F)];
  const nearness = k.mul(cos).add(h.mul(sin)); // 1 − r / a
  const shared = nearness.div(axes.add(1));
  const along = cos.sub(k.mul(shared)).mul(x.slice(A)).sub(sin.sub(h.mul(shared)).mul(x.slice(B)));
  return along.mul(axes).div(nearness.neg().add(1)).add(x.slice(OFFSET));
}

/** U = −log likelihood − log prior, for velocities seen at some times. */
export function energyOf(times: Float64Array, seen: Float64Array): (x: Arrayed) => Arrayed {
  const n = times.length;
  // Whatever the jitter, the covariance is diagonal along the same axes.
  const { values, vectors } = eigen(covarianceMatrix(times), n);
  const axes = np.array(vectors).reshape([n, n]);
  const variances = np.array(values);
  const [since, data] = [np.array(times.map((t) => t - middle)), np.array(seen)];
  return (x) => {
    const residuals = np.matmul(axes, data.sub(velocities(x, since)));
    const spread = variances.add(np.exp(x.slice(LOG_JITTER).mul(2)));
    const misfit = np.square(residuals).div(spread).sum().add(np.log(spread).sum()).div(2);
    return misfit.add(priorEnergy(x)).add(n * half);
  };
}

const { data } = readTable(new URL('./data.csv', import.meta.url), { columns: ['time', 'velocity'] });
const [times, seen] = [0, 1].map((j) => data.filter((_, i) => i % 2 === j));
const period = periodCoordinate(observed(times, seen));
const energyOfParameters = energyOf(times, seen);

/** What a point counts in, beside m/s: in these units the modes are of the order of one wide in every direction. */
const unit = { period: 1 / 9, eccentricity: prior.eccentricity, logJitter: prior.logJitter.standardDeviation };
const logUnits = Math.log(unit.period * unit.eccentricity ** 2 * unit.logJitter);

/** U of a point: that of its parameters, and how much room they have there. */
function energy(x: Arrayed): Arrayed {
  const { logPeriod, logDensity } = period.withDensity(x.slice(LOG_PERIOD).mul(unit.period));
  const parameters = np.stack([
    logPeriod, x.slice(A), x.slice(B), x.slice(P).mul(unit.eccentricity), x.slice(Q).mul(unit.eccentricity),
    x.slice(OFFSET), x.slice(LOG_JITTER).mul(unit.logJitter).add(prior.logJitter.mean),
  ]);
  return energyOfParameters(parameters).add(logDensity).sub(logUnits);
}

/** Log P, A, B, p, q, the offset and log s at a point. */
export const parametersOf = (x: Float64Array): Float64Array => Float64Array.of(
  period.logPeriod(x[LOG_PERIOD] * unit.period), x[A], x[B], x[P] * unit.eccentricity, x[Q] * unit.eccentricity,
  x[OFFSET], x[LOG_JITTER] * unit.logJitter + prior.logJitter.mean,
);

const logPeriod = (x: Float64Array): number => period.logPeriod(x[LOG_PERIOD] * unit.period);
const eccentricity = (x: Float64Array): number => {
  const ratio = unit.eccentricity * Math.hypot(x[P], x[Q]);
  return ratio / Math.hypot(1, ratio);
};

export default defineTarget({
  name: 'radial-velocity',
  description: 'the period of a planet: aliases of a gapped series with correlated noise, 7 parameters',
  dimension: 7,
  energy,
  interval: { [LOG_PERIOD]: [0, 1 / unit.period] },
  box: [[0, 1], [-7, 3], [-4.5, 5.5], [-6, 5], [-6, 5], [-3.5, 6.5], [-3.5, 4.5]],
  // About circular orbits of the best period, as wide as the widest mode or wider.
  base: { mean: [0, -2, 0.5, -0.5, -0.5, 1.5, 0.5], standardDeviation: [1, 1, 1, 1.2, 1.2, 1, 0.8] },
  modes: { names: modeNames, assign: (x) => modeOf(logPeriod(x)), exact: known.masses },
  logZ: known.logZ,
  observables: [
    // Its mean hangs on the few samples of periods far off; a run says so where they are too few.
    { name: 'log P', value: logPeriod },
    // What is left of the period but for aliases.
    { name: 'turn between campaigns', value: (x) => (campaigns.every * Math.exp(-logPeriod(x))) % 1 },
    { name: 'e', value: eccentricity },
    { name: 'K² (m²/s²)', value: (x) => x[A] * x[A] + x[B] * x[B] },
    { name: 'log s', value: (x) => x[LOG_JITTER] * unit.logJitter + prior.logJitter.mean },
  ],
  projections: [
    { name: 'period (days)', value: (x) => Math.exp(logPeriod(x)), low: 28, high: 65 },
    { name: 'K (m/s)', value: (x) => Math.hypot(x[A], x[B]), low: 0, high: 5 },
    { name: 'e', value: eccentricity, low: 0, high: 0.9 },
  ],
  // Energies of this size are half of the work: hence few rungs, from a base that is near, and chains in float32.
  settings: {
    path: 'interpolation', hottest: 0.03, replicas: 7, ladders: 64, rounds: 4000, stepsPerRound: 4,
    mcmcPrecision: 'float32', steps: 2000, batch: 2000, learningRate: 0.01, kappa: 0.5,
  },
});
