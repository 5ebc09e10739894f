/** An energy that is a sum over rows of data: all of them, or a mini-batch, in compiled loops over points and rows. */
import { arrayBehind } from '../engine/arrayProxy.ts';
import { valueAndGradient, type Array as NpArray } from '../engine/numpy.ts';
import { isLoops, pointPrograms } from '../engine/pointProgram.ts';
import type { Program } from '../engine/program.ts';
import type { ScalarLoop } from '../engine/scalar.ts';
import { compileRowSum, loopedRowSum, type RowSum, type RowTable } from '../engine/simd/rowSum.ts';
import { CannotVectorise } from '../engine/simd/unsupported.ts';
import { trace } from '../engine/trace.ts';
import { InputError } from '../errors.ts';
import type { EnergyEvaluator } from './energyEvaluator.ts';
import { priorOf, type SumDefinition } from './noise.ts';
import {
  checkRepeatable, compileLoops, tracedPrograms, showShape, tracedOf, watched, type LoopOptions, type TracedPrograms
} from './tracedPrograms.ts';

/** Points that are taken together: what they need of a point is kept for so many. */
const BLOCK = 512;

export interface CompiledSum {
  /** All rows. */
  readonly full: EnergyEvaluator;
  /**
   * prior(x) + n/b Σ over b rows. @param indices of the rows of every point [n, b] @param gradients receives [n, d], or
   * null where not wanted
   */
  readonly batch: (
    x: Float64Array, indices: Float64Array, n: number, energies: Float64Array, gradients: Float64Array | null
  ) => void;
  /** Every row's term, its mean over points [n, d]: [rows] */
  readonly rowMeans: (x: Float64Array, n: number) => Float64Array;
}

/** The features of a point, and the way back: from the gradient by the features to that by the point. */
interface Features {
  readonly size: number;
  forward(x: Float64Array, n: number, q: Float64Array): void;
  back(x: Float64Array, n: number, byFeatures: Float64Array, byPoint: Float64Array): void;
}

/** A function of a point as it is given, with what it gives checked to be an array. */
const giving = (name: string, f: (x: NpArray) => NpArray) => (x: NpArray): NpArray => {
  const value = watched(f)(x) as NpArray;
  if (arrayBehind(value) !== null) return value;
  throw new InputError(`target "${name}": sum.features must return an array of shape [q], got ${typeof value}`);
};

function compileFeatures(
  name: string, d: number, features: (x: NpArray) => NpArray, options: LoopOptions
): Features {
  const shapes = [[d]];
  const traced = (): Program => trace(features, [{ shape: [d] }]);
  const forward = tracedOf(name, 'sum.features', shapes, traced);
  const [{ shape }] = forward.outputs;
  if (shape.length !== 1) throw new InputError(
    `target "${name}": sum.features must return an array of shape [q], got shape ${showShape(shape)}`
  );
  const [size] = shape;
  const back = tracedOf(name, 'sum.features', shapes, () => trace(
    (x, by) => [valueAndGradient((point) => features(point).mul(by).sum())(x)[1]], [{ shape: [d] }, { shape: [size] }]
  ));
  tracedOf(name, 'sum.features', shapes, () => checkRepeatable(name, 'sum.features', forward, traced));
  const { loops: [run, runBack] } = compileLoops(name, pointPrograms(forward, back), options);
  return {
    size,
    forward: (x, n, q) => run(n, [x], [q]),
    back: (x, n, byFeatures, byPoint) => runBack(n, [x, byFeatures], [byPoint]),
  };
}

/** @throws InputError when the sum cannot be compiled at all @param notice is told where there is no vector code */
export function compileSum(
  { name, dimension: d }: { readonly name: string; readonly dimension: number }, sum: SumDefinition,
  options: LoopOptions = {}
): CompiledSum {
  const { data } = sum;
  const features = sum.features === undefined ? null : compileFeatures(name, d, giving(name, sum.features), options);
  const q = features?.size ?? d;
  const prior = tracedPrograms(name, 'sum.prior', priorOf(sum), [[d]]);
  const { loops: [priorValue, priorBoth] } = compileLoops(name, [prior.value, prior.valueAndGradient], options);
  const table = { rows: data.rows, columns: data.columns.length, data: data.data };
  const terms = tracedPrograms(name, 'sum.term', sum.term, [[q], [table.columns]]);
  const rows = compileRows(name, terms, q, table, options);
  const sums = new BlockSums({ d, q, total: data.rows, features, rows, priorValue, priorBoth });
  return {
    full: {
      dimension: d,
      energies: (x, n, energies) => sums.run(x, n, null, data.rows, energies, null),
      energiesAndGradients: (x, n, energies, gradients) => sums.run(x, n, null, data.rows, energies, gradients),
    },
    rowMeans: (x, n) => rowMeans(x, n, { d, q, total: data.rows, features, rows }),
    batch: (x, indices, n, energies, gradients) => sums.run(x, n, indices, sum.batch, energies, gradients),
  };
}

function compileRows(
  name: string, { value, valueAndGradient: both }: TracedPrograms, q: number, table: RowTable, options: LoopOptions
): RowSum {
  if (!isLoops(value) && !isLoops(both)) {
    try {
      return compileRowSum({ value, valueAndGradient: both }, table);
    } catch (error) {
      // compileLoops meets the same, and says so.
      if (!(error instanceof CannotVectorise)) throw error;
    }
  }
  const { loops: [ofValue, ofBoth] } = compileLoops(name, [value, both], options);
  return loopedRowSum({ value: ofValue, valueAndGradient: ofBoth }, q, table);
}

/** The compiled pieces of a sum. */
interface Pieces {
  /** Coordinates of a point, and of what the terms see of it: [d], [q]. */
  readonly d: number;
  readonly q: number;
  /** Rows of the data. */
  readonly total: number;
  readonly features: Features | null;
  readonly rows: RowSum;
}

/** prior(x) + n/b Σ of its batch for many points, block by block. */
class BlockSums {
  private readonly q: Float64Array;
  private readonly byQ: Float64Array;
  private readonly byX: Float64Array;
  private readonly sums: Float64Array;

  constructor(
    private readonly pieces: Pieces & { readonly priorValue: ScalarLoop; readonly priorBoth: ScalarLoop }
  ) {
    const { features, d, q } = pieces;
    this.q = new Float64Array(features === null ? 0 : BLOCK * q);
    this.byQ = new Float64Array(BLOCK * q);
    this.byX = new Float64Array(BLOCK * d);
    this.sums = new Float64Array(BLOCK);
  }

  /** @param indices of the rows of every point [n, size]; null: all rows */
  run(
    x: Float64Array, n: number, indices: Float64Array | null, size: number, energies: Float64Array,
    gradients: Float64Array | null
  ): void {
    const { d } = this.pieces;
    for (let first = 0; first < n; first += BLOCK) {
      const count = Math.min(BLOCK, n - first);
      this.block(
        x.subarray(first * d, (first + count) * d), count,
        indices?.subarray(first * size, (first + count) * size) ?? null, size,
        energies.subarray(first, first + count), gradients?.subarray(first * d, (first + count) * d) ?? null,
      );
    }
  }

  /** Points [n, d] of one block. @param size rows of each point's batch */
  private block(
    x: Float64Array, n: number, indices: Float64Array | null, size: number, energies: Float64Array,
    gradients: Float64Array | null
  ): void {
    const { d, total, features, rows, priorValue, priorBoth } = this.pieces;
    const { q, byQ, byX, sums } = this;
    const batch = indices === null ? null : { indices, size };
    const weight = total / size;
    const points = features === null ? x : q;
    features?.forward(x, n, q);
    rows.run(n, points, batch, sums, gradients === null ? null : byQ);
    if (gradients === null) priorValue(n, [x], [energies]);
    else priorBoth(n, [x], [energies, gradients]);
    for (let i = 0; i < n; i++) energies[i] += weight * sums[i];
    if (gradients === null) return;
    features?.back(x, n, byQ, byX);
    const by = features === null ? byQ : byX;
    for (let i = 0; i < n * d; i++) gradients[i] += weight * by[i];
  }
}

/** Every row's term, its mean over points [n, d]: [rows] */
function rowMeans(x: Float64Array, n: number, { d, q, total, features, rows }: Pieces): Float64Array {
  const means = new Float64Array(total);
  const points = new Float64Array(total * q);
  const indices = Float64Array.from({ length: total }, (_, r) => r);
  const terms = new Float64Array(total);
  const own = new Float64Array(q);
  for (let i = 0; i < n; i++) {
    const point = x.subarray(i * d, (i + 1) * d);
    if (features === null) own.set(point);
    else features.forward(point, 1, own);
    for (let r = 0; r < total; r++) points.set(own, r * q);
    rows.run(total, points, { indices, size: 1 }, terms, null);
    for (let r = 0; r < total; r++) means[r] += terms[r] / n;
  }
  return means;
}
