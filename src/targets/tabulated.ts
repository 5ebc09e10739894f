/**
 * A target whose energy is a table of values on a regular grid, such as a free energy that another program has found:
 * cubic
 * convolution between them, which is smooth and goes through every value, and walls at the grid's edges.
 * @see Keys 1981, "Cubic convolution interpolation for digital image processing"
 */
import { InputError } from '../errors.ts';
import type { EnergyEvaluator } from './energyEvaluator.ts';
import { evaluatedTarget, type EvaluatedDefinition } from './evaluated.ts';
import type { Target } from './target.ts';

/** Of one coordinate: its first and last grid point, and how many there are. */
export interface Axis {
  readonly low: number;
  readonly high: number;
  /** ≥ 3 */
  readonly points: number;
}

type Own = 'dimension' | 'box' | 'torus' | 'interval' | 'base';

/** A grid and the energies on it; its edges are walls, and the base is uniform between them. */
export interface TableDefinition extends Omit<EvaluatedDefinition, Own> {
  /** One, two or three. */
  readonly axes: readonly Axis[];
  /** U in units of kT at every grid point, the last coordinate fastest: shape [axes[0].points, …]. */
  readonly values: ArrayLike<number>;
}

const MOST_AXES = 3;
const LEAST_POINTS = 3;

/** @throws InputError naming what does not fit */
export function tabulatedTarget({ axes, values, ...definition }: TableDefinition): Target {
  const fail = (what: string): never => { throw new InputError(`target "${definition.name}": ${what}`); };
  if (axes.length < 1 || axes.length > MOST_AXES) fail(`a table has one to ${MOST_AXES} axes, got ${axes.length}`);
  axes.forEach(({ low, high, points }, k) => {
    if (!(Number.isFinite(low) && Number.isFinite(high) && low < high))
      fail(`axis ${k} must be finite with low < high, got [${low}, ${high}]`);
    if (!(Number.isInteger(points) && points >= LEAST_POINTS))
      fail(`axis ${k} must have at least ${LEAST_POINTS} points, got ${points}`);
  });
  const size = axes.reduce((product, { points }) => product * points, 1);
  if (values.length !== size) fail(`a table of ${size} values is needed, got ${values.length}`);
  const bad = Array.from(values).findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) fail(`value ${bad} of its table is ${values[bad]}; all must be finite`);
  const interval = Object.fromEntries(axes.map(({ low, high }, k) => [k, [low, high] as const]));
  const box = axes.map(({ low, high }) => [low, high] as const);
  return evaluatedTarget({ ...definition, dimension: axes.length, box, interval }, tableEvaluator(axes, values));
}

/** Four neighbours along an axis: the first of them, what each counts, and the derivative of that. */
interface Neighbours {
  readonly start: number;
  readonly weights: Float64Array;
  readonly slopes: Float64Array;
}

/** Keys's kernel with a = −½ at distances u + 1, u, 1 − u, 2 − u. */
function kernel(u: number): number[] {
  return [
    ((-0.5 * u + 1) * u - 0.5) * u,
    (1.5 * u - 2.5) * u * u + 1,
    ((-1.5 * u + 2) * u + 0.5) * u,
    (0.5 * u - 0.5) * u * u,
  ];
}

const kernelSlopes = (u: number): number[] => [
  (-1.5 * u + 2) * u - 0.5, (4.5 * u - 5) * u, (-4.5 * u + 4) * u + 0.5, (1.5 * u - 1) * u,
];

/** Beyond an edge values go on as a parabola: 3f₀ − 3f₁ + f₂. */
function neighboursOf({ low, high, points }: Axis, x: number): Neighbours {
  const scale = (points - 1) / (high - low);
  const at = Math.min(points - 1, Math.max(0, (x - low) * scale));
  const cell = Math.min(points - 2, Math.floor(at));
  const start = Math.min(Math.max(0, cell - 1), Math.max(0, points - 4));
  const fold = (own: readonly number[]): Float64Array => {
    const folded = new Float64Array(4);
    own.forEach((weight, k) => {
      const node = cell - 1 + k;
      if (node >= 0 && node < points) {
        folded[node - start] += weight;
        return;
      }
      const [first, step] = node < 0 ? [0, 1] : [points - 1, -1];
      [3, -3, 1].forEach((share, far) => { folded[first + far * step - start] += share * weight; });
    });
    return folded;
  };
  const slopes = kernelSlopes(at - cell).map((slope) => slope * scale);
  return { start, weights: fold(kernel(at - cell)), slopes: fold(slopes) };
}

/** @param values as of {@link TableDefinition} */
export function tableEvaluator(axes: readonly Axis[], values: ArrayLike<number>): EnergyEvaluator {
  const d = axes.length;
  const strides = axes.map((_, k) => axes.slice(k + 1).reduce((product, { points }) => product * points, 1));
  const counts = axes.map(({ points }) => Math.min(4, points));
  const corners = counts.reduce((product, count) => product * count, 1);
  /** U and ∂U/∂x_j for j < d of one point, to sums[0] and sums[1 + j]. */
  function evaluate(x: Float64Array, sums: Float64Array): void {
    const near = axes.map((axis, k) => neighboursOf(axis, x[k]));
    sums.fill(0);
    for (let corner = 0; corner < corners; corner++) {
      let [rest, index] = [corner, 0];
      const offsets = counts.map((count, k) => {
        const offset = rest % count;
        rest = Math.floor(rest / count);
        index += (near[k].start + offset) * strides[k];
        return offset;
      });
      for (let j = -1; j < d; j++) {
        const factor = near.reduce((product, { weights, slopes }, k) =>
          product * (k === j ? slopes : weights)[offsets[k]], values[index]);
        sums[1 + j] += factor;
      }
    }
  }
  const each = (x: Float64Array, n: number, use: (i: number, sums: Float64Array) => void): void => {
    const sums = new Float64Array(1 + d);
    for (let i = 0; i < n; i++) {
      evaluate(x.subarray(i * d, (i + 1) * d), sums);
      use(i, sums);
    }
  };
  return {
    dimension: d,
    energies: (x, n, energies) => each(x, n, (i, [energy]) => { energies[i] = energy; }),
    energiesAndGradients: (x, n, energies, gradients) => each(x, n, (i, sums) => {
      energies[i] = sums[0];
      gradients.set(sums.subarray(1), i * d);
    }),
  };
}
