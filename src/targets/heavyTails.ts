/**
 * Heavy tails drawn in. Beyond a place u, to one side, a coordinate is
 *
 *   x = u + σ (e^(ξ s) − 1) / ξ,   ds/dv = 1 + min(v, 4),   v = (y − u) / σ ≥ 0,
 *
 * and x = y before it: once differentiable, and where y falls off as a normal law from one of its deviations on, x does
 * as a generalised Pareto law of scale σ and shape ξ. Further out than any sample, from v = 4 on, s is straight: no x
 * is infinite. Flows are straight far out; they map the tails of their base as they are, so that weights have no bound
 * where the target's are heavier.
 * @see Hickling & Prangle 2024, "Flexible tails for normalizing flows"
 */
import { z } from 'zod';
import { np, type Array as NpArray } from '../engine/numpy.ts';

export const heavyTailSchema = z.object({
  coordinate: z.number(),
  /** 1: above u; −1: below. */
  side: z.union([z.literal(1), z.literal(-1)]),
  /** u */
  from: z.number(),
  /** σ > 0 */
  scale: z.number(),
  /** ξ > 0: P(x > X) falls as X^(−1/ξ). */
  shape: z.number(),
});
export type HeavyTail = z.infer<typeof heavyTailSchema>;

/** v from which on s is straight, and s there. */
const STRAIGHT = 4;
const STRAIGHT_S = STRAIGHT + 0.5 * STRAIGHT * STRAIGHT;

/** s of v, and its derivative. */
function bend(v: number): { s: number; slope: number } {
  const curved = Math.min(v, STRAIGHT);
  return { s: curved + 0.5 * curved * curved + (1 + curved) * (v - curved), slope: 1 + curved };
}

/** v of s, and the derivative of s there. */
function unbend(s: number): { v: number; slope: number } {
  if (s > STRAIGHT_S) return { v: STRAIGHT + (s - STRAIGHT_S) / (1 + STRAIGHT), slope: 1 + STRAIGHT };
  const slope = Math.sqrt(1 + 2 * s);
  return { v: (2 * s) / (1 + slope), slope };
}

/** x of y, in place, and log|det ∂x/∂y| added. @param points [n, d] */
export function throughTail(tail: HeavyTail, points: Float64Array, d: number, logDet: Float64Array): void {
  const { coordinate, side, from, scale, shape } = tail;
  for (let i = 0, at = coordinate; i < logDet.length; i++, at += d) {
    const v = (side * (points[at] - from)) / scale;
    if (!(v > 0)) continue;
    const { s, slope } = bend(v);
    points[at] = from + (side * scale * Math.expm1(shape * s)) / shape;
    logDet[i] += shape * s + Math.log(slope);
  }
}

/** y of x, in place, and log|det ∂x/∂y| added. @param points [n, d] */
export function beforeTail(tail: HeavyTail, points: Float64Array, d: number, logDet: Float64Array): void {
  const { coordinate, side, from, scale, shape } = tail;
  for (let i = 0, at = coordinate; i < logDet.length; i++, at += d) {
    const e = (side * (points[at] - from)) / scale;
    if (!(e > 0)) continue;
    const s = Math.log1p(shape * e) / shape;
    const { v, slope } = unbend(s);
    points[at] = from + side * scale * v;
    logDet[i] += shape * s + Math.log(slope);
  }
}

/**
 * Gradients by x as gradients by y of U − log|det ∂x/∂y|, in place.
 * @param x [n, d] @param slopes [n, d]
 */
export function slopesBeforeTail(tail: HeavyTail, x: Float64Array, d: number, slopes: Float64Array): void {
  const { coordinate, side, from, scale, shape } = tail;
  for (let at = coordinate; at < x.length; at += d) {
    const e = (side * (x[at] - from)) / scale;
    if (!(e > 0)) continue;
    const { v, slope } = unbend(Math.log1p(shape * e) / shape);
    const curved = v < STRAIGHT ? 1 / slope : 0;
    slopes[at] = slopes[at] * slope * (1 + shape * e) - (side / scale) * (shape * slope + curved);
  }
}

/** u of coordinates without a tail. */
const NOWHERE = 1e30;

/** As an array program: x and log|det ∂x/∂y| of y, [n, d] → [n, d] and [n], or [d] → [d] and a number. */
export function heavyTailProgram(
  tails: readonly HeavyTail[], d: number,
): (y: NpArray) => { x: NpArray; logDet: NpArray } {
  const parts = ([1, -1] as const).flatMap((side) => {
    const own = tails.filter((tail) => tail.side === side);
    if (own.length === 0) return [];
    const of = (value: (tail: HeavyTail) => number, otherwise: number): NpArray =>
      np.array(Array.from({ length: d }, (_, j) => {
        const tail = own.find(({ coordinate }) => coordinate === j);
        return tail === undefined ? otherwise : value(tail);
      }));
    return [{
      start: of(({ from, scale }) => (-side * from) / scale, -NOWHERE), rate: of(({ scale }) => side / scale, 0),
      shape: of(({ shape }) => shape, 1), factor: of(({ scale, shape }) => (side * scale) / shape, 0),
      width: of(({ scale }) => side * scale, 0),
    }];
  });
  return (y) => {
    let [x, logDet]: [NpArray, NpArray | null] = [y, null];
    for (const { start, rate, shape, factor, width } of parts) {
      const v = np.maximum(y.mul(rate).add(start), 0);
      const curved = np.minimum(v, STRAIGHT);
      const slope = curved.add(1);
      const power = np.square(curved).mul(0.5).add(curved).add(slope.mul(v.sub(curved))).mul(shape);
      x = x.add(np.exp(power).sub(1).mul(factor)).sub(v.mul(width));
      const own = power.add(np.log(slope)).sum(-1);
      logDet = logDet === null ? own : logDet.add(own);
    }
    return { x, logDet: logDet ?? y.mul(0).sum(-1) };
  };
}
