/**
 * Curved valleys: coordinates that lie along a parabola over another, as a banana does. One layer takes the curves off,
 *
 *   x_t = y_t + c₀ + c₁ u + c₂ u²,   u = (x_h − centre) / width.
 *
 * No volume changes. What is narrow about a curve is narrow along an axis in y.
 * @see Haario, Saksman & Tamminen 1999, "Adaptive proposal distribution for random walk Metropolis algorithm": bananas
 */
import { z } from 'zod';
import { np, type Array as NpArray } from '../engine/numpy.ts';

export const valleySchema = z.object({
  /** The coordinate that is told. */
  told: z.number(),
  /** The coordinate that tells it. */
  by: z.number(),
  /** Of the latter: its middle and its width. */
  centre: z.number(), width: z.number(),
  /** c₀, c₁, c₂. */
  curve: z.tuple([z.number(), z.number(), z.number()]),
});
export type Valley = z.infer<typeof valleySchema>;

/** The curve at x_h. */
function curveAt({ centre, width, curve: [c0, c1, c2] }: Valley, x: number): number {
  const u = (x - centre) / width;
  return c0 + (c1 + c2 * u) * u;
}

/** Its derivative. */
const slopeAt = ({ centre, width, curve: [, c1, c2] }: Valley, x: number): number =>
  (c1 + (2 * c2 * (x - centre)) / width) / width;

/** x of y, in place. @param valleys those that tell before those that they tell @param points [n, d] */
export function throughValleys(valleys: readonly Valley[], points: Float64Array, d: number): void {
  for (const valley of valleys)
    for (let i = 0; i < points.length; i += d) points[i + valley.told] += curveAt(valley, points[i + valley.by]);
}

/** y of x, in place. @param valleys as of {@link throughValleys} @param points [n, d] */
export function beforeValleys(valleys: readonly Valley[], points: Float64Array, d: number): void {
  for (const valley of valleys.toReversed())
    for (let i = 0; i < points.length; i += d) points[i + valley.told] -= curveAt(valley, points[i + valley.by]);
}

/** Gradients by x as gradients by y, in place. @param x [n, d] @param slopes [n, d] */
export function slopesBeforeValleys(
  valleys: readonly Valley[], x: Float64Array, d: number, slopes: Float64Array,
): void {
  for (const valley of valleys.toReversed())
    for (let i = 0; i < x.length; i += d)
      slopes[i + valley.by] += slopes[i + valley.told] * slopeAt(valley, x[i + valley.by]);
}

/** As an array program: x of y, [n, d] → [n, d], or [d] → [d]. */
export function valleysProgram(valleys: readonly Valley[], d: number): (y: NpArray) => NpArray {
  const programs = generationsOf(valleys).map((generation) => generationProgram(generation, d));
  return (y) => programs.reduce((x, program) => x.add(program(x)), y);
}

/** Those that nobody tells come first, then those that these tell, and so on: one matrix product for all of each. */
function generationsOf(valleys: readonly Valley[]): Valley[][] {
  const age = new Map<number, number>();
  const generations: Valley[][] = [];
  for (const valley of valleys) {
    const own = age.get(valley.by) ?? 0;
    age.set(valley.told, own + 1);
    (generations[own] ??= []).push(valley);
  }
  return generations;
}

/** What the curves add to each coordinate. */
function generationProgram(valleys: readonly Valley[], d: number): (x: NpArray) => NpArray {
  const entries = (of: (valley: Valley) => number): NpArray => np.array(valleys.map((valley) =>
    Array.from({ length: d }, (_, j) => (j === valley.told ? of(valley) : 0))));
  const select = np.array(Array.from({ length: d }, (_, j) =>
    valleys.map(({ by, width }) => (j === by ? 1 / width : 0))));
  const middle = np.array(valleys.map(({ centre, width }) => -centre / width));
  const constant = np.array(Array.from({ length: d }, (_, j) =>
    valleys.reduce((sum, { told, curve }) => sum + (told === j ? curve[0] : 0), 0)));
  const [straight, bent] = [entries(({ curve }) => curve[1]), entries(({ curve }) => curve[2])];
  return (x) => {
    const u = np.matmul(x, select).add(middle);
    return np.matmul(u, straight).add(np.matmul(np.square(u), bent)).add(constant);
  };
}
