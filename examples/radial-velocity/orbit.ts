/** A planet's pull on its star as textbooks have it, in plain numbers: what the data and the evidence are made with. */

export interface Planet {
  /** In days. */
  readonly period: number;
  /** K, in m/s. */
  readonly semiAmplitude: number;
  /** 0 ≤ e < 1 */
  readonly eccentricity: number;
  /** ω: the argument of periastron, in radians. */
  readonly argument: number;
  /** M0: the mean anomaly at time zero, in radians. */
  readonly anomaly: number;
}

/** E with E − e sin E = M, to rounding: Newton's steps from a side where they cannot overshoot. */
export function eccentricAnomaly(M: number, e: number): number {
  const turns = Math.round(M / (2 * Math.PI));
  const reduced = M - 2 * Math.PI * turns;
  const [m, sign] = [Math.abs(reduced), Math.sign(reduced)];
  // E − e sin E is convex on [0, π], and greater than M at M + e.
  let E = Math.min(m + e, Math.PI);
  for (let step = 0; step < 50; step++) {
    const change = (E - e * Math.sin(E) - m) / (1 - e * Math.cos(E));
    E -= change;
    if (Math.abs(change) < 1e-14) break;
  }
  return sign * E + 2 * Math.PI * turns;
}

/** v(t) = K (cos(ω + f) + e cos ω), f the true anomaly. */
export function velocity({ period, semiAmplitude, eccentricity: e, argument, anomaly }: Planet, t: number): number {
  const E = eccentricAnomaly(anomaly + (2 * Math.PI * t) / period, e);
  const f = 2 * Math.atan2(Math.sqrt(1 + e) * Math.sin(E / 2), Math.sqrt(1 - e) * Math.cos(E / 2));
  return semiAmplitude * (Math.cos(argument + f) + e * Math.cos(argument));
}
