/** Tracing, gradients, the executors' interfaces, and what they refuse. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { batched, lax, np, valueAndGradient, valueAndGradientWithAux, type Array as NpArray } from '../../src/engine/numpy.ts';
import { compileOnnx } from '../../src/engine/onnx/executor.ts';
import { printProgram, type Program } from '../../src/engine/program.ts';
import { compileScalar } from '../../src/engine/scalar.ts';
import { trace } from '../../src/engine/trace.ts';
import { InputError } from '../../src/errors.ts';
import { checkEverywhere, distance, runEverywhere, runProgram, runScalar, TOLERANCE } from './executors.ts';

type Energy = (x: NpArray) => NpArray;

const rotation = [[0.3, -0.8, 0.4], [0.5, 0.2, -0.9], [-0.1, 0.7, 0.6]];
/** Smooth functions of a point [3] that use every differentiable primitive. */
const smooth: readonly [string, Energy][] = [
  ['polynomial', (x) => np.square(np.square(x).sub(1)).sum().add(x.slice(0).mul(x.slice(2)))],
  ['sin, cos, exp', (x) => np.sin(x).mul(np.cos(x.mul(2))).add(np.exp(x.mul(-0.5))).sum()],
  ['log, sqrt, reciprocal', (x) => np.log(np.square(x).add(1.1)).add(np.sqrt(np.square(x).add(0.3))).add(np.reciprocal(np.square(x).add(2))).sum()],
  ['asin, atan, erf, erfc', (x) => np.asin(np.sin(x).mul(0.5)).add(np.atan(x)).add(lax.erf(x)).add(lax.erfc(x.mul(0.7))).sum()],
  ['minimum, maximum', (x) => np.minimum(x, 0.31).mul(2).add(np.maximum(x.mul(3), -0.27)).sum()],
  ['largest entry', (x) => x.max().mul(2).add(x.min())],
  ['product', (x) => x.add(3).prod()],
  ['where', (x) => np.where(x.greater(0.05), np.square(x), np.sin(x)).sum()],
  ['matrix', (x) => { const y = np.matmul(np.array(rotation), x); return np.square(y).mul(np.array([1, 2, 3])).sum().add(np.tanh(y.slice(0))); }],
  ['quadratic form', (x) => np.dot(x, np.matmul(np.array(rotation), x))],
  ['split and concatenate', (x) => { const [a, b] = np.split(x, [1]); return np.square(np.concatenate([b, a.mul(2), b])).mul(np.arange(5)).sum(); }],
  ['flip, pad, reshape, transpose', (x) => {
    const y = np.pad(np.flip(x), [[1, 2]]).reshape([2, 3]).transpose();
    return np.square(y.add(np.array([0.5, -0.25]))).mul(y).sum();
  }],
  ['broadcast and reduce', (x) => np.square(np.broadcastTo(x.reshape([3, 1]), [3, 4]).sub(np.array([1, 2, 3, 4]))).mul(0.25).sum(1).mul(x).sum()],
  ['shared subexpressions', (x) => { const s = np.sin(x); return s.mul(s).add(s).mul(np.exp(s)).sum(); }],
  ['logistic', (x) => np.reciprocal(np.exp(x.neg()).add(1)).sum()],
  ['remainder', (x) => np.square(np.fmod(x, 5)).sum()],
  ['power, hypot, atan2', (x) => np.power(np.square(x).add(0.5), 1.3).add(np.hypot(x, 0.7)).add(np.atan2(x, 1.2)).sum()],
];

/** Points away from the kinks of the list above. */
const points = fc.array(fc.integer({ min: -15, max: 15 }).map((i) => i / 10 + 0.017), { minLength: 3, maxLength: 3 })
  .filter((x) => x.every((value, i) => Math.abs(value - 0.31) > 0.02 && Math.abs(3 * value + 0.27) > 0.02 && Math.abs(value - 0.05) > 0.02 && x.every((other, j) => j === i || Math.abs(other - value) > 0.02)));

describe('gradients', () => {
  for (const [name, f] of smooth) {
    it(`${name}: every executor against central differences`, async () => {
      const value = compileScalar(trace(f, [{ shape: [3] }]));
      const at = (x: readonly number[]): number => {
        const out = new Float64Array(1);
        value(1, [Float64Array.from(x)], [out]);
        return out[0];
      };
      await fc.assert(fc.asyncProperty(points, async (x) => {
        const h = 1e-5;
        const differences = x.map((_, j) => (at(x.map((v, i) => (i === j ? v + h : v))) - at(x.map((v, i) => (i === j ? v - h : v)))) / (2 * h));
        const results = await runEverywhere((v) => valueAndGradient(f)(v), [{ shape: [3], data: x }]);
        for (const [executor, [u, gradient]] of results) {
          assert.ok(distance(u, [at(x)]) < 10 * TOLERANCE[executor], `${executor}: value ${u[0]} for ${at(x)}`);
          assert.ok(distance(gradient, differences) < 10 * TOLERANCE[executor] + 1e-8, `${executor}: ${gradient.join(', ')} for ${differences.join(', ')}`);
        }
      }), { seed: 2, numRuns: 2 });
    });
  }

  it('with further outputs, and of other arguments', async () => {
    await checkEverywhere('aux', (x, y) => {
      const [value, [aux], gradient] = valueAndGradientWithAux((v) => [v.mul(y).sum(), [np.exp(y)]])(x);
      return [value, aux, gradient];
    }, [{ shape: [2], data: [1, 2] }, { shape: [2], data: [0.5, -1] }], [[-1.5], [Math.exp(0.5), Math.exp(-1)], [0.5, -1]]);
  });

  it('of a batch', async () => {
    const x = [0.5, 1, -1, 2, 0.1, 0.2];
    await checkEverywhere('batched', (v) => valueAndGradient((w) => batched((p) => np.square(p).sum().mul(p.slice(0)))(w).sum())(v), [{ shape: [3, 2], data: x }],
      [[[0, 1, 2].reduce((sum, i) => sum + (x[2 * i] ** 2 + x[2 * i + 1] ** 2) * x[2 * i], 0)], [0, 1, 2].flatMap((i) => [3 * x[2 * i] ** 2 + x[2 * i + 1] ** 2, 2 * x[2 * i + 1] * x[2 * i]])]);
  });
});

describe('trace', () => {
  it('names the primitive that the engine lacks', () => {
    assert.throws(() => trace((x) => np.linalg.eigvalsh(x), [{ shape: [3, 3] }]), (error: unknown) => error instanceof InputError && /"jacobi_eigh"/.test(error.message), 'eigenvalues');
  });

  it('inlines nested functions and gives fresh names', () => {
    const program = trace((x) => np.tanh(x).add(np.tanh(x.mul(2))), [{ shape: [2] }]);
    const ids = program.equations.flatMap(({ outputs }) => outputs.map(({ id }) => id));
    assert.equal(new Set(ids).size, ids.length, printProgram(program));
  });

  it('prints one line per equation', () => {
    const lines = printProgram(trace((x) => np.sin(x).add(0.1), [{ shape: [2] }])).split('\n');
    assert.deepEqual(lines.map((line) => line.split(' ')[0]), ['inputs', lines[1].split(' ')[0], lines[2].split(' ')[0], 'outputs'], lines.join('\n'));
    assert.match(lines[2], /0\.1/, 'numbers are shown exactly');
  });

  it('lets a name be used any number of times, and leaves plain values alone', async () => {
    await checkEverywhere('reuse', (x) => { const y = x.mul(x); return [y.add(y), y, x.add(0), y.mul(y).sub(y)]; }, [{ shape: [2], data: [3, -1] }], [[18, 2], [9, 1], [3, -1], [72, 0]]);
    assert.equal(np.pi, Math.PI, 'constants');
  });
});

describe('the onnx executor', () => {
  it('takes inputs that no output needs, outputs that are inputs or numbers', async () => {
    await checkEverywhere('odd outputs', (x) => [x, x, np.ones([2]), np.zeros([])], [{ shape: [2], data: [5, 6] }, { shape: [3], data: [0, 0, 0] }], [[5, 6], [5, 6], [1, 1], [0]]);
    await checkEverywhere('no input needed', () => np.full([2], 0.5), [{ shape: [2], data: [5, 6] }], [[0.5, 0.5]]);
  });

  it('takes either float array at either precision, and gives its own', async () => {
    const program = trace((x) => x.mul(2), [{ shape: [2] }]);
    for (const [precision, kind] of [['float32', Float32Array], ['float64', Float64Array]] as const) {
      const executable = await compileOnnx(program, { precision });
      for (const given of [Float32Array.of(1.5, 2), Float64Array.of(1.5, 2)]) {
        const [result] = await executable.run([given]);
        assert.ok(result instanceof kind && result[0] === 3 && result[1] === 4, `${precision}: ${result.constructor.name} ${result.join()}`);
      }
      await executable.dispose();
    }
  });

  it('rejects an array of the wrong size', async () => {
    const executable = await compileOnnx(trace((x) => x.mul(2), [{ shape: [2] }]));
    await assert.rejects(async () => executable.run([Float32Array.of(1, 2, 3)]), 'three entries for shape [2]');
    await executable.dispose();
  });

  it('gives the same bits again', async () => {
    const executable = await compileOnnx(trace((x) => np.exp(np.matmul(x, x.transpose())).sum(1), [{ shape: [8, 5] }]));
    const x = Float32Array.from({ length: 40 }, (_, i) => Math.sin(i));
    const first = (await executable.run([x]))[0].slice();
    assert.deepEqual((await executable.run([x]))[0], first, 'second run');
    await executable.dispose();
  });

  it('lets infinities and NaN through', async () => {
    const x = [Infinity, -Infinity, NaN, 1];
    await checkEverywhere('not finite', (v) => [np.exp(v), np.minimum(v, 3), np.where(v.less(2), v, 0)], [{ shape: [4], data: x }],
      [[Infinity, 0, NaN, Math.E], [3, -Infinity, NaN, 1], [0, -Infinity, 0, 1]], { names: ['onnx float32', 'onnx float64', 'scalar', 'simd'] });
  });
});

describe('the scalar executor', () => {
  it('loops over points', () => {
    const loop = compileScalar(trace((x, s) => [x.mul(s), x.sum()], [{ shape: [2] }, { shape: [] }]));
    const [scaled, sums] = [new Float64Array(6), new Float64Array(3)];
    loop(3, [Float64Array.of(1, 2, 3, 4, 5, 6), Float64Array.of(1, 10, 100)], [scaled, sums]);
    assert.deepEqual(Array.from(scaled), [1, 2, 30, 40, 500, 600], 'scaled');
    assert.deepEqual(Array.from(sums), [3, 7, 11], 'sums');
  });

  it('computes equal subexpressions once', () => {
    const program: Program = trace((x) => np.sin(x).mul(np.sin(x.add(0))).sum(), [{ shape: [2] }]);
    assert.equal(program.equations.filter(({ primitive }) => primitive === 'sin').length, 1, printProgram(program));
    assert.ok(distance(runScalar(program, [[0.3, 0.4]])[0], [Math.sin(0.3) ** 2 + Math.sin(0.4) ** 2]) < 1e-15, 'value');
  });

  it('refuses programs too large to unroll', () => {
    assert.throws(() => compileScalar(trace((x) => np.sin(np.outer(x, x)).sum(), [{ shape: [400] }])), (error: unknown) => error instanceof InputError && /too large/.test(error.message), 'size');
  });

  it('agrees with onnx on a long program', async () => {
    const f: Energy = (x) => Array.from({ length: 12 }).reduce<NpArray>((y) => np.sin(np.matmul(np.array(rotation), y).add(0.1)).mul(1.5), x).sum();
    const program = trace((x) => valueAndGradient(f)(x), [{ shape: [3] }]);
    const x = [0.2, -0.4, 0.9];
    const [a, b] = [runScalar(program, [x]), await runProgram(program, [x], 'float64')];
    a.forEach((output, k) => assert.ok(distance(output, b[k]) < 1e-13, `output ${k}: ${output.join()} and ${b[k].join()}`));
  });
});
