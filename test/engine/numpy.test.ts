/** What docs/numpy.md has no room for: edges of tables, stacks of matrices, mapped functions, and errors in words. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { InputError } from '../../src/errors.ts';
import { batched, lax, np, valueAndGradient, type Array as NpArray } from '../../src/engine/numpy.ts';
import { checkAgainst } from './differences.ts';
import { checkEverywhere } from './executors.ts';

const refused = (f: () => unknown, says: RegExp): void => {
  assert.throws(f, (error: unknown) => error instanceof InputError && says.test(error.message) && !error.message.includes('\n'), String(says));
};
const here = { names: ['scalar', 'simd', 'onnx float64'] } as const;

describe('digits', () => {
  it('are all there: of derivatives of erf, and of means', async () => {
    const slope = (x: NpArray): NpArray => valueAndGradient((v) => lax.erf(v).sub(lax.erfc(v)).sum())(x)[1];
    const x = { shape: [2], data: [0, 0.7] };
    await checkEverywhere('erf', slope, [x], [x.data.map((a) => (4 / Math.sqrt(Math.PI)) * Math.exp(-a * a))], here);
    const rows = { shape: [2, 3], data: [1, 2, 4, 0.1, 0.2, 0.7] };
    await checkEverywhere('var', (v) => [np.var(v, 1), np.mean(v, 1, { keepdims: true }).sub(np.mean(v, 0))], [rows], [[14 / 9, 0.62 / 9], [7 / 3 - 0.55, 7 / 3 - 1.1, 7 / 3 - 2.35, 1 / 3 - 0.55, 1 / 3 - 1.1, 1 / 3 - 2.35]], here);
  });
});

describe('tables', () => {
  const xp = [-1, 0.5, 2];
  const fp = [3, -1, 4];
  const x = { shape: [7], data: [-2, -1, 0, 0.5, 1.7, 2, 3] };

  it('interpolate between their entries, meet them, and end with them', async () => {
    const between = (a: number, i: number): number => fp[i] + ((fp[i + 1] - fp[i]) * (a - xp[i])) / (xp[i + 1] - xp[i]);
    await checkEverywhere('interp', (v) => np.interp(v, xp, fp), [x], [[3, 3, between(0, 0), -1, between(1.7, 1), 4, 4]]);
    await checkEverywhere('ends', (v) => np.interp(v, xp, fp, { left: -9, right: 9 }), [x], [[-9, 3, between(0, 0), -1, between(1.7, 1), 4, 9]]);
    await checkEverywhere('one entry', (v) => np.interp(v, [0], [5], { left: 1 }), [{ shape: [3], data: [-1, 0, 1] }], [[1, 5, 5]]);
    await checkEverywhere('NaN', (v) => np.interp(v, xp, fp), [{ shape: [2], data: [NaN, Infinity] }], [[NaN, 4]], here);
  });

  it('of values that are coordinates have a gradient', async () => {
    const at = [0.2, 1.1, -0.4];
    const plain = (v: readonly number[]): number[] => at.map((a) => {
      const i = a < 0.5 ? 0 : 1;
      return v[i] + ((v[i + 1] - v[i]) * (a - xp[i])) / (xp[i + 1] - xp[i]);
    });
    await checkAgainst('values', (v) => np.interp(np.array(at), xp, v), plain, { shape: [3], data: fp });
  });

  it('are searched from either side, and what is not a number comes last', async () => {
    await checkEverywhere('left', (v) => np.searchsorted(xp, v).astype(np.float64), [x], [[0, 0, 1, 1, 2, 2, 3]]);
    await checkEverywhere('right', (v) => np.searchsorted(xp, v, { side: 'right' }).astype(np.float64), [x], [[0, 1, 1, 2, 2, 3, 3]]);
    await checkEverywhere('NaN', (v) => np.searchsorted(xp, v).astype(np.float64), [{ shape: [1], data: [NaN] }], [[3]], here);
  });

  it('refuse other shapes', () => {
    refused(() => np.interp(1, [1, 2], [1]), /np\.interp takes fp of the shape of xp, \[2\], got one of shape \[1\]/);
    refused(() => np.interp(1, np.eye(2), [1]), /np\.interp takes xp as an array of one axis, got one of shape \[2, 2\]/);
    refused(() => np.convolve(np.eye(2), np.ones([2])), /np\.convolve takes its arguments as an array of one axis/);
  });
});

describe('convolve', () => {
  it('has the modes of NumPy, whichever is longer', async () => {
    const full = [0.5, 0, 1.5, 0.25, 7.5, -3];
    const [x, y] = [{ shape: [4], data: [1, 2, 3, -1.5] }, { shape: [3], data: [0.5, -1, 2] }];
    for (const [mode, expected] of [['full', full], ['same', full.slice(1, 5)], ['valid', full.slice(2, 4)]] as const) {
      await checkEverywhere(mode, (a, b) => np.convolve(a, b, mode), [x, y], [expected]);
      await checkEverywhere(mode, (a, b) => np.convolve(b, a, mode), [x, y], [expected]);
    }
  });
});

describe('take', () => {
  it('takes numbers, lists of lists, and negative ones', async () => {
    const x = { shape: [2, 3], data: [1, 2, 3, 4, 5, 6] };
    await checkEverywhere('take', (v) => [np.take(v, -1), np.take(v, [[0, 1], [5, -6]]), np.take(v, [1, -3], 1), np.take(v, 0, -1)], [x],
      [[6], [1, 2, 6, 1], [2, 1, 5, 4], [1, 4]]);
  });

  it('refuses what is no index', () => {
    refused(() => np.take(np.eye(2), [0.5]), /np\.take takes integers for indices, got 0\.5/);
    refused(() => np.take(np.eye(2), [0, 4]), /np\.take: the index 4 is outside of an axis of 4 entries: indices go from -4 to 3/);
    refused(() => np.take(np.eye(2), 0, 2), /np\.take: an array of shape \[2, 2\] has no axis 2/);
    refused(() => np.take(np.eye(2), np.eye(2)), /got an array of float64; write \.astype\(np\.int32\)/);
  });
});

describe('einsum', () => {
  it('takes axes by number, dots, and axes of one entry', async () => {
    const a = { shape: [2, 3], data: [1, 2, 3, 4, 5, 6] };
    await checkEverywhere('einsum', (v) => [np.einsum(v, [0, 1], v, [2, 1], [0, 2]), np.einsum('...i->...', v), np.einsum('...', v), np.einsum('ij,kj', v, v.slice([0, 1])), np.einsum('ij->', v)], [a],
      [[14, 32, 32, 77], [6, 15], [1, 2, 3, 4, 5, 6], [14, 32], [21]]);
  });

  it('aligns the axes of dots at their end', async () => {
    await checkEverywhere('einsum', (v) => np.einsum('...i,...i->...', np.stack([v, v.mul(2)]), v), [{ shape: [2, 2], data: [1, 2, 3, 4] }], [[5, 25, 10, 50]]);
  });

  it('says what does not fit', () => {
    refused(() => np.einsum('ij,jk', np.eye(2)), /'ij,jk' is of 2 arrays, got 1/);
    refused(() => np.einsum('i-j', np.eye(2)), /has a - where a letter is due/);
    refused(() => np.einsum('ij->il', np.eye(2)), /l of the result of 'ij->il' is in no array/);
    refused(() => np.einsum('ij->ii', np.eye(2)), /the result of 'ij->ii' has i twice/);
    refused(() => np.einsum('ij,jk', np.eye(2), np.eye(3)), /j of 'ij,jk' has 2 entries in one array and 3 in another/);
    refused(() => np.einsum('i', np.eye(2)), /'i' of 'i' stands for an array of shape \[2, 2\]/);
  });
});

describe('stacks of matrices', () => {
  const stack = { shape: [2, 2, 2], data: [2, 0.5, 0.3, 1.5, -1, 0.4, 0.7, 3] };
  const each = (v: readonly number[]): number[][] => [v.slice(0, 4), v.slice(4)];
  const det = ([a, b, c, d]: readonly number[]): number => a * d - b * c;

  it('have determinants, inverses and solutions', async () => {
    await checkAgainst('det', (v) => np.linalg.det(v), (v) => each(v).map(det), stack);
    await checkAgainst('log |det|', (v) => np.linalg.slogdet(v)[1], (v) => each(v).map((m) => Math.log(Math.abs(det(m)))), stack);
    await checkAgainst('inv', (v) => np.linalg.inv(v), (v) => each(v).flatMap((m) => [m[3], -m[1], -m[2], m[0]].map((e) => e / det(m))), stack);
    await checkAgainst('solve', (v) => np.linalg.solve(v, np.array([[1], [2]])), (v) => each(v).flatMap((m) => [(m[3] - 2 * m[1]) / det(m), (2 * m[0] - m[2]) / det(m)]), stack);
    await checkAgainst('triangular', (v) => np.linalg.solveTriangular(v, np.array([1, 2]), { unitDiagonal: true }), (v) => each(v).flatMap((m) => [1 - 2 * m[1], 2]), stack);
    refused(() => np.linalg.solveTriangular(np.eye(2), np.ones([3])), /takes a matrix of shape \[n, n\].*got \[2, 2\] and \[3\]/);
  });

  it('of no full rank have a determinant of zero', async () => {
    await checkEverywhere('det', (v) => np.linalg.det(v), [{ shape: [3, 3], data: [1, 2, 0, 2, 4, 0, 1, 1, 0] }], [[0]]);
  });
});

describe('mapped over points', () => {
  const points = { shape: [3, 2], data: [0.3, -0.4, 1.2, 0.8, -0.9, 0.1] };
  const mapped = (what: string, f: (x: NpArray) => NpArray, plain: (x: readonly number[]) => number, names = here.names): Promise<void> =>
    checkAgainst(what, batched(f), (v) => [0, 2, 4].map((i) => plain(v.slice(i, i + 2))), points, { names });

  it('tables, sorts, parts and factorisations stay what they are', async () => {
    const square = (e: number): number => e * e;
    await mapped('sort', (x) => np.square(np.sort(x)).slice(1).mul(x.slice(0)), (x) => square(Math.max(...x)) * x[0]);
    await mapped('take', (x) => np.square(np.take(x, [1, 1, 0])).sum(), (x) => 2 * square(x[1]) + square(x[0]));
    await mapped('own', (x) => np.take(np.square(x), np.argmax(x)), (x) => square(Math.max(...x)));
    await mapped('interp', (x) => np.interp(x.slice(0), [-1, 0, 2], [1, 3, -1]).mul(x.slice(1)), (x) => (x[0] < 0 ? 3 + 2 * x[0] : 3 - 2 * x[0]) * x[1]);
    await mapped('solve', (x) => np.linalg.solve(np.eye(2).add(np.outer(x, x)), x).sum(), (x) => (x[0] + x[1]) / (1 + square(x[0]) + square(x[1])));
    await mapped('fixed matrix', (x) => np.square(np.linalg.solve(np.array([[2, 0], [0, 4]]), x)).sum(), (x) => square(x[0] / 2) + square(x[1] / 4));
    await mapped('cholesky', (x) => np.log(np.linalg.cholesky(np.eye(2).add(np.outer(x, x))).diagonal()).sum(), (x) => 0.5 * Math.log(1 + square(x[0]) + square(x[1])));
  });
});
