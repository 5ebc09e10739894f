/** Primitives that are rewritten into others, against plain JavaScript: values, and gradients by differences. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { InputError } from '../../src/errors.ts';
import { lax, np, type Array as NpArray } from '../../src/engine/numpy.ts';
import { trace } from '../../src/engine/trace.ts';
import { checkAgainst } from './differences.ts';
import { checkEverywhere } from './executors.ts';

const integers = (...entries: number[]): NpArray => np.array(Int32Array.from(entries));
const vector = (...data: number[]): { shape: number[]; data: number[] } => ({ shape: [data.length], data });
const x = vector(0.3, -0.7, 1.5, -2, 0.9);
/** jax-js by itself does not count negative indices from the end. */
const counting = { names: ['scalar', 'simd', 'onnx float64'] } as const;
const matrix = { shape: [3, 4], data: Array.from({ length: 12 }, (_, i) => Math.sin(3 * i + 1)) };

describe('gather at fixed indices', () => {
  it('has a gradient, repeated and negative indices too', async () => {
    await checkAgainst('take', (v) => np.square(np.take(v, integers(3, 0, 0, -1), 0)), (v) => [3, 0, 0, 4].map((i) => v[i] ** 2), x, counting);
    await checkAgainst('rows', (v) => np.square(v.slice(integers(2, 0, 2))), (v) => [2, 0, 2].flatMap((i) => v.slice(4 * i, 4 * i + 4)).map((e) => e ** 2), matrix);
    await checkAgainst('columns', (v) => np.square(v.slice([], integers(-1, 0))), (v) => [0, 1, 2].flatMap((i) => [v[4 * i + 3] ** 2, v[4 * i] ** 2]), matrix, counting);
  });

  it('takes several axes at once', async () => {
    await checkAgainst('pairs', (v) => np.square(v.slice(integers(2, 0, 1, 2), integers(-1, 3, 0, 3))), (v) => [11, 3, 4, 11].map((i) => v[i] ** 2), matrix, counting);
    const cube = { shape: [2, 3, 2], data: matrix.data };
    await checkAgainst('around an axis', (v) => np.square(v.slice(integers(1, 0), [], integers(0, 1))), (v) => [[1, 0], [0, 1]].flatMap(([i, k]) => [0, 1, 2].map((j) => v[6 * i + 2 * j + k] ** 2)), cube);
  });

  it('adds up many that point to few', async () => {
    const groups = Array.from({ length: 60 }, (_, i) => (i < 50 ? 1 : i % 5));
    await checkAgainst('groups', (v) => np.square(np.take(v, integers(...groups), 0).mul(np.arange(60))), (v) => groups.map((g, i) => (v[g] * i) ** 2), x, { slack: 100 });
  });

  it('refuses indices outside of the axis', () => {
    assert.throws(() => trace((v) => np.take(v, integers(0, 5), 0), [{ shape: [5] }]), (error: unknown) => error instanceof InputError && /index 5 is outside of an axis of 5 entries/.test(error.message));
  });
});

describe('gather at computed indices', () => {
  it('takes what they point to, and has a gradient', async () => {
    const bin = (v: NpArray): NpArray => np.floor(v.mul(1.9)).astype(np.int32);
    const table = [0.5, 1, 3, -2, 7];
    const at = (v: number): number => (Math.floor(1.9 * v) + 5) % 5;
    const f = (v: NpArray): NpArray => np.take(np.array(table), bin(v), 0).mul(v);
    await checkAgainst('table', f, (v) => v.map((e) => table[at(e)] * e), x, counting);
    await checkAgainst('own', (v) => np.square(np.take(v, bin(v), 0)), (v) => v.map((e) => v[at(e)] ** 2), x, counting);
    await checkAgainst('two axes', (v) => np.square(v.slice(np.argmax(v, 1), integers(0, 1, 2))), (v) => [0, 1, 2].map((i) => {
      const row = v.slice(4 * i, 4 * i + 4);
      return v[4 * row.indexOf(Math.max(...row)) + i] ** 2;
    }), { shape: [3, 4], data: [9, 2, 1, 0, 3, 4, 1, 0, 1, 0, 2, 0].map((e) => e + 0.01) }, counting);
  });

  it('is not a number outside of the axis', async () => {
    await checkEverywhere('outside', (v) => np.take(np.array([1, 2, 3]), v.astype(np.int32), 0), [vector(3, -4, 1)], [[NaN, NaN, 2]], counting);
  });
});

describe('sorting', () => {
  const sorted = (v: readonly number[]): number[] => [...v].sort((a, b) => a - b);
  const order = (v: readonly number[]): number[] => v.map((_, i) => i).sort((a, b) => v[a] - v[b] || a - b);

  it('gives the entries in order, with their gradient', async () => {
    await checkAgainst('sort', (v) => np.square(np.sort(v)), (v) => sorted(v).map((e) => e ** 2), x);
    await checkAgainst('rows', (v) => np.square(np.sort(v)), (v) => [0, 4, 8].flatMap((i) => sorted(v.slice(i, i + 4))).map((e) => e ** 2), matrix);
    await checkAgainst('columns', (v) => np.square(np.sort(v, 0)).transpose(), (v) => [0, 1, 2, 3].flatMap((i) => sorted([v[i], v[4 + i], v[8 + i]])).map((e) => e ** 2), matrix);
  });

  it('leaves ties in their order, and puts what is not a number last', async () => {
    const ties = vector(1, -1, 1, 0, -1, 1);
    await checkAgainst('argsort', (v) => np.argsort(v), order, ties, { differentiable: false });
    await checkAgainst('argsort', (v) => np.argsort(v, 0), (v) => [0, 1].flatMap((k) => [0, 1, 2].map((i) => order([v[i], v[3 + i]])[k])), { shape: [2, 3], data: [3, 1, 2, 1, 1, 4] }, { differentiable: false });
    await checkEverywhere('NaN', (v) => np.sort(v), [vector(NaN, 2, -Infinity, 1)], [[-Infinity, 1, 2, NaN]], counting);
  });

  it('refuses more than it can compare', () => {
    assert.throws(() => trace((v) => np.sort(v), [{ shape: [513] }]), (error: unknown) => error instanceof InputError && /at most 512 entries/.test(error.message));
  });
});

/** Row-major n by n. */
function luPlain(a: readonly number[], n: number): { lu: number[]; sign: number } {
  const lu = [...a];
  let sign = 1;
  for (let j = 0; j < n; j++) {
    let best = j;
    for (let i = j; i < n; i++) if (Math.abs(lu[i * n + j]) > Math.abs(lu[best * n + j])) best = i;
    if (best !== j) {
      sign = -sign;
      for (let k = 0; k < n; k++) [lu[j * n + k], lu[best * n + k]] = [lu[best * n + k], lu[j * n + k]];
    }
    for (let i = j + 1; i < n; i++) {
      lu[i * n + j] /= lu[j * n + j];
      for (let k = j + 1; k < n; k++) lu[i * n + k] -= lu[i * n + j] * lu[j * n + k];
    }
  }
  return { lu, sign };
}

export const determinant = (a: readonly number[], n: number): number => {
  const { lu, sign } = luPlain(a, n);
  return Array.from({ length: n }, (_, i) => lu[i * n + i]).reduce((product, e) => product * e, sign);
};

function choleskyPlain(a: readonly number[], n: number): number[] {
  const l = Array<number>(n * n).fill(0);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = (a[i * n + j] + a[j * n + i]) / 2;
      for (let k = 0; k < j; k++) sum -= l[i * n + k] * l[j * n + k];
      l[i * n + j] = i === j ? Math.sqrt(sum) : sum / l[j * n + j];
    }
  }
  return l;
}

describe('factorisations', () => {
  const general = { shape: [3, 3], data: [0.2, 1.1, -0.4, 2, 0.3, 0.7, -1, 0.5, 1.3] };
  const definite = { shape: [3, 3], data: [2, 0.3, -0.2, 0.1, 1.5, 0.4, -0.2, 0.6, 1.8] };

  it('of Cholesky, of one matrix and of several', async () => {
    await checkAgainst('cholesky', (v) => np.linalg.cholesky(v), (v) => choleskyPlain(v, 3), definite);
    const two = { shape: [2, 2, 2], data: [2, 0.3, 0.3, 1, 1.5, -0.2, -0.2, 0.8] };
    await checkAgainst('two', (v) => np.linalg.cholesky(v), (v) => [...choleskyPlain(v.slice(0, 4), 2), ...choleskyPlain(v.slice(4), 2)], two);
    await checkEverywhere('indefinite', (v) => np.linalg.cholesky(v).slice(1, 1), [{ shape: [2, 2], data: [1, 2, 2, 1] }], [[NaN]]);
  });

  it('of LU with pivots', async () => {
    await checkAgainst('lu', (v) => lax.linalg.lu(v)[0], (v) => luPlain(v, 3).lu, general);
    await checkEverywhere('permutation', (v) => lax.linalg.lu(v).slice(1), [general], [[1, 1, 2], [1, 0, 2]]);
    await checkEverywhere('wide', (v) => lax.linalg.lu(v), [{ shape: [2, 3], data: [1, 2, 3, 4, 5, 6] }], [[4, 5, 6, 0.25, 0.75, 1.5], [1, 1], [1, 0]]);
    await checkEverywhere('tall', (v) => lax.linalg.lu(v), [{ shape: [3, 2], data: [1, 2, 3, 4, 5, 6] }], [[5, 6, 0.2, 0.8, 0.6, 0.5], [2, 2], [2, 0, 1]]);
  });

  it('solve triangular systems from either side', async () => {
    const b = np.array([[1, 2], [3, 4], [5, 6]]);
    const lower = (v: readonly number[], c: readonly number[]): number[] => {
      const y: number[] = [];
      for (let i = 0; i < 3; i++) y.push((c[i] - y.reduce((sum, e, j) => sum + v[3 * i + j] * e, 0)) / v[4 * i]);
      return y;
    };
    const columns = (v: readonly number[]): number[] => {
      const [p, q] = [lower(v, [1, 3, 5]), lower(v, [2, 4, 6])];
      return p.flatMap((e, i) => [e, q[i]]);
    };
    await checkAgainst('lower', (v) => lax.linalg.triangularSolve(v, b, { leftSide: true, lower: true }), columns, definite);
    const turned = (v: readonly number[]): number[] => [0, 3, 6, 1, 4, 7, 2, 5, 8].map((i) => v[i]);
    await checkAgainst('transposed', (v) => lax.linalg.triangularSolve(v, b, { leftSide: true, lower: false, transposeA: true }), (v) => columns(turned(v)), definite);
    await checkAgainst('right', (v) => lax.linalg.triangularSolve(v, b.transpose(), { lower: false }).transpose(), (v) => columns(turned(v)), definite);
  });

  it('refuse what is large', () => {
    assert.throws(() => trace((v) => np.linalg.cholesky(v), [{ shape: [65, 65] }]), (error: unknown) => error instanceof InputError && /at most 64 by 64/.test(error.message));
  });
});
