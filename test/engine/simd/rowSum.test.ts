import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { lax, np, valueAndGradient, type Array as NpArray } from '../../../src/engine/numpy.ts';
import { compileRowSum, loopedRowSum, type RowSum, type RowSumPrograms, type RowTable } from '../../../src/engine/simd/rowSum.ts';
import { scalarLoop } from '../../../src/engine/scalar.ts';
import { CannotVectorise } from '../../../src/engine/simd/unsupported.ts';
import { trace } from '../../../src/engine/trace.ts';
import { unroll } from '../../../src/engine/unroll.ts';
import { distance } from '../executors.ts';

type Term = (x: NpArray, row: NpArray) => NpArray;
type Batch = Parameters<RowSum['run']>[2];

function programsOf(term: Term, q: number, columns: number): RowSumPrograms {
  const specs = [{ shape: [q] }, { shape: [columns] }];
  return { value: unroll(trace(term, specs)), valueAndGradient: unroll(trace((x, row) => valueAndGradient((point: NpArray) => term(point, row))(x), specs)) };
}

/** By loops over pairs, in plain JavaScript. */
const scalarRowSum = ({ value, valueAndGradient: both }: RowSumPrograms, table: RowTable): RowSum =>
  loopedRowSum({ value: scalarLoop(value), valueAndGradient: scalarLoop(both) }, value.inputs[0].size, table);

const wave = (length: number, seed: number): Float64Array => Float64Array.from({ length }, (_, i) => 2 * Math.sin(12.9898 * i + 4 * Math.sin(78.233 * i + seed)));
const tableOf = (rows: number, columns: number): RowTable => ({ rows, columns, data: wave(rows * columns, 1) });
/** Rows in no order, with repeats, other ones for every point. */
const batchOf = (n: number, size: number, rows: number): { readonly indices: Float64Array; readonly size: number } =>
  ({ indices: Float64Array.from({ length: n * size }, (_, k) => (k * k + 7 * k + 3 * Math.floor(k / size)) % rows), size });

function run(sum: RowSum, n: number, x: Float64Array, q: number, batch: Batch): { readonly values: Float64Array; readonly gradients: Float64Array } {
  const [values, gradients, alone] = [new Float64Array(n), new Float64Array(n * q), new Float64Array(n)];
  sum.run(n, x, batch, values, gradients);
  sum.run(n, x, batch, alone, null);
  assert.ok(distance(alone, values) < 1e-13, 'values alone are those with gradients');
  return { values, gradients };
}

interface Case {
  readonly name: string;
  readonly q: number;
  readonly columns: number;
  readonly term: Term;
  /** The term and its gradient by x, written by hand. */
  readonly truth: (x: Float64Array, row: Float64Array) => readonly [number, readonly number[]];
}

const cases: readonly Case[] = [
  {
    name: 'a logistic regression (q = 3, columns = 4)', q: 3, columns: 4,
    term: (x, row) => {
      const logit = x.mul(row.slice([0, 3])).sum();
      return np.log(np.exp(logit).add(1)).sub(row.slice(3).mul(logit));
    },
    truth: (x, row) => {
      const logit = x[0] * row[0] + x[1] * row[1] + x[2] * row[2];
      const slope = 1 / (1 + Math.exp(-logit)) - row[3];
      return [Math.log1p(Math.exp(logit)) - row[3] * logit, [slope * row[0], slope * row[1], slope * row[2]]];
    },
  },
  {
    name: "Huber's loss (q = 2, columns = 2)", q: 2, columns: 2,
    term: (x, row) => {
      const rest = row.slice(1).sub(x.slice(0)).sub(x.slice(1).mul(row.slice(0)));
      const size = np.absolute(rest);
      return np.where(size.less(1), np.square(rest).mul(0.5), size.sub(0.5));
    },
    truth: ([a, b], [u, v]) => {
      const rest = v - a - b * u;
      const slope = -Math.max(-1, Math.min(1, rest));
      return [Math.abs(rest) < 1 ? rest ** 2 / 2 : Math.abs(rest) - 0.5, [slope, slope * u]];
    },
  },
  {
    name: 'a term of one number and one column', q: 1, columns: 1,
    term: (x, row) => np.square(x.sub(row)).sum(),
    truth: ([x], [u]) => [(x - u) ** 2, [2 * (x - u)]],
  },
];

function plainSum({ q, truth }: Case, { rows, columns, data }: RowTable, n: number, x: Float64Array, batch: Batch): { readonly values: Float64Array; readonly gradients: Float64Array } {
  const [values, gradients] = [new Float64Array(n), new Float64Array(n * q)];
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < (batch?.size ?? rows); k++) {
      const r = batch === null ? k : batch.indices[i * batch.size + k];
      const [value, slopes] = truth(x.subarray(i * q, (i + 1) * q), data.subarray(r * columns, (r + 1) * columns));
      values[i] += value;
      slopes.forEach((slope, j) => { gradients[i * q + j] += slope; });
    }
  }
  return { values, gradients };
}

describe('sums over rows', () => {
  const rows = 301;
  for (const each of cases) {
    const { name, q, columns, term } = each;
    it(`are those of plain JavaScript: ${name}`, () => {
      const table = tableOf(rows, columns);
      const programs = programsOf(term, q, columns);
      const kinds = { compiled: compileRowSum(programs, table), scalar: scalarRowSum(programs, table) };
      for (const n of [0, 1, 2, 7]) {
        const x = wave(n * q, 2);
        for (const batch of [null, batchOf(n, 5, rows), batchOf(n, 1, rows), batchOf(n, 0, rows), batchOf(n, 700, rows)]) {
          const expected = plainSum(each, table, n, x, batch);
          const [compiled, scalar] = [kinds.compiled, kinds.scalar].map((sum) => run(sum, n, x, q, batch));
          const where = `${n} points, ${batch?.size ?? 'all'} rows`;
          assert.ok(distance(compiled.values, expected.values) < 1e-13, `${where}: ${compiled.values.join()} for ${expected.values.join()}`);
          assert.ok(distance(compiled.gradients, expected.gradients) < 1e-13, `${where}: ${compiled.gradients.join()} for ${expected.gradients.join()}`);
          assert.ok(distance(scalar.values, compiled.values) < 1e-13 && distance(scalar.gradients, compiled.gradients) < 1e-13, `${where}: the scalar executor`);
        }
      }
    });
  }

  it('tell a wrong row: those beside the ones asked for give other sums', () => {
    const [each] = cases;
    const table = tableOf(rows, each.columns);
    const batch = batchOf(3, 5, rows);
    const x = wave(3 * each.q, 2);
    const beside = { ...batch, indices: batch.indices.map((r) => (r + 1) % rows) };
    const found = run(compileRowSum(programsOf(each.term, each.q, each.columns), table), 3, x, each.q, beside);
    const expected = plainSum(each, table, 3, x, batch);
    assert.ok(distance(found.values, expected.values) > 1e-3 && distance(found.gradients, expected.gradients) > 1e-3);
  });

  describe('of a point', () => {
    const [q, columns, n] = [3, 2, 7001];
    /** Every branch of the vector functions, and arguments that take their slow ways in some rows. */
    const term: Term = (x, row) => {
      const [a, b, c] = [x.slice(0), x.slice(1), x.slice(2)];
      const far = np.sin(a.mul(row.slice(0)).mul(1e5)).add(lax.erf(b.sub(row.slice(1))));
      return np.where(c.less(row.slice(0)), far, np.log(np.square(b).add(0.1))).add(np.exp(c.neg()));
    };
    const table = tableOf(40, columns);
    const programs = programsOf(term, q, columns);
    const sum = compileRowSum(programs, table);
    const x = wave(n * q, 3);
    for (let i = 5; i < n; i += 11) x[i * q + (i % q)] = [1e7, -1e300, Infinity, NaN, 1e-310][i % 5];
    const size = 9;
    const listed = batchOf(n, size, table.rows);
    const bits = (values: Float64Array): string[] => Array.from(values, (value) => (Number.isNaN(value) ? 'NaN' : new BigUint64Array(Float64Array.of(value).buffer)[0].toString(16)));
    const part = (from: number, to: number, batch: typeof listed | null): ReturnType<typeof run> => run(
      sum, to - from, x.subarray(from * q, to * q), q,
      batch === null ? null : { indices: batch.indices.subarray(from * size, to * size), size },
    );

    it('are the same bits in any batch and lane', () => {
      for (const batch of [null, listed]) {
        const whole = part(0, n, batch);
        for (const count of [1, 2, 3, 500]) {
          for (const from of [0, 1, 2, 60, 2340, 3638, n - 500]) {
            const { values, gradients } = part(from, from + count, batch);
            const where = `${batch === null ? 'all' : 'some'} rows, from ${from}, ${count} points`;
            assert.deepEqual(bits(values), bits(whole.values.subarray(from, from + count)), where);
            assert.deepEqual(bits(gradients), bits(whole.gradients.subarray(from * q, (from + count) * q)), where);
          }
        }
        const back = part(n - 1, n, batch);
        assert.deepEqual(bits(back.values), bits(whole.values.subarray(n - 1)), 'the last of an odd batch');
      }
    });

    it('are the same bits over all rows and over a list of all rows', () => {
      const all = { indices: Float64Array.from({ length: 3 * table.rows }, (_, k) => k % table.rows), size: table.rows };
      const [whole, named] = [null, all].map((batch) => run(sum, 3, x, q, batch));
      assert.deepEqual(bits(named.values), bits(whole.values));
      assert.deepEqual(bits(named.gradients), bits(whole.gradients));
    });

    it('are the scalar ones', () => {
      const scalar = scalarRowSum(programs, table);
      const count = 400;
      for (const batch of [null, { indices: listed.indices.subarray(0, count * size), size }]) {
        const [expected, found] = [scalar, sum].map((kind) => run(kind, count, x, q, batch));
        for (let i = 0; i < count; i++) {
          assert.ok(distance([found.values[i]], [expected.values[i]]) < 1e-13, `point ${i}: ${found.values[i]} for ${expected.values[i]}`);
          const own = (values: Float64Array): Float64Array => values.subarray(i * q, (i + 1) * q);
          assert.ok(distance(own(found.gradients), own(expected.gradients)) < 1e-12, `point ${i}: ${own(found.gradients).join()} for ${own(expected.gradients).join()}`);
        }
      }
    });

    it('touch nothing beyond the batch', () => {
      for (const kind of [sum, scalarRowSum(programs, table)]) {
        for (const count of [0, 1, 2, 3]) {
          const [values, gradients] = [new Float64Array(5).fill(-1), new Float64Array(5 * q).fill(-1)];
          kind.run(count, x, listed, values, gradients);
          assert.ok(values.subarray(count).every((value) => value === -1) && gradients.subarray(count * q).every((value) => value === -1), `${count} points`);
        }
      }
    });

    it('take lists of any length', () => {
      const expected = run(scalarRowSum(programs, table), 5, x, q, batchOf(5, 40000, table.rows));
      const found = run(sum, 5, x, q, batchOf(5, 40000, table.rows));
      assert.ok(distance(found.values, expected.values) < 1e-12 && distance(found.gradients, expected.gradients) < 1e-12);
    });

    it('are refused of rows that there are not, and nothing is written', () => {
      for (const kind of [sum, scalarRowSum(programs, table)]) {
        for (const wrong of [table.rows, -1, NaN, Infinity, 1.5, 2 ** 32]) {
          const values = new Float64Array(3).fill(-1);
          const indices = Float64Array.of(0, 1, 2, 3, 4, wrong);
          const message = `row sum: index 5 of the batch is ${wrong}; it must be a whole number in [0, 40)`;
          assert.throws(() => kind.run(3, x, { indices, size: 2 }, values, null), { name: 'RangeError', message });
          assert.throws(() => kind.run(4, x, { indices: indices.subarray(0, 5), size: 2 }, values, null), RangeError, 'too few indices');
          assert.ok(values.every((value) => value === -1));
        }
      }
    });
  });

  it('take hundreds of numbers and columns, and terms that use few of them', () => {
    const [q, columns, n] = [300, 301, 3];
    const table = tableOf(20, columns);
    const wide: Case = {
      name: 'wide', q, columns,
      term: (x, row) => np.square(x.mul(row.slice([0, q])).sum().sub(row.slice(q))),
      truth: (x, row) => {
        const rest = x.reduce((total, entry, j) => total + entry * row[j], 0) - row[q];
        return [rest ** 2, Array.from(x, (_, j) => 2 * rest * row[j])];
      },
    };
    const few: Case = {
      name: 'few', q, columns, term: (x, row) => x.slice(7).mul(row.slice(300)),
      truth: (x, row) => [x[7] * row[300], Array.from(x, (_, j) => (j === 7 ? row[300] : 0))],
    };
    for (const each of [wide, few]) {
      const sum = compileRowSum(programsOf(each.term, q, columns), table);
      for (const batch of [null, batchOf(n, 6, table.rows)]) {
        const x = wave(n * q, 4);
        const [found, expected] = [run(sum, n, x, q, batch), plainSum(each, table, n, x, batch)];
        assert.ok(distance(found.values, expected.values) < 1e-13 && distance(found.gradients, expected.gradients) < 1e-13, each.name);
      }
    }
  });

  it('refuse what has no vector code, which the scalar executor takes', () => {
    const term: Term = (x, row) => np.prod(x.mul(1000).astype(np.int32)).astype(np.float64).mul(1e-6).add(x.mul(row).sum());
    const programs = programsOf(term, 2, 2);
    const table = tableOf(4, 2);
    assert.throws(() => compileRowSum(programs, table), CannotVectorise);
    const values = new Float64Array(1);
    scalarRowSum(programs, table).run(1, Float64Array.of(1.5, -2.5), { indices: Float64Array.of(2, 2), size: 2 }, values, null);
    assert.ok(distance(values, [2 * (-3.75 + 1.5 * table.data[4] - 2.5 * table.data[5])]) < 1e-13);
  });
});
