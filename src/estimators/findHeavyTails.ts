/** Tails of coordinates that fall off more slowly than those of a normal law, from samples. */
import { spreadRows } from '../numerics/spreadRows.ts';
import type { Domain } from '../targets/domain.ts';
import type { HeavyTail } from '../targets/heavyTails.ts';

/** Samples that are looked at. */
const POINTS = 20_000;
/** Share of a normal law beyond one of its deviations: where tails begin. */
const BEYOND = 0.1587;
/** Shapes that are tried: from next to nothing, an exponential tail, to one without a mean. */
const SHAPES: readonly number[] = [0.02, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1, 1.25, 1.5];
/** Gain in log likelihood of the effective samples, for the shape that is chosen and for so many tails tried. */
const GAIN = 4;
/** Fewer effective samples tell nothing. */
const FEWEST = 100;
/** Turns at most, and the relative change of a scale that ends them. */
const TURNS = 60;
const NEAR = 1e-12;
/** √(π/2) e^½ erfc(1/√2): the integral of exp(−((1 + v)² − 1)/2) over v > 0. */
const LOG_MILLS = Math.log(0.655679542418798);

/** @param x [n, d] @param effectiveOf how many effective samples those are of a coordinate */
export function findHeavyTails(
  x: Float64Array, domain: Domain, effectiveOf: (coordinate: number) => number,
): HeavyTail[] {
  const d = domain.length;
  const rows = spreadRows(x.length / d, POINTS);
  return domain.flatMap(({ kind }, coordinate) => {
    if (kind !== 'real') return [];
    const effective = effectiveOf(coordinate);
    if (effective < FEWEST) return [];
    const share = Math.min(1, effective / rows.length);
    const sorted = Float64Array.from(rows, (row) => x[row * d + coordinate]).sort();
    const least = GAIN + Math.log(2 * d);
    return ([1, -1] as const).flatMap((side) => {
      const at = Math.round((side > 0 ? 1 - BEYOND : BEYOND) * (sorted.length - 1));
      const from = sorted[at];
      const beyond = side > 0 ? sorted.subarray(at + 1) : sorted.subarray(0, at);
      const excess = beyond.map((value) => side * (value - from)).filter((value) => value > 0);
      if (excess.length < 2) return [];
      const heavy = likeliest(excess);
      const gain = share * (heavy.value - normalFit(excess));
      return gain > least ? [{ coordinate, side, from, scale: heavy.scale, shape: heavy.shape }] : [];
    });
  });
}

interface Fit {
  readonly value: number;
  readonly scale: number;
  readonly shape: number;
}

/** Of the shapes, the lighter first, up to where the likelihood falls: in practice it goes on falling. */
function likeliest(excess: Float64Array): Fit {
  let best = paretoFit(excess, SHAPES[0]);
  for (const shape of SHAPES.slice(1)) {
    const next = paretoFit(excess, shape);
    if (!(next.value > best.value)) break;
    best = next;
  }
  return best;
}

/** The likeliest scale of a generalised Pareto law of a given shape. */
function paretoFit(excess: Float64Array, shape: number): Fit {
  const n = excess.length;
  const scale = scaleOf(excess, shape);
  let logs = 0;
  for (const e of excess) logs += Math.log1p((shape * e) / scale);
  const value = -n * Math.log(scale) - (1 + 1 / shape) * logs;
  return { value, scale, shape };
}

/**
 * σ of n = (1 + ξ) Σ e / (σ + ξ e), whose right side falls with σ and is convex: by Newton's method, from the mean,
 * which is no less than σ, to below it and from there without passing it again.
 */
function scaleOf(excess: Float64Array, shape: number): number {
  const n = excess.length;
  let scale = excess.reduce((sum, e) => sum + e, 0) / n;
  for (let turn = 0; turn < TURNS; turn++) {
    let [sum, slope] = [0, 0];
    for (const e of excess) {
      const part = e / (scale + shape * e);
      sum += part;
      slope += part / (scale + shape * e);
    }
    const next = Math.max(scale / 10, scale + ((1 + shape) * sum - n) / ((1 + shape) * slope));
    if (Math.abs(next - scale) <= NEAR * scale) break;
    scale = next;
  }
  return scale;
}

/** Log likelihood of the likeliest normal law of which the excess is what lies beyond one deviation. */
function normalFit(excess: Float64Array): number {
  const n = excess.length;
  const first = excess.reduce((sum, e) => sum + e, 0);
  const second = excess.reduce((sum, e) => sum + e * e, 0);
  // n a² = a Σ e + Σ e²
  const scale = (first + Math.sqrt(first * first + 4 * n * second)) / (2 * n);
  return -n * (Math.log(scale) + LOG_MILLS) - first / scale - second / (2 * scale * scale);
}
