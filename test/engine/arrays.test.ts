/** Functions that move, join and reduce entries, and products, against plain loops; lazy broadcasts throughout. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { np, type Array as NpArray } from '../../src/engine/numpy.ts';
import { broadcastShapes } from '../../src/engine/program.ts';
import { InputError } from '../../src/errors.ts';
import { checkEverywhere, executors, type Argument, type Traceable } from './executors.ts';
import { at, build, type Tensor } from './interpreter.ts';

const RUNS = { seed: 3, numRuns: 8 };
const entries = (shape: readonly number[], seed: number): Tensor => {
  let i = seed;
  return build(shape, () => Math.round(64 * 3 * Math.sin(1.7 * ++i)) / 64);
};
const shapes = (rank: { min: number; max: number }, size = 3): fc.Arbitrary<number[]> => fc.array(fc.integer({ min: 1, max: size }), { minLength: rank.min, maxLength: rank.max });

const check = (what: string, f: Traceable, args: readonly Argument[], expected: readonly Tensor[]): Promise<void> =>
  checkEverywhere(what, f, args, expected.map(({ data }) => data));

/** A shape and one that broadcasts with it. */
const fitting = shapes({ min: 1, max: 3 }).chain((full) => fc.tuple(
  fc.constant(full), fc.array(fc.boolean(), { minLength: full.length, maxLength: full.length }), fc.nat({ max: full.length }),
)).map(([full, units, drop]): [number[], number[]] => [full, full.map((n, i) => (units[i] ? 1 : n)).slice(drop)]);

describe('broadcasting', () => {
  it('of operands of any rank', async () => {
    await fc.assert(fc.asyncProperty(fitting, fc.boolean(), async ([full, part], swap) => {
      const [a, b] = swap ? [entries(part, 1), entries(full, 2)] : [entries(full, 1), entries(part, 2)];
      await check('a·b + b', (x, y) => x.mul(y).add(y), [a, b], [build(full, (i) => at(a, i) * at(b, i) + at(b, i))]);
    }), RUNS);
  });

  it('then reduced over a broadcast axis, by every reduction', async () => {
    await fc.assert(fc.asyncProperty(fitting, fc.nat(), async ([full, part], axisSeed) => {
      const axis = axisSeed % full.length;
      const b = entries(part, 2);
      const rest = full.filter((_, i) => i !== axis);
      const fold = (step: (p: number, q: number) => number): Tensor => build(rest, (i) =>
        Array.from({ length: full[axis] }, (_, k) => at(b, [...i.slice(0, axis), k, ...i.slice(axis)])).reduce((p, q) => step(p, q)));
      await check('reductions', (y) => {
        const wide = np.broadcastTo(y, full);
        return [wide.sum(axis), wide.prod(axis), wide.max(axis), wide.min(axis)];
      }, [b], [fold((p, q) => p + q), fold((p, q) => p * q), fold(Math.max), fold(Math.min)]);
    }), RUNS);
  });

  it('then joined, padded, flipped, split and reshaped', async () => {
    const row = entries([1, 3], 4);
    const wide = (indices: readonly number[]): number => at(row, indices);
    await check('concatenate', (x) => np.concatenate([np.broadcastTo(x, [2, 3]), np.ones([2, 1])], 1), [row], [build([2, 4], (i) => (i[1] === 3 ? 1 : wide(i)))]);
    await check('concatenate of numbers', (x) => np.concatenate([np.full([2, 3], 0.5), np.zeros([2, 2]), np.broadcastTo(x, [2, 3])], 1), [row],
      [build([2, 8], (i) => (i[1] < 3 ? 0.5 : i[1] < 5 ? 0 : wide([i[0], i[1] - 5])))]);
    await check('pad', (x) => np.pad(np.broadcastTo(x, [2, 3]), [[1, 0], [0, 2]]), [row], [build([3, 5], (i) => (i[0] === 0 || i[1] > 2 ? 0 : wide(i)))]);
    await check('pad by nothing', (x) => np.pad(np.broadcastTo(x, [2, 3]), [[0, 0], [0, 0]]), [row], [build([2, 3], wide)]);
    await check('flip', (x) => np.flip(np.broadcastTo(x, [2, 3])), [row], [build([2, 3], (i) => wide([0, 2 - i[1]]))]);
    await check('split', (x) => np.split(np.broadcastTo(x, [4, 3]), [1], 0), [row], [build([1, 3], wide), build([3, 3], wide)]);
    await check('reshape', (x) => np.broadcastTo(x, [2, 3]).reshape([3, 2]), [row], [build([3, 2], (i) => row.data[(2 * i[0] + i[1]) % 3])]);
    await check('transpose', (x) => np.broadcastTo(x, [2, 3]).transpose(), [row], [build([3, 2], (i) => wide([0, i[0]]))]);
    await check('shrink', (x) => np.broadcastTo(x, [4, 3]).slice([1, 3], [1, 2]), [row], [build([2, 1], () => row.data[1])]);
    await check('where', (x) => np.where(np.broadcastTo(x, [2, 3]).greater(0), np.array([[1], [2]]), x), [row], [build([2, 3], (i) => (wide(i) > 0 ? i[0] + 1 : wide(i)))]);
    await check('stack', (x) => np.stack([x, x.mul(2)]), [row], [build([2, 1, 3], (i) => wide(i.slice(1)) * (i[0] + 1))]);
  });

  it('of shapes that do not fit is an InputError', () => {
    assert.throws(() => broadcastShapes([2, 3], [4]), InputError, 'shapes [2, 3] and [4]');
    assert.deepEqual(broadcastShapes([2, 1], [5], []), [2, 5], 'that do');
  });
});

describe('moving entries', () => {
  it('transpose, flip, reshape, slice and pad of random shapes', async () => {
    await fc.assert(fc.asyncProperty(shapes({ min: 2, max: 3 }, 4), fc.nat(), async (shape, seed) => {
      const x = entries(shape, seed % 100);
      const perm = shape.map((_, i) => (i + seed) % shape.length);
      const axis = seed % shape.length;
      const low = seed % shape[axis];
      const width = shape.map((_, i): [number, number] => [(seed + i) % 2, (seed + 2 * i) % 3]);
      const cut = shape.map((n, i) => (i === axis ? n - low : n));
      await check('moves', (v) => [v.transpose(perm), np.flip(v, axis), v.reshape([-1]), v.slice(...shape.map((n, i) => (i === axis ? [low, n] : []) as [number, number])), np.pad(v, width)], [x], [
        build(perm.map((i) => shape[i]), (i) => at(x, shape.map((_, a) => i[perm.indexOf(a)]))),
        build(shape, (i) => at(x, i.map((k, a) => (a === axis ? shape[a] - 1 - k : k)))),
        { shape: [x.data.length], data: x.data },
        build(cut, (i) => at(x, i.map((k, a) => (a === axis ? k + low : k)))),
        build(shape.map((n, i) => n + width[i][0] + width[i][1]), (i) => {
          const inner = i.map((k, a) => k - width[a][0]);
          return inner.every((k, a) => k >= 0 && k < shape[a]) ? at(x, inner) : 0;
        }),
      ]);
    }), RUNS);
  });

  it('gather at fixed indices, along every axis', async () => {
    const x = entries([3, 4, 2], 9);
    const index = [2, 0, 1, 1];
    const indices = (): NpArray => np.array(Int32Array.from(index));
    await check('take 0', (v) => np.take(v, indices(), 0), [x], [build([4, 4, 2], (i) => at(x, [index[i[0]], i[1], i[2]]))]);
    await check('take 1', (v) => np.take(v, indices(), 1), [x], [build([3, 4, 2], (i) => at(x, [i[0], index[i[1]], i[2]]))]);
    await check('slice by indices', (v) => v.slice(indices()), [x], [build([4, 4, 2], (i) => at(x, [index[i[0]], i[1], i[2]]))]);
    await check('of a sum', (v) => np.take(v.sum(2).add(1), indices(), 1), [x], [build([3, 4], (i) => at(x, [i[0], index[i[1]], 0]) + at(x, [i[0], index[i[1]], 1]) + 1)]);
  });

  it('split and concatenate undo each other', async () => {
    await fc.assert(fc.asyncProperty(shapes({ min: 1, max: 3 }, 5), fc.nat(), async (shape, seed) => {
      const axis = seed % shape.length;
      const x = entries(shape, 5);
      const cuts = shape[axis] > 2 ? [1, shape[axis] - 1] : shape[axis] > 1 ? [1] : [];
      await check('split, then join', (v) => np.concatenate(cuts.length === 0 ? [v] : np.split(v, cuts, axis), axis), [x], [x]);
    }), RUNS);
  });

  it('cumulative sums, rolls, repeats, outer products', async () => {
    const x = entries([5], 2);
    const sums = x.data.map((_, i) => x.data.slice(0, i + 1).reduce((p, q) => p + q));
    await check('mixed', (v) => [np.cumsum(v), np.roll(v, 2), np.repeat(v, 2), np.outer(v, v)], [x], [
      { shape: [5], data: sums }, build([5], (i) => x.data[(i[0] + 3) % 5]), build([10], (i) => x.data[i[0] >> 1]), build([5, 5], (i) => x.data[i[0]] * x.data[i[1]]),
    ]);
  });
});

describe('integers and conditions', () => {
  const x = entries([4], 3);
  it('mix with floats as in NumPy', async () => {
    await check('arange', (v) => [v.add(np.arange(4)), v.mul(np.arange(4)), np.maximum(v, np.arange(4))], [x],
      [(a: number, i: number): number => a + i, (a: number, i: number): number => a * i, Math.max].map((g) => build([4], (i) => g(at(x, i), i[0]))));
    await check('comparison with integers', (v) => np.where(np.arange(4).less(2), v, 0), [x], [build([4], (i) => (i[0] < 2 ? at(x, i) : 0))]);
    await check('a condition as a number', (v) => v.greater(0).mul(v), [x], [build([4], (i) => Math.max(0, at(x, i)))]);
  });

  it('any, all, counts, argmax', async () => {
    const positive = x.data.filter((value) => value > 0).length;
    await check('conditions', (v) => [np.any(v.greater(0)).astype(np.float64), np.all(v.greater(0)).astype(np.float64), np.countNonzero(v.greater(0)), np.argmax(v), v.greater(0).sum(), np.sum(v.greater(0)), np.mean(v.greater(0))], [x],
      [Number(positive > 0), Number(positive === 4), positive, x.data.indexOf(Math.max(...x.data)), positive, positive, positive / 4].map((value) => ({ shape: [], data: [value] })));
  });

  it('arithmetic on integer inputs', async () => {
    const [a, b] = [[7, -7, 9, 2], [2, 2, -4, 5]];
    const args: Argument[] = [{ shape: [4], data: a, dtype: 'int32' }, { shape: [4], data: b, dtype: 'int32' }];
    await check('int32', (p, q) => [p.add(q), p.sub(q), np.minimum(p, q), p.neg()], args,
      [(p: number, q: number): number => p + q, (p: number, q: number): number => p - q, Math.min, (p: number): number => -p].map((g) => build([4], (i) => g(a[i[0]], b[i[0]]))));
    // Products of any two integers are more than a float lane holds.
    const products = [(p: number, q: number): number => p * q, (p: number, q: number): number => p % q].map((g) => Array.from(a, (p, i) => g(p, b[i])));
    await checkEverywhere('int32 products', (p, q) => [p.mul(q), np.fmod(p, q)], args, products, { names: executors.filter((name) => name !== 'simd') });
    await check('products', () => np.matmul(np.array(Int32Array.of(1, 2, 3, 4)).reshape([2, 2]), np.array(Int32Array.of(5, 6, 7, 8)).reshape([2, 2])), [], [{ shape: [2, 2], data: [19, 22, 43, 50] }]);
  });
});

describe('dot', () => {
  /** Σ_k a[…, k] b[…, k] with operands broadcast. */
  const dot = (a: Tensor, b: Tensor): Tensor => {
    const full = broadcastShapes(a.shape, b.shape);
    const length = full.at(-1) ?? 1;
    return build(full.slice(0, -1), (i) => Array.from({ length }, (_, k) => at(a, [...i, k]) * at(b, [...i, k])).reduce((p, q) => p + q));
  };

  // Per axis before the contracted one: present in both operands (batch), in the first (row), in the second (column), or in neither.
  const kinds = fc.array(fc.constantFrom('batch', 'row', 'column', 'unit'), { minLength: 0, maxLength: 4 });
  it('with every mixture of batch, row, column and unit axes', async () => {
    await fc.assert(fc.asyncProperty(kinds, fc.integer({ min: 1, max: 4 }), fc.constantFrom(0, 1, 2), async (axes, length, dropped) => {
      const sizes = axes.map((_, i) => 2 + (i % 3));
      const first = [...axes.map((kind, i) => (kind === 'batch' || kind === 'row' ? sizes[i] : 1)), length];
      const second = [...axes.map((kind, i) => (kind === 'batch' || kind === 'column' ? sizes[i] : 1)), length];
      // Leading unit axes of one operand may be missing altogether.
      if (dropped === 1) while (first.length > 1 && first[0] === 1) first.shift();
      if (dropped === 2) while (second.length > 1 && second[0] === 1) second.shift();
      const [a, b] = [entries(first, 1), entries(second, 7)];
      await check(`vecdot ${JSON.stringify(first)} ${JSON.stringify(second)}`, (x, y) => np.vecdot(x, y), [a, b], [dot(a, b)]);
    }), { seed: 7, numRuns: 60 });
  });

  it('with a bias of every shape, fused or not', async () => {
    const cases: [number[], number[], number[]][] = [
      [[3, 1, 2], [1, 4, 2], [4]], [[3, 1, 2], [4, 2], [1, 4]], [[3, 1, 2], [4, 2], [3, 1]], [[3, 1, 2], [4, 2], [3, 4]], [[3, 1, 2], [4, 2], []],
      [[3, 4, 2], [3, 4, 2], [4]], [[1, 4, 2], [3, 1, 2], [4]], [[1, 3, 2], [3, 1, 2], [3]], [[3, 4, 2], [2], [4]], [[2], [3, 4, 2], [4]],
      [[1, 4, 2], [2], [4]], [[3, 1, 2], [2], [1]], [[3, 1, 2], [2], [4]], [[2, 3, 4, 2], [4, 2], [4]],
    ];
    for (const [first, second, bias] of cases) {
      const [a, b, c] = [entries(first, 1), entries(second, 7), entries(bias, 5)];
      const product = dot(a, b);
      const shape = broadcastShapes(product.shape, bias);
      await check(`${JSON.stringify(first)} · ${JSON.stringify(second)} + ${JSON.stringify(bias)}`, (x, y, z) => [np.vecdot(x, y).add(z), z.add(np.vecdot(x, y))],
        [a, b, c], Array<Tensor>(2).fill(build(shape, (i) => at(product, i) + at(c, i))));
    }
  });

  it('matmul with transposes, batches and broadcasts', async () => {
    const product = (a: Tensor, b: Tensor): Tensor => build([...broadcastShapes(a.shape.slice(0, -2), b.shape.slice(0, -2)), a.shape.at(-2) ?? 1, b.shape.at(-1) ?? 1], (i) =>
      Array.from({ length: a.shape.at(-1) ?? 1 }, (_, k) => at(a, [...i.slice(0, -1), k]) * at(b, [...i.slice(0, -2), k, i.at(-1) ?? 0])).reduce((p, q) => p + q));
    const swap = ({ shape, data }: Tensor): Tensor => build([shape[1], shape[0]], (i) => at({ shape, data }, [i[1], i[0]]));
    const [a, b] = [entries([3, 4], 1), entries([4, 5], 2)];
    await check('plain', (x, y) => np.matmul(x, y), [a, b], [product(a, b)]);
    await check('first transposed', (x, y) => np.matmul(x.transpose(), y), [swap(a), b], [product(a, b)]);
    await check('second transposed', (x, y) => np.matmul(x, y.transpose()), [a, swap(b)], [product(a, b)]);
    await check('both transposed', (x, y) => np.matmul(x.transpose(), y.transpose()), [swap(a), swap(b)], [product(a, b)]);
    await check('result transposed', (x, y) => np.matmul(x, y).transpose(), [a, b], [swap(product(a, b))]);
    const stack = entries([2, 3, 4], 3);
    await check('stack times matrix', (x, y) => np.matmul(x, y), [stack, b], [product(stack, b)]);
    const stacks = entries([2, 4, 5], 8);
    await check('stack times stack', (x, y) => np.matmul(x, y), [stack, stacks], [product(stack, stacks)]);
    await check('stack times broadcast stack', (x, y) => np.matmul(x, np.broadcastTo(y, [2, 4, 5])), [stack, b], [product(stack, b)]);
    await check('with numbers', (x) => [np.matmul(x, np.ones([4, 2])), np.matmul(np.full([2, 3], 0.1), x)], [a], [
      build([3, 2], (i) => a.data.slice(4 * i[0], 4 * i[0] + 4).reduce((p, q) => p + q)), build([2, 4], (i) => 0.1 * (at(a, [0, i[1]]) + at(a, [1, i[1]]) + at(a, [2, i[1]]))),
    ]);
    await check('vectors', (x, y) => [np.dot(x, y), np.matmul(x.reshape([1, 4]), y)], [entries([4], 1), entries([4], 2)],
      [dot(entries([4], 1), entries([4], 2)), dot(entries([4], 1), entries([4], 2))]);
  });

  it('norms, through a nested namespace', async () => {
    const x = entries([3, 4], 2);
    await check('linalg.norm', (v) => np.linalg.norm(v, { axis: 1 }), [x], [build([3], (i) => Math.hypot(...x.data.slice(4 * i[0], 4 * i[0] + 4)))]);
  });
});
