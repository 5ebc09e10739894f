/**
 * Normal laws with heavier tails, coordinate by coordinate: (1 − share) N(m, s²) + share N(m, (wide · s)²). A flow maps
 * the tails of its base along straight lines; where it is a little too steep there, those of a normal law fall off
 * faster than the target, and weights have no bound. These do not.
 * @see Hesterberg 1995, "Weighted average importance sampling and defensive mixture distributions"
 */
import { np, type Array as NpArray } from '../engine/numpy.ts';

export interface Tails {
  /** Of the wide law. */
  readonly share: number;
  /** Its deviation over that of the other. */
  readonly wide: number;
}

const HALF_LOG_2_PI = 0.5 * Math.log(2 * Math.PI);

/** −log p at z = (x − m) / s, but for log s: z²/2w² − log(a/w + (1 − a) e^(−(1 − 1/w²) z²/2)) + ½ log 2π. */
export function tailEnergy({ share, wide }: Tails, z: number): number {
  const flat = 1 / (wide * wide);
  const narrow = (1 - share) * Math.exp(-0.5 * (1 - flat) * z * z);
  return 0.5 * flat * z * z - Math.log(share / wide + narrow) + HALF_LOG_2_PI;
}

/** Its derivative by z. */
export function tailSlope(tails: Tails, z: number): number {
  const flat = 1 / (tails.wide * tails.wide);
  return z * (flat + (1 - flat) * (1 - wideShare(tails, z)));
}

/** The probability that a point at z is of the wide law. */
export function wideShare({ share, wide }: Tails, z: number): number {
  const other = (1 - share) * Math.exp(-0.5 * (1 - 1 / (wide * wide)) * z * z);
  return (share / wide) / (share / wide + other);
}

/** What a standard normal number becomes. @param u uniform in [0, 1) */
export const placeInTails = ({ share, wide }: Tails, normal: number, u: number): number =>
  (u < share ? wide * normal : normal);

/**
 * √(1 − s²) z + s ξ with the deviation of one of the two laws, drawn by its share at z: it leaves either, and so both,
 * invariant. @param normal ξ @param u uniform in [0, 1)
 */
export const stepInTails = (tails: Tails, z: number, normal: number, s: number, u: number): number =>
  Math.sqrt(1 - s * s) * z + s * normal * (u < wideShare(tails, z) ? tails.wide : 1);

/** {@link tailEnergy} of an array. */
export function tailProgram({ share, wide }: Tails, z: NpArray): NpArray {
  const flat = 1 / (wide * wide);
  const squares = np.square(z);
  const narrow = np.exp(squares.mul(-0.5 * (1 - flat))).mul(1 - share).add(share / wide);
  return squares.mul(0.5 * flat).sub(np.log(narrow)).add(HALF_LOG_2_PI);
}
