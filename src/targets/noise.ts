/** How an energy is seen only with noise: U(x; ξ), random values whose mean over ξ is U(x). */
import { batched, np, type Array as NpArray } from '../engine/numpy.ts';
import { InputError } from '../errors.ts';
import { checkedCount } from './checkDefinition.ts';
import { checkFields, type Rules } from './fields.ts';

/** Any noise: random numbers ξ that the energy takes beside the point. */
export interface NoiseDefinition {
  /** m, the numbers that make up one ξ. */
  readonly size: number;
  /** One ξ, m numbers; `random()` gives independent uniforms of (0, 1). */
  readonly draw: (random: () => number) => ArrayLike<number>;
  /** U(x; ξ) of one point: x has shape [d], ξ shape [m], the result is one number (shape []). */
  readonly energy: (x: NpArray, xi: NpArray) => NpArray;
}

/** Numbers in rows of equal length, such as a data set. */
export interface Table {
  readonly rows: number;
  /** One name per column. */
  readonly columns: readonly string[];
  /** shape [rows, columns], row-major */
  readonly data: Float64Array;
}

/**
 * An energy that is a sum over rows of data, U(x) = prior(x) + Σ_rows term(x, row): noisy when only a mini-batch of b
 * of the n rows is looked at, prior(x) + n/b Σ_batch term(x, row), with the rows of a batch all different.
 */
export interface SumDefinition {
  readonly data: Table;
  /** Rows of a mini-batch, b ≤ n. */
  readonly batch: number;
  /**
   * −log likelihood of one row: x has shape [d] (or what `features` returns), row shape [columns]; returns shape [].
   */
  readonly term: (x: NpArray, row: NpArray) => NpArray;
  /** −log prior of one point, [d] → []; default 0. */
  readonly prior?: (x: NpArray) => NpArray;
  /** What all terms need of a point, computed once: [d] → [q]. Default: the point itself. */
  readonly features?: (x: NpArray) => NpArray;
}

/** Their keys; what they hold is checked one by one. */
const keys = (...names: readonly string[]): Rules => Object.fromEntries(names.map((key) => [key, ['', () => true]]));
const NOISE = keys('size', 'draw', 'energy');
const SUM = keys('data', 'batch', 'term', 'prior', 'features');

/** @throws InputError naming what is wrong with either */
export function checkNoise(name: string, noise: NoiseDefinition | undefined, sum: SumDefinition | undefined): void {
  const fail = (what: string): never => { throw new InputError(`target "${name}": ${what}`); };
  for (const [field, value] of Object.entries({ noise, sum })) {
    if (value !== undefined && (typeof value !== 'object' || (value as unknown) === null)) fail(
      `${field} must be an object that says how the energy is seen, got ${value === null ? 'null' : typeof value}`
    );
  }
  if (noise !== undefined) {
    checkFields(`target "${name}"`, 'noise.', { ...noise }, NOISE);
    checkedCount(`target "${name}"`, 'noise.size', noise.size);
    if (typeof noise.draw !== 'function') fail(`noise.draw must be a function, got ${typeof noise.draw}`);
    if (typeof noise.energy !== 'function')
      fail(`noise.energy must be a function of a point and ξ, got ${typeof noise.energy}`);
  }
  if (sum === undefined) return;
  checkFields(`target "${name}"`, 'sum.', { ...sum }, SUM);
  const { data, batch } = sum;
  if (
    !(data?.data instanceof Float64Array) || !Array.isArray(data.columns) || !Number.isInteger(data.rows)
      || data.rows < 1 || data.columns.length < 1 || data.data.length !== data.rows * data.columns.length
  ) {
    fail('sum.data must be a table of rows (see readTable), with rows × columns numbers');
  }
  const bad = data.data.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) {
    const width = data.columns.length;
    fail(
      `sum.data must be finite, got ${data.data[bad]} in row ${Math.floor(bad / width)}, column `
        + `"${data.columns[bad % width]}"`
    );
  }
  if (!Number.isInteger(batch) || batch < 1) fail(`sum.batch must be a positive integer, got ${batch}`);
  if (batch > data.rows) fail(`sum.batch is ${batch}, more than the ${data.rows} rows of its data`);
  for (const field of ['prior', 'features'] as const) {
    if (sum[field] !== undefined && typeof sum[field] !== 'function')
      fail(`sum.${field} must be a function of a point, got ${typeof sum[field]}`);
  }
  if (typeof sum.term !== 'function') fail(`sum.term must be a function of a point and a row, got ${typeof sum.term}`);
}

/** prior(x) of a sum as an array program, [d] → []. */
export const priorOf = ({ prior }: SumDefinition): ((x: NpArray) => NpArray) => prior ?? ((x) => x.sum().mul(0));

/** The full energy of a sum as an array program of one point, [d] → []. */
export function energyOfSum(sum: SumDefinition): (x: NpArray) => NpArray {
  const { data, term, features } = sum;
  const rows = (): NpArray => np.array(data.data).reshape([data.rows, data.columns.length]);
  return (x) => {
    const q = features?.(x) ?? x;
    return batched((row) => term(q, row))(rows()).sum().add(priorOf(sum)(x));
  };
}
