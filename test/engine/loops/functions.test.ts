import { describe, it } from 'node:test';
import { lax, nn, np, valueAndGradient, type Array as NpArray } from '../../../src/engine/numpy.ts';
import { trace } from '../../../src/engine/trace.ts';
import { checkLoops } from './harness.ts';

const SIZE = 24;
const point = Float64Array.from({ length: SIZE }, (_, i) => Math.sin(7 * i + 1));
const wave = (...shape: number[]): NpArray => np.array(Float64Array.from(
  { length: shape.reduce((a, b) => a * b) }, (_, i) => Math.cos(3 * i + 0.5)
)).reshape(shape);
const grid = (x: NpArray): NpArray => x.reshape([4, 6]);
const indices = np.array(Int32Array.from([3, 0, 3, 2, 1, 1, 3, 0, 2, 3]));
const positive = (x: NpArray): NpArray => np.matmul(grid(x), grid(x).transpose()).add(np.eye(4).mul(30));

/** Functions of 24 numbers to one, by what they are made of. */
const functions: Readonly<Record<string, (x: NpArray) => NpArray>> = {
  'sums along each axis': (x) => np.square(grid(x).sum(0)).sum().add(np.exp(grid(x).sum(1)).sum()),
  'long sums along each axis': (x) => {
    const outer = np.sin(np.outer(x, x));
    return np.square(outer.sum(0)).sum().add(np.cos(outer.sum(1)).sum()).add(outer.transpose().sum(0).sum());
  },
  'largest and smallest': (x) => np.outer(x, wave(12)).max(1).sum().add(np.outer(x, wave(12)).min(0).sum()).add(np.max(x)),
  'products of matrices': (x) => np.sin(np.matmul(np.matmul(wave(9, 4), grid(x)), wave(6, 11))).sum(),
  'products of matrices of the point': (x) => np.tanh(np.matmul(grid(x).transpose(), np.cos(grid(x)))).sum(),
  'matrix and vector': (x) => np.square(np.matmul(wave(40, 24), x)).sum().add(np.dot(x, np.flip(x))),
  'batches of products': (x) => np.matmul(x.reshape([2, 3, 4]), np.sin(x).reshape([2, 4, 3])).sum(),
  'rolled, turned and joined': (x) => np.concatenate([np.roll(x, 5), np.flip(grid(x), 0).reshape([SIZE]), np.sin(x)])
    .mul(wave(3 * SIZE)).sum(),
  padded: (x) => np.square(np.pad(grid(x), [[1, 2], [0, 3]]).add(0.5)).mul(wave(7, 9)).sum(),
  'taken, with repeats': (x) => np.take(grid(x), indices, 0).mul(wave(10, 6)).sum(),
  'cumulative sums': (x) => np.square(np.cumsum(x)).sum(),
  sorted: (x) => np.sort(x).mul(wave(SIZE)).sum(),
  'conditions and choices': (x) => np.where(x.greater(0.2), np.exp(x), x.mul(3)).mul(np.where(grid(x).sum(1).less(0), 1, 2).sum()).sum(),
  'special functions': (x) => lax.erf(x).add(lax.erfc(x)).add(nn.sigmoid(x)).add(nn.softplus(x)).add(np.arctan(x)).sum()
    .add(nn.logsumexp(grid(x), 0).sum()),
  'Cholesky and triangular solve': (x) => {
    const factor = np.linalg.cholesky(positive(x));
    return np.log(np.diagonal(factor)).sum();
  },
  'integers and counts': (x) => np.floor(x.mul(4)).astype(np.int32).add(2).astype(np.float64).mul(x).sum(),
  'long rows of functions': (x) => Array.from({ length: 20 })
    .reduce<NpArray>((y, _, k) => np.sin(y).add(np.cos(y)).add(np.exp(np.sin(x).mul(0.1 * k))), x).sum(),
  'powers': (x) => np.power(np.square(x).add(0.1), 1.7).sum().add(np.sqrt(np.square(x).add(1)).sum()),
};

describe('functions of np in loops', () => {
  for (const [name, f] of Object.entries(functions)) {
    it(`${name}, value and gradient`, () => {
      checkLoops(name, trace(f, [{ shape: [SIZE] }]), [point]);
      checkLoops(`gradient of ${name}`, trace((x) => valueAndGradient(f)(x), [{ shape: [SIZE] }]), [point]);
    });
  }
});
