/**
 * The `scalar` executor: a program of one point unrolled into straight-line float64 JavaScript, looped over a batch.
 * It evaluates energies for the samplers, the quadratures and the weights; equal subexpressions are computed once.
 */
import { compileFunction } from 'node:vm';
import { erf, erfc } from '../numerics/special.ts';
import { InputError } from '../errors.ts';
import { foldElementwise } from './fold.ts';
import { broadcastShapes, isSplat, sizeOf, type Atom, type Equation, type Primitive, type Program } from './program.ts';

/** Above this many scalar operations, straight-line code stops paying. */
const MAXIMUM_OPERATIONS = 50_000;

/** A loop over `n` points: inputs and outputs are arrays of [n, size of one point's value]. */
export type ScalarLoop = (n: number, inputs: readonly Float64Array[], outputs: readonly Float64Array[]) => void;

const BINARY: Readonly<Partial<Record<Primitive, string>>> = { add: '+', sub: '-', mul: '*', div: '/', mod: '%' };
const CALL: Readonly<Partial<Record<Primitive, string>>> = {
  sin: 'sin', cos: 'cos', asin: 'asin', atan: 'atan', exp: 'exp', log: 'log', sqrt: 'sqrt', floor: 'floor', ceil: 'ceil',
  erf: 'erf', erfc: 'erfc', min: 'min', max: 'max', idiv: 'idiv',
};
const COMPARE: Readonly<Record<string, string>> = { less: '<', less_equal: '<=', equal: '===', not_equal: '!==' };

const literal = (value: number): string =>
  Number.isNaN(value) ? 'NaN' : value === Infinity ? 'Infinity' : value === -Infinity ? '-Infinity' : value < 0 || Object.is(value, -0) ? `(${value === 0 ? '-0' : value})` : `${value}`;

/** Positions of a broadcast operand for every entry of the result. */
function broadcastIndex(shape: readonly number[], result: readonly number[]): (index: number) => number {
  const offset = result.length - shape.length;
  const strides: number[] = Array<number>(result.length).fill(0);
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis + offset] = shape[axis] === 1 ? 0 : stride;
    stride *= shape[axis];
  }
  return (index) => unravel(index, result).reduce((sum, i, axis) => sum + i * strides[axis], 0);
}

function unravel(index: number, shape: readonly number[]): number[] {
  const indices: number[] = [];
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    indices[axis] = index % shape[axis];
    index = Math.floor(index / shape[axis]);
  }
  return indices;
}

const ravel = (indices: readonly number[], shape: readonly number[]): number => indices.reduce((sum, i, axis) => sum * shape[axis] + i, 0);

class Unroller {
  readonly lines: string[] = [];
  private readonly names = new Map<string, string>();
  private readonly numbers = new Map<string, number>();
  private readonly entries = new Map<number, readonly string[]>();

  constructor(private readonly program: Program) {}

  private define(expression: string): string {
    const known = this.names.get(expression);
    if (known !== undefined) return known;
    if (this.lines.length >= MAXIMUM_OPERATIONS) throw new InputError(`the energy of one point takes more than ${MAXIMUM_OPERATIONS} scalar operations: too large to unroll`);
    const name = `v${this.lines.length}`;
    this.lines.push(`const ${name} = ${expression};`);
    this.names.set(expression, name);
    return name;
  }

  private constant(value: number): string {
    const name = literal(value);
    this.numbers.set(name, value);
    return name;
  }

  private read(atom: Atom): readonly string[] {
    if (isSplat(atom)) return Array<string>(sizeOf(atom.shape)).fill(this.constant(atom.splat));
    const found = this.entries.get(atom.id);
    if (found === undefined) throw new Error(`scalar: value ${atom.id} is used before it is computed`);
    return found;
  }

  run(): string[][] {
    this.program.inputs.forEach((value, k) => this.entries.set(value.id, Array.from({ length: sizeOf(value.shape) }, (_, i) => this.define(`in${k}[p${k} + ${i}]`))));
    for (const { value, data } of this.program.constants) this.entries.set(value.id, Array.from(data, (entry) => this.constant(entry)));
    for (const equation of this.program.equations) {
      const results = this.equation(equation);
      equation.outputs.forEach((value, i) => this.entries.set(value.id, results[i]));
    }
    return this.program.outputs.map((atom) => [...this.read(atom)]);
  }

  private operation(equation: Equation, operands: readonly string[]): string {
    const { primitive, parameters, outputs: [{ dtype }] } = equation;
    const numbers = operands.map((name) => this.numbers.get(name));
    if (numbers.every((value): value is number => value !== undefined)) {
      const folded = foldElementwise(primitive, numbers, parameters, dtype);
      if (folded !== undefined) return this.constant(folded);
    }
    const [a, b, c] = operands;
    const zero = numbers.indexOf(0);
    const one = numbers.indexOf(1);
    if (dtype === 'float') {
      if (primitive === 'mul' && zero !== -1) return this.constant(0);
      if (primitive === 'mul' && one !== -1) return operands[1 - one];
      if (primitive === 'add' && zero !== -1) return operands[1 - zero];
      if (primitive === 'sub' && zero === 1) return a;
    }
    const infix = BINARY[primitive];
    if (infix !== undefined) {
      const [x, y] = (primitive === 'add' || primitive === 'mul') && b < a ? [b, a] : [a, b];
      const value = `${x} ${infix} ${y}`;
      if (dtype === 'bool') return this.define(primitive === 'add' ? `(${x} || ${y} ? 1 : 0)` : `(${x} && ${y} ? 1 : 0)`);
      return this.define(dtype === 'int32' ? `(${value}) | 0` : value);
    }
    const call = CALL[primitive];
    if (call !== undefined) return this.define(`${call}(${operands.join(', ')})`);
    switch (primitive) {
      case 'neg': return this.define(`-${a}`);
      case 'reciprocal': return this.define(`1 / ${a}`);
      case 'sigmoid': return this.define(`1 / (1 + exp(-${a}))`);
      case 'compare': return this.define(`(${a} ${COMPARE[parameters.op ?? 'less']} ${b} ? 1 : 0)`);
      case 'where': return b === c ? b : this.define(`(${a} ? ${b} : ${c})`);
      case 'cast': return dtype === 'float' ? a : dtype === 'bool' ? this.define(`(${a} ? 1 : 0)`) : this.define(`trunc(${a}) | 0`);
      default: throw new InputError(`the scalar executor cannot run the primitive "${primitive}"`);
    }
  }

  private equation(equation: Equation): readonly (readonly string[])[] {
    const { primitive, inputs, parameters, outputs } = equation;
    const [output] = outputs;
    const operands = inputs.map((atom) => this.read(atom));
    const [first] = operands;
    const shape = inputs[0]?.shape ?? [];
    const size = sizeOf(output.shape);
    const gather = (position: (indices: number[]) => number): string[][] =>
      [Array.from({ length: size }, (_, i) => first[position(unravel(i, output.shape))])];
    const accumulate = (names: readonly string[], step: Primitive): string =>
      names.slice(1).reduce((sum, name) => this.operation({ ...equation, primitive: step, parameters: {} }, [sum, name]), names[0]);
    switch (primitive) {
      case 'reduce': {
        const axes = parameters.axis ?? [];
        const groups: string[][] = Array.from({ length: size }, () => []);
        first.forEach((name, i) => groups[ravel(unravel(i, shape).filter((_, axis) => !axes.includes(axis)), output.shape)].push(name));
        const step = ({ Add: 'add', Mul: 'mul', Max: 'max', Min: 'min' } as const)[parameters.op as 'Add' | 'Mul' | 'Max' | 'Min'];
        return [groups.map((names) => accumulate(names, step))];
      }
      case 'dot': {
        const full = broadcastShapes(...inputs.map((atom) => atom.shape));
        const length = full.at(-1) ?? 1;
        const [left, right] = inputs.map((atom) => broadcastIndex(atom.shape, full));
        return [Array.from({ length: size }, (_, i) => accumulate(Array.from({ length }, (__, k) =>
          this.operation({ ...equation, primitive: 'mul', parameters: {} }, [operands[0][left(i * length + k)], operands[1][right(i * length + k)]])), 'add'))];
      }
      case 'concatenate': {
        const [axis] = parameters.axis ?? [0];
        const result: string[] = [];
        let start = 0;
        inputs.forEach((atom, k) => {
          operands[k].forEach((name, i) => {
            const indices = unravel(i, atom.shape);
            indices[axis] += start;
            result[ravel(indices, output.shape)] = name;
          });
          start += atom.shape[axis];
        });
        return [result];
      }
      case 'split': {
        const [axis] = parameters.axis ?? [0];
        let start = 0;
        return outputs.map((part) => {
          const names = Array.from({ length: sizeOf(part.shape) }, (_, i) => {
            const indices = unravel(i, part.shape);
            indices[axis] += start;
            return first[ravel(indices, shape)];
          });
          start += part.shape[axis];
          return names;
        });
      }
      case 'gather': {
        const [axis] = parameters.axis ?? [0];
        const index = operands[1].map((name) => this.numbers.get(name));
        if (parameters.axis?.length !== 1 || index.some((value) => value === undefined)) throw new InputError('the scalar executor cannot gather at computed indices');
        const rank = inputs[1].shape.length;
        const outDim = parameters.outDim ?? axis;
        return gather((indices) => {
          const chosen = index[ravel(indices.slice(outDim, outDim + rank), inputs[1].shape)] ?? 0;
          const rest = [...indices.slice(0, outDim), ...indices.slice(outDim + rank)];
          return ravel([...rest.slice(0, axis), chosen, ...rest.slice(axis)], shape);
        });
      }
      case 'transpose': {
        const perm = parameters.perm ?? [];
        return gather((indices) => {
          const before: number[] = [];
          perm.forEach((axis, i) => { before[axis] = indices[i]; });
          return ravel(before, shape);
        });
      }
      case 'broadcast': {
        const added = parameters.axis ?? [];
        // Axes are added, and unit axes may grow.
        return gather((indices) => ravel(indices.filter((_, axis) => !added.includes(axis)).map((i, axis) => (shape[axis] === 1 ? 0 : i)), shape));
      }
      case 'reshape': return [first];
      case 'flip': return gather((indices) => ravel(indices.map((i, axis) => ((parameters.axis ?? []).includes(axis) ? shape[axis] - 1 - i : i)), shape));
      case 'shrink': return gather((indices) => ravel(indices.map((i, axis) => i + (parameters.slice ?? [])[axis][0]), shape));
      case 'pad': {
        const width = parameters.width ?? [];
        const nought = this.constant(0);
        return [Array.from({ length: size }, (_, i) => {
          const indices = unravel(i, output.shape).map((j, axis) => j - width[axis][0]);
          return indices.some((j, axis) => j < 0 || j >= shape[axis]) ? nought : first[ravel(indices, shape)];
        })];
      }
      default: {
        const index = inputs.map((atom) => broadcastIndex(atom.shape, output.shape));
        return [Array.from({ length: size }, (_, i) => this.operation(equation, operands.map((names, k) => names[index[k](i)])))];
      }
    }
  }
}

/** Compile a program of one point into a loop over points. @throws InputError when it is too large or needs computed indices */
export function compileScalar(program: Program): ScalarLoop {
  const unroller = new Unroller(program);
  const results = unroller.run();
  const sizes = program.inputs.map(({ shape }) => sizeOf(shape));
  const body = [
    '"use strict";',
    'const { sin, cos, asin, atan, exp, log, sqrt, floor, ceil, min, max, trunc } = Math;',
    'const idiv = (a, b) => trunc(a / b);',
    ...sizes.map((_, k) => `const in${k} = inputs[${k}];`),
    ...results.map((_, k) => `const out${k} = outputs[${k}];`),
    'for (let i = 0; i < n; i++) {',
    ...sizes.map((size, k) => `const p${k} = i * ${size};`),
    ...unroller.lines,
    ...results.flatMap((names, k) => names.map((name, j) => `out${k}[i * ${names.length} + ${j}] = ${name};`)),
    '}',
  ].join('\n');
  const loop = compileFunction(body, ['n', 'inputs', 'outputs', 'erf', 'erfc']) as
    (n: number, inputs: readonly Float64Array[], outputs: readonly Float64Array[], ...special: unknown[]) => void;
  return (n, inputs, outputs) => loop(n, inputs, outputs, erf, erfc);
}
