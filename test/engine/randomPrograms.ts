/** Random programs for the property tests, built directly as equations (not by tracing), in the forms that jaxprs take. */
import fc from 'fast-check';
import { broadcastShapes, isSplat, sizeOf, type Atom, type Constant, type Dtype, type Equation, type Parameters, type Primitive, type Program, type Value } from '../../src/engine/program.ts';

interface Instruction {
  readonly op: number;
  readonly a: number;
  readonly b: number;
  readonly p: number;
  readonly q: number;
}

export interface RandomCase {
  readonly program: Program;
  readonly inputs: readonly number[][];
}

const SPLATS = [0, 1, -1, 2, 0.5, 0.1, -0.3];
const SMOOTH: readonly Primitive[] = ['neg', 'sin', 'cos', 'atan', 'neg'];
const BINARY: readonly Primitive[] = ['add', 'mul', 'min', 'max', 'add', 'mul'];
/** Small dyadic numbers: sums and comparisons of them are exact in both precisions. */
const exactValue = (seed: number): number => ((seed * 7919) % 33) / 8 - 2;

class Builder {
  private next = 0;
  readonly equations: Equation[] = [];
  readonly floats: Atom[] = [];
  readonly bools: Atom[] = [];
  readonly constants: Constant[] = [];
  readonly inputs: Value[] = [];
  readonly data: number[][] = [];

  value(shape: readonly number[], dtype: Dtype): Value {
    return { id: this.next++, shape, dtype };
  }

  input(shape: readonly number[], seed: number): void {
    const value = this.value(shape, 'float');
    this.inputs.push(value);
    this.data.push(Array.from({ length: sizeOf(shape) }, (_, i) => exactValue(seed + 3 * i + this.data.length)));
    this.floats.push(value);
  }

  constant(shape: readonly number[], entry: (i: number) => number): void {
    const value = this.value(shape, 'float');
    this.constants.push({ value, data: Float64Array.from({ length: sizeOf(shape) }, (_, i) => entry(i)) });
    this.floats.push(value);
  }

  emit(primitive: Primitive, inputs: readonly Atom[], parameters: Parameters, shapes: readonly (readonly number[])[], dtype: Dtype = 'float'): void {
    const outputs = shapes.map((shape) => this.value(shape, dtype));
    this.equations.push({ primitive, inputs, parameters, outputs });
    (dtype === 'bool' ? this.bools : this.floats).push(...outputs);
  }

  /** A float atom that broadcasts with `shape`: the next one that fits, from position `start`. */
  fitting(start: number, shape: readonly number[]): Atom {
    for (let k = 0; k < this.floats.length; k++) {
      const atom = this.floats[(start + k) % this.floats.length];
      try {
        broadcastShapes(atom.shape, shape);
        return atom;
      } catch { /* try the next */ }
    }
    return { splat: 1, shape: [], dtype: 'float' };
  }

  step({ op, a, b, p, q }: Instruction): void {
    // Half of the time the latest value, so that operations follow on each other.
    const x = a % 2 === 0 ? this.floats[this.floats.length - 1] : this.floats[a % this.floats.length];
    const { shape } = x;
    const rank = shape.length;
    const axis = rank === 0 ? 0 : p % rank;
    const elementwise = (primitive: Primitive, y: Atom, dtype: Dtype = 'float', parameters: Parameters = {}): void =>
      this.emit(primitive, q % 2 === 0 ? [x, y] : [y, x], parameters, [broadcastShapes(shape, y.shape)], dtype);
    const small = sizeOf(shape) <= 60 && rank <= 3;
    switch (op % 18) {
      case 0: case 1: elementwise(BINARY[p % BINARY.length], this.fitting(b, shape)); break;
      case 2: elementwise(BINARY[p % BINARY.length], { splat: SPLATS[b % SPLATS.length], shape: b % 3 === 0 && small ? [2, ...shape] : [], dtype: 'float' }); break;
      case 3: this.emit(SMOOTH[p % SMOOTH.length], [x], {}, [shape]); break;
      case 4: {
        // 1 / (1 + exp(±x)): the logistic function, and what only looks like it
        this.emit('neg', [x], {}, [shape]);
        this.emit('sin', [p % 2 === 0 ? x : this.floats[this.floats.length - 1]], {}, [shape]);
        this.emit('neg', [this.floats[this.floats.length - 1]], {}, [shape]);
        this.emit('exp', [this.floats[this.floats.length - 1 - (q % 2)]], {}, [shape]);
        this.emit('add', [this.floats[this.floats.length - 1], { splat: 1, shape: [], dtype: 'float' }], {}, [shape]);
        this.emit('reciprocal', [this.floats[this.floats.length - 1]], {}, [shape]);
        break;
      }
      case 5: case 6: {
        if (rank === 0) break;
        const axes = shape.map((_, i) => i).filter((i) => i === axis || (q >> i) % 2 === 1);
        this.emit('reduce', [x], { op: ['Add', 'Add', 'Max', 'Min', 'Mul'][b % 5], axis: axes }, [shape.filter((_, i) => !axes.includes(i))]);
        break;
      }
      case 7: case 8: {
        const y = this.fitting(b, shape);
        const full = broadcastShapes(shape, y.shape);
        const length = full.at(-1);
        if (length === undefined || x.shape.at(-1) !== length || y.shape.at(-1) !== length) break;
        this.emit('dot', q % 2 === 0 ? [x, y] : [y, x], {}, [full.slice(0, -1)]);
        break;
      }
      case 9: {
        if (rank === 0 || !small) break;
        const others = this.floats.filter((y) => y.shape.length === rank && y.shape.every((n, i) => i === axis || n === shape[i]) && sizeOf(y.shape) <= 60);
        const splat: Atom = { splat: SPLATS[q % 3], shape, dtype: 'float' };
        const parts = [x, b % 3 === 0 ? splat : others[b % others.length], ...(q % 3 === 0 ? [splat] : [])];
        this.emit('concatenate', parts, { axis: [axis] }, [shape.map((n, i) => (i === axis ? parts.reduce((sum, part) => sum + part.shape[axis], 0) : n))]);
        break;
      }
      case 10: {
        if (rank === 0 || shape[axis] < 2) break;
        const first = 1 + (b % (shape[axis] - 1));
        const sizes = [first, shape[axis] - first];
        this.emit('split', [x], { axis: [axis], sizes }, sizes.map((size) => shape.map((n, i) => (i === axis ? size : n))));
        break;
      }
      case 11: {
        const perm = shape.map((_, i) => (i + 1 + p) % rank);
        if (q % 2 === 0) perm.reverse();
        this.emit('transpose', [x], { perm }, [perm.map((i) => shape[i])]);
        break;
      }
      case 12: {
        if (!small) break;
        const size = 1 + (q % 3);
        const position = p % (rank + 1);
        // An axis is added, and unit axes may grow with it.
        const grown = shape.map((n) => (n === 1 && b % 2 === 0 ? 1 + (b % 3) : n));
        const result = [...grown.slice(0, position), size, ...grown.slice(position)];
        this.emit('broadcast', [x], { shape: result, axis: [position] }, [result]);
        break;
      }
      case 13: {
        const forms = [[sizeOf(shape)], [...shape, 1], [1, ...shape], shape.filter((n) => n !== 1), [...shape].reverse()];
        const form = forms[p % forms.length];
        this.emit('reshape', [x], { shape: form }, [form]);
        break;
      }
      case 14: if (rank > 0) this.emit('flip', [x], { axis: [axis] }, [shape]); break;
      case 15: {
        if (rank === 0) break;
        const slice = shape.map((n, i): [number, number] => (i === axis ? [b % n, n] : [0, n]));
        this.emit('shrink', [x], { slice }, [slice.map(([low, high]) => high - low)]);
        break;
      }
      case 16: {
        if (rank === 0 || !small) break;
        const width = shape.map((_, i): [number, number] => (i === axis || q % 5 === 0 ? [b % 3, q % 3] : [0, 0]));
        const padded = shape.map((n, i) => n + width[i][0] + width[i][1]);
        this.emit('pad', [x], { width }, [padded]);
        // The gradient of slicing adds two paddings that do not overlap.
        if (b % 2 === 1) {
          const other = shape.map((n, i): [number, number] => (i === axis ? [width[i][0] + n, Math.max(0, width[i][1] - n)] : width[i]));
          const result = shape.map((n, i) => n + other[i][0] + other[i][1]);
          this.emit('pad', [x], { width: other }, [result]);
          if (result.every((n, i) => n === padded[i])) this.emit('add', this.floats.slice(-2), {}, [result]);
        }
        break;
      }
      default: {
        // Conditions are made of inputs only, whose comparisons are exact.
        const given = this.inputs[a % this.inputs.length];
        const comparison = { op: ['less', 'less_equal', 'equal', 'not_equal'][p % 4] };
        this.emit('compare', [given, { splat: [-1, 0, 0.5][q % 3], shape: [], dtype: 'float' }], comparison, [given.shape], 'bool');
        const condition = this.bools[b % this.bools.length];
        if (q % 4 === 0) this.emit('cast', [condition], { op: 'float' }, [condition.shape]);
        const y = this.fitting(b, condition.shape);
        const z = this.fitting(p, broadcastShapes(condition.shape, y.shape));
        this.emit('where', [condition, y, z], {}, [broadcastShapes(condition.shape, y.shape, z.shape)]);
        const filled = (splat: number): Atom => ({ splat, shape: q % 2 === 0 ? z.shape : [], dtype: 'float' });
        if (q % 3 === 0) this.emit('where', [condition, filled(1), filled(0)], {}, [broadcastShapes(condition.shape, filled(1).shape)]);
        const other = this.bools[p % this.bools.length];
        if (other.shape.join() === condition.shape.join()) this.emit(q % 2 === 0 ? 'mul' : 'add', [condition, other], {}, [condition.shape], 'bool');
      }
    }
  }
}

const shapes = (longest: number): fc.Arbitrary<number[]> => fc.array(fc.integer({ min: 1, max: longest }), { maxLength: 3 });
const nat = fc.nat({ max: 10_000 });

/** A program with its inputs; its outputs are the last values it computes. @param longest axis of the inputs */
export const programsOfAxes = (longest: number): fc.Arbitrary<RandomCase> => fc.tuple(
  fc.array(shapes(longest), { minLength: 1, maxLength: 3 }),
  fc.array(fc.record({ op: nat, a: nat, b: nat, p: nat, q: nat }), { minLength: 1, maxLength: 22 }),
  nat,
).map(([inputShapes, instructions, seed]) => {
  const builder = new Builder();
  inputShapes.forEach((shape, i) => builder.input(shape, seed + 11 * i));
  builder.constant([2, 3], (i) => 0.1 * i - 0.2);
  builder.constant(inputShapes[0], () => SPLATS[seed % SPLATS.length]);
  for (const instruction of instructions) builder.step(instruction);
  const outputs = builder.floats.filter((atom) => !isSplat(atom)).slice(-4);
  return { program: { inputs: builder.inputs, constants: builder.constants, equations: builder.equations, outputs }, inputs: builder.data };
});

export const randomPrograms = programsOfAxes(3);
