import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { np, valueAndGradient, type Array as NpArray } from '../../src/engine/numpy.ts';
import { isSplat, printProgram, sizeOf, type Atom, type Equation, type Parameters, type Primitive, type Program, type Value } from '../../src/engine/program.ts';
import { simplify } from '../../src/engine/simplify.ts';
import { trace } from '../../src/engine/trace.ts';
import { distance, runProgram, runScalar, runSimd } from './executors.ts';
import { interpret } from './interpreter.ts';
import { randomPrograms } from './randomPrograms.ts';

const primitives = (program: Program): Primitive[] => program.equations.map(({ primitive }) => primitive);
const vector: readonly { shape: number[] }[] = [{ shape: [4] }];
const x = [0.3, -0.7, 1.5, -2];

/** A program of one input v0, given by its equations; the last one's first output is the program's. */
class Small {
  private readonly equations: Equation[] = [];
  private next: number;
  readonly inputs: Value[];

  constructor(...shapes: readonly number[][]) {
    this.inputs = shapes.map((shape, id) => ({ id, shape, dtype: 'float' }));
    this.next = shapes.length;
  }

  apply(primitive: Primitive, inputs: readonly Atom[], parameters: Parameters = {}, shape = inputs[0].shape): Value {
    const output: Value = { id: this.next++, shape, dtype: 'float' };
    this.equations.push({ primitive, inputs, parameters, outputs: [output] });
    return output;
  }

  program(...outputs: readonly Atom[]): Program {
    return { inputs: this.inputs, constants: [], equations: this.equations, outputs };
  }
}
const number = (splat: number, shape: readonly number[] = []): Atom => ({ splat, shape, dtype: 'float' });

/** Simplify a one-input program of shape [4], check that its value is kept, and return it. */
function kept(build: (small: Small, v: Value) => Atom): Program {
  const small = new Small([4]);
  const program = small.program(build(small, small.inputs[0]));
  const simpler = simplify(program);
  assert.ok(distance(interpret(simpler, [x])[0].data, interpret(program, [x])[0].data) < 1e-14, `value changed:\n${printProgram(program)}\n→\n${printProgram(simpler)}`);
  assert.deepEqual(simpler.outputs.map(({ shape }) => shape), program.outputs.map(({ shape }) => shape), 'shapes are kept');
  return simpler;
}

describe('simplify, rule by rule', () => {
  const rules: [string, (s: Small, v: Value) => Atom, Primitive[]][] = [
    ['x + 0', (s, v) => s.apply('add', [v, number(0)]), []],
    ['0 + x', (s, v) => s.apply('add', [number(0), v], {}, v.shape), []],
    ['x + x', (s, v) => s.apply('add', [v, v]), ['mul']],
    ['x + (−y)', (s, v) => s.apply('add', [s.apply('sin', [v]), s.apply('neg', [v])]), ['sin', 'sub']],
    ['(x + 2) + 3', (s, v) => s.apply('add', [s.apply('add', [v, number(2)]), number(3)]), ['add']],
    ['x · 1', (s, v) => s.apply('mul', [v, number(1)]), []],
    ['x · −1', (s, v) => s.apply('mul', [v, number(-1)]), ['neg']],
    ['x · 0', (s, v) => s.apply('mul', [v, number(0)]), []],
    ['(2x) · 3', (s, v) => s.apply('mul', [s.apply('mul', [v, number(2)]), number(3)]), ['mul']],
    ['(−x) · 3', (s, v) => s.apply('mul', [s.apply('neg', [v]), number(3)]), ['mul']],
    ['−(−x)', (s, v) => s.apply('neg', [s.apply('neg', [v])]), []],
    ['−(x − y)', (s, v) => s.apply('neg', [s.apply('sub', [v, s.apply('sin', [v])])]), ['sin', 'sub']],
    ['−(3x)', (s, v) => s.apply('neg', [s.apply('mul', [v, number(3)])]), ['mul']],
    ['x − x', (s, v) => s.apply('sub', [v, v]), []],
    ['x − 0', (s, v) => s.apply('sub', [v, number(0)]), []],
    ['0 − x', (s, v) => s.apply('sub', [number(0), v], {}, v.shape), ['neg']],
    ['x − (−y)', (s, v) => s.apply('sub', [s.apply('sin', [v]), s.apply('neg', [v])]), ['sin', 'add']],
    ['1 / (1 + exp(−x))', (s, v) => s.apply('reciprocal', [s.apply('add', [s.apply('exp', [s.apply('neg', [v])]), number(1)])]), ['sigmoid']],
    ['1 / (1 + exp(x))', (s, v) => s.apply('reciprocal', [s.apply('add', [s.apply('exp', [v]), number(1)])]), ['exp', 'add', 'reciprocal']],
    ['1 / (2 + exp(−x))', (s, v) => s.apply('reciprocal', [s.apply('add', [s.apply('exp', [s.apply('neg', [v])]), number(2)])]), ['neg', 'exp', 'add', 'reciprocal']],
    ['max(x, x)', (s, v) => s.apply('max', [v, v]), []],
    ['where(c, x, x)', (s, v) => s.apply('where', [{ splat: 1, shape: [], dtype: 'bool' }, v, s.apply('sin', [v])], {}, v.shape), []],
    ['reshape to the same', (s, v) => s.apply('reshape', [v], { shape: [4] }), []],
    ['reshape of reshape', (s, v) => s.apply('reshape', [s.apply('reshape', [v], { shape: [2, 2] }, [2, 2])], { shape: [4, 1] }, [4, 1]), ['reshape']],
    ['reshape there and back', (s, v) => s.apply('reshape', [s.apply('reshape', [v], { shape: [2, 2] }, [2, 2])], { shape: [4] }, [4]), []],
    ['transpose of transpose', (s, v) => {
      const cube = s.apply('reshape', [v], { shape: [2, 1, 2] }, [2, 1, 2]);
      return s.apply('transpose', [s.apply('transpose', [cube], { perm: [1, 2, 0] }, [1, 2, 2])], { perm: [2, 0, 1] }, [2, 1, 2]);
    }, ['reshape']],
    ['sin twice (common subexpression)', (s, v) => s.apply('mul', [s.apply('sin', [v]), s.apply('sin', [v])]), ['sin', 'mul']],
    ['x·y and y·x (commutative)', (s, v) => { const y = s.apply('sin', [v]); return s.apply('sub', [s.apply('mul', [v, y]), s.apply('mul', [y, v])]); }, []],
    ['unused', (s, v) => { s.apply('exp', [v]); return s.apply('sin', [v]); }, ['sin']],
    ['Σ of a number', (s, v) => s.apply('add', [v, s.apply('reduce', [number(3, [5])], { op: 'Add', axis: [0] }, [])]), ['add']],
    ['Π of a number', (s, v) => s.apply('add', [v, s.apply('reduce', [number(3, [5])], { op: 'Mul', axis: [0] }, [])]), ['add']],
    ['dot of numbers', (s, v) => s.apply('add', [v, s.apply('dot', [number(3, [5]), number(2, [5])], {}, [])]), ['add']],
    ['dot with zero', (s, v) => s.apply('dot', [v, number(0, [4])], {}, []), []],
    ['sin of a number', (s, v) => s.apply('add', [v, s.apply('sin', [number(3)])]), ['add']],
    ['pad + pad', (s, v) => s.apply('add', [s.apply('pad', [v], { width: [[0, 4]] }, [8]), s.apply('pad', [s.apply('sin', [v])], { width: [[4, 0]] }, [8])]), ['sin', 'concatenate']],
    ['pad + pad with a gap', (s, v) => s.apply('add', [s.apply('pad', [v], { width: [[0, 6]] }, [10]), s.apply('pad', [s.apply('sin', [v])], { width: [[5, 1]] }, [10])]), ['sin', 'concatenate']],
    ['pad + pad + pad', (s, v) => {
      const part = (at: number): Atom => s.apply('pad', [s.apply('mul', [v, number(at + 2)])], { width: [[at, 8 - at]] }, [12]);
      return s.apply('add', [s.apply('add', [part(8), part(0)]), part(4)]);
    }, ['mul', 'mul', 'mul', 'concatenate']],
    ['concatenations of concatenations', (s, v) => {
      const y = s.apply('sin', [v]);
      return s.apply('concatenate', [v, s.apply('concatenate', [y, v], { axis: [0] }, [8])], { axis: [0] }, [12]);
    }, ['sin', 'concatenate']],
    ['concatenations along another axis stay', (s, v) => {
      const row = s.apply('reshape', [v], { shape: [1, 4] }, [1, 4]);
      return s.apply('concatenate', [s.apply('concatenate', [row, row], { axis: [1] }, [1, 8]), s.apply('concatenate', [row, row], { axis: [1] }, [1, 8])], { axis: [0] }, [2, 8]);
    }, ['reshape', 'concatenate', 'concatenate']],
    ['pads that overlap stay', (s, v) => s.apply('add', [s.apply('pad', [v], { width: [[0, 3]] }, [7]), s.apply('pad', [v], { width: [[3, 0]] }, [7])]), ['pad', 'pad', 'add']],
  ];
  for (const [name, build, expected] of rules) {
    it(name, () => {
      const simpler = kept(build);
      assert.deepEqual(primitives(simpler), expected, printProgram(simpler));
    });
  }

  it('keeps the shape where an identity would drop a broadcast', () => {
    const small = new Small([1], [4]);
    const [a, b] = small.inputs;
    const zeros = small.apply('sub', [b, b]);
    const ones = small.apply('add', [zeros, number(1)]);
    const program = small.program(small.apply('add', [a, zeros], {}, [4]), small.apply('mul', [a, ones], {}, [4]));
    const simpler = simplify(program);
    assert.deepEqual(simpler.outputs.map(({ shape }) => shape), [[4], [4]], printProgram(simpler));
    assert.deepEqual(interpret(simpler, [[7], x]).map(({ data }) => data), [[7, 7, 7, 7], [7, 7, 7, 7]], printProgram(simpler));
  });
});

describe('simplify on random programs', () => {
  it('keeps every value, through every executor', async () => {
    let [compared, fewer] = [0, 0];
    await fc.assert(fc.asyncProperty(randomPrograms, async ({ program, inputs }) => {
      let [largest, finite] = [0, true];
      const expected = interpret(program, inputs, ({ data }) => data.forEach((value) => {
        largest = Math.max(largest, Math.abs(value));
        finite &&= Number.isFinite(value);
      }));
      fc.pre(finite && largest < 1e4);
      compared += 1;
      const simpler = simplify(program);
      if (simpler.equations.length < program.equations.length) fewer += 1;
      // The scale of a comparison is that of the largest number on the way.
      const tolerance = (unit: number): number => unit * (1 + largest) * 10;
      const check = (what: string, outputs: readonly (readonly number[])[], unit: number): void => outputs.forEach((output, k) => {
        const gap = distance(output, expected[k].data);
        assert.ok(gap < tolerance(unit), `${what}, output ${k} off by ${gap}: ${output.slice(0, 6).join(', ')} for ${expected[k].data.slice(0, 6).join(', ')}\n${printProgram(program)}\n→\n${printProgram(simpler)}`);
      });
      assert.deepEqual(simpler.outputs.map(({ shape }) => sizeOf(shape)), expected.map(({ data }) => data.length), 'sizes');
      check('simplified, interpreted', interpret(simpler, inputs).map(({ data }) => data), 1e-14);
      check('simplified, scalar', runScalar(simpler, inputs), 1e-14);
      check('scalar', runScalar(program, inputs), 1e-14);
      check('simplified, simd', runSimd(simpler, inputs), 1e-14);
      check('simd', runSimd(program, inputs), 1e-14);
      check('simplified, onnx float64', await runProgram(simpler, inputs, 'float64'), 1e-14);
      check('onnx float64', await runProgram(program, inputs, 'float64'), 1e-14);
      check('simplified, onnx float32', await runProgram(simpler, inputs, 'float32'), 3e-6);
    }), { seed: 11, numRuns: 160 });
    assert.ok(compared > 100 && fewer > 30, `${compared} programs compared, ${fewer} of them made shorter: the generator must produce work`);
  });
});

describe('traced gradients', () => {
  it('of a split are one concatenation', () => {
    const f = (v: NpArray): NpArray => {
      const parts = np.split(v, [1, 3]);
      return parts.reduce((sum, part, i) => sum.add(np.sin(part.mul(i + 1)).sum()), np.zeros([]));
    };
    const program = trace((v) => valueAndGradient(f)(v)[1], vector);
    assert.ok(!primitives(program).includes('pad'), printProgram(program));
    const found = interpret(program, [x])[0].data;
    const exact = [Math.cos(x[0]), 2 * Math.cos(2 * x[1]), 2 * Math.cos(2 * x[2]), 3 * Math.cos(3 * x[3])];
    assert.ok(distance(found, exact) < 1e-14, `${found.join()} for ${exact.join()}`);
  });

  it('of a split in many parts are one split and one concatenation', () => {
    // jax-js alone splits and joins eight at a time.
    const many = 21;
    const f = (v: NpArray): NpArray => np.split(v, many).reduce((sum, part, i) => sum.add(np.sin(part.mul(i + 1)).sum()), np.zeros([]));
    const program = trace((v) => valueAndGradient(f)(v)[1], [{ shape: [many] }]);
    const count = (primitive: Primitive): number => primitives(program).filter((name) => name === primitive).length;
    assert.deepEqual([count('split'), count('concatenate')], [1, 1], printProgram(program));
    const long = Array.from({ length: many }, (_, i) => Math.sin(i));
    const exact = long.map((value, i) => (i + 1) * Math.cos((i + 1) * value));
    assert.ok(distance(interpret(program, [long])[0].data, exact) < 1e-13);
  });

  it('keep a split apart whose whole is used too', () => {
    const program = trace((v) => { const [a, b] = np.split(v, [1]); const [c, d] = np.split(b, [1]); return [a.add(c), b.mul(2), d]; }, vector);
    assert.equal(primitives(program).filter((name) => name === 'split').length, 2, printProgram(program));
    assert.deepEqual(interpret(program, [x]).map(({ data }) => data), [[x[0] + x[1]], x.slice(1).map((value) => 2 * value), x.slice(2)]);
  });

  it('recognise the logistic function as written', () => {
    const program = trace((v) => np.reciprocal(np.exp(v.neg()).add(1)), vector);
    assert.deepEqual(primitives(program), ['sigmoid'], printProgram(program));
    assert.ok(program.outputs.every((atom) => !isSplat(atom)), 'a value');
  });
});
