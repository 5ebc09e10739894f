/** The forms that the lowering chooses for speed: that it chooses them where meant and nowhere else, and that they are right. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { np, valueAndGradient } from '../../src/engine/numpy.ts';
import { lower } from '../../src/engine/onnx/lower.ts';
import type { Node } from '../../src/engine/onnx/model.ts';
import { sizeOf } from '../../src/engine/program.ts';
import { compileReference } from '../../src/engine/reference.ts';
import { trace } from '../../src/engine/trace.ts';
import { relu } from '../../src/flows/activations.ts';
import { distance, runProgram, TOLERANCE, type Traceable } from './executors.ts';

const numbers = (size: number, seed: number): Float64Array => Float64Array.from({ length: size }, (_, i) => Math.fround(Math.sin(1 + 1.7 * i + seed * 0.3)));

/** The nodes of the float32 graph, after both precisions were compared with jax-js's interpreter. */
async function nodesOf(f: Traceable, ...shapes: readonly number[][]): Promise<readonly Node[]> {
  const specs = shapes.map((shape) => ({ shape }));
  const program = trace(f, specs);
  const inputs = shapes.map((shape, k) => numbers(sizeOf(shape), k));
  const expected = (await compileReference(f, specs).run(inputs)).map((output) => Array.from(output));
  for (const precision of ['float32', 'float64'] as const) {
    (await runProgram(program, inputs, precision)).forEach((output, k) => {
      const gap = distance(output, expected[k]);
      assert.ok(gap < TOLERANCE.reference, `${precision}, output ${k}: off by ${gap}`);
    });
  }
  return lower(program, 'float32').nodes;
}
const types = (nodes: readonly Node[]): string[] => nodes.map(({ type }) => type);

describe('products', () => {
  it('with a bias per row are one Gemm', async () => {
    const nodes = await nodesOf((w, x, b) => np.matmul(w.transpose(), x).add(b.reshape([5, 1])), [3, 5], [3, 7], [5]);
    assert.deepEqual(types(nodes), ['Reshape', 'Gemm']);
  });

  it('turn a small matrix once where the result has many columns, and only there', async () => {
    const product: Traceable = (w, x) => np.matmul(w.transpose(), x);
    const wide = await nodesOf(product, [70, 64], [70, 1024]);
    assert.deepEqual(types(wide), ['Reshape', 'Transpose', 'Reshape', 'Gemm']);
    assert.equal(wide[3].attributes.transA, 0);
    const narrow = await nodesOf(product, [70, 64], [70, 30]);
    assert.deepEqual(types(narrow), ['Gemm']);
    assert.equal(narrow[0].attributes.transA, 1);
  });

  it('of a matrix with every matrix of a stack need no transpose', async () => {
    for (const f of [(m, stack) => np.matmul(m, stack), (m, stack) => np.matmul(m, stack).transpose([2, 0, 1])] satisfies Traceable[]) {
      const nodes = await nodesOf(f, [1, 3, 4], [2, 4, 5]);
      assert.ok(types(nodes).includes('MatMul'), types(nodes).join());
    }
    const nodes = await nodesOf((m, stack) => np.matmul(m, stack), [1, 3, 4], [2, 4, 5]);
    assert.deepEqual(types(nodes), ['Reshape', 'MatMul']);
    // Not where the stack is contracted over its last axis, or the matrix is a stack too.
    await nodesOf((m, stack) => np.matmul(stack, m.reshape([1, 4, 3])), [4, 3], [2, 5, 4]);
    await nodesOf((a, b) => np.matmul(a, b), [2, 3, 4], [2, 4, 5]);
  });

  it('with a single column are a row times a matrix', async () => {
    const nodes = await nodesOf((w, g) => np.matmul(g.transpose(), w), [6, 1], [6, 9]);
    assert.deepEqual(types(nodes).filter((type) => type !== 'Reshape'), ['Gemm']);
    assert.ok(!types(nodes).includes('Transpose'));
  });
});

describe('relu', () => {
  const gradient: Traceable = (x, w) => valueAndGradient((v) => relu(v).mul(w).sum())(x)[1];

  it('and its gradient are a Relu, a HardSigmoid and a product', async () => {
    const nodes = await nodesOf(gradient, [4, 6], [4, 6]);
    assert.deepEqual(types(nodes), ['Relu', 'HardSigmoid', 'Mul']);
  });

  it('has the right gradient at zero, at very small, large and infinite values', async () => {
    const x = [0, -0, 1e-20, -1e-20, 1e30, -1e30, Infinity, -Infinity];
    const program = trace(gradient, [{ shape: [8] }, { shape: [8] }]);
    for (const precision of ['float32', 'float64'] as const) {
      assert.deepEqual((await runProgram(program, [x, x.map(() => 3)], precision))[0].map(Number), [0, 0, 3, 0, 3, 0, 3, 0], precision);
    }
  });

  it('is not seen in other comparisons', async () => {
    const nodes = await nodesOf((x) => [x.greater(0).astype(np.float64), np.maximum(x, 0.5).greater(0.5).astype(np.float64)], [5]);
    assert.ok(!types(nodes).includes('HardSigmoid') && !types(nodes).includes('Relu'), types(nodes).join());
  });
});

describe('fewer nodes', () => {
  it('x · (1/y) is a quotient, unless 1/y is used again', async () => {
    assert.deepEqual(types(await nodesOf((x, y) => x.mul(np.reciprocal(y)), [3], [3])), ['Div']);
    assert.deepEqual(types(await nodesOf((x, y) => np.reciprocal(y).mul(x), [2, 3], [3])), ['Div']);
    assert.deepEqual(types(await nodesOf((x, y) => { const r = np.reciprocal(y); return [x.mul(r), r]; }, [3], [3])), ['Reciprocal', 'Mul']);
  });

  it('a sum of all squares is one', async () => {
    assert.deepEqual(types(await nodesOf((x) => x.mul(x).sum(), [3, 4])), ['ReduceSumSquare']);
    assert.deepEqual(types(await nodesOf((x, y) => x.add(y).mul(x.add(y)).sum(), [3, 1], [3, 4])), ['Add', 'ReduceSumSquare']);
    // A lazily broadcast operand counts as often as it is repeated.
    await nodesOf((x) => { const wide = np.broadcastTo(x, [3, 4]); return wide.mul(wide).sum(); }, [3, 1]);
    assert.ok(!types(await nodesOf((x) => x.mul(x).sum(1), [3, 4])).includes('ReduceSumSquare'));
    assert.ok(!types(await nodesOf((x) => { const s = x.mul(x); return [s, s.sum()]; }, [3, 4])).includes('ReduceSumSquare'));
  });

  it('sums keep their axes where they are used so', async () => {
    assert.deepEqual(types(await nodesOf((x) => x.sub(x.sum(1, { keepdims: true })), [3, 4])), ['ReduceSum', 'Sub']);
    assert.deepEqual(types(await nodesOf((x) => x.sum(1), [3, 4])), ['ReduceSum', 'Reshape']);
  });

  it('reshapes of reshapes are one, and there and back none', async () => {
    assert.deepEqual(types(await nodesOf((x) => np.sin(x).reshape([12]).sum(0), [3, 4])).filter((type) => type === 'Reshape').length, 2);
    assert.deepEqual(types(await nodesOf((x) => { const flat = np.sin(x).reshape([12]); return [np.cos(flat), np.exp(flat.reshape([3, 4]))]; }, [3, 4])), ['Sin', 'Reshape', 'Cos', 'Exp']);
  });

  it('outputs get their names without copies, except inputs and repeated outputs', async () => {
    assert.deepEqual(types(await nodesOf((x) => { const y = np.sin(x); return [y, np.cos(y)]; }, [4])), ['Sin', 'Cos']);
    assert.deepEqual(types(await nodesOf((x) => { const y = np.sin(x); return [y, y, x]; }, [4])), ['Sin', 'Identity', 'Identity']);
  });
});
