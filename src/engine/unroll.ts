/**
 * From a {@link Program} of arrays to the {@link ScalarProgram} of its entries: what moves entries about costs nothing.
 */
import { InputError } from '../errors.ts';
import { fusePowers } from './fusePowers.ts';
import {
  broadcastShapes, isSplat, sizeOf, type Atom, type Equation, type Primitive, type Program, type Value
} from './program.ts';
import { ScalarBuilder } from './scalarBuilder.ts';
import type { ScalarProgram } from './scalarProgram.ts';

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

const ravel = (indices: readonly number[], shape: readonly number[]): number =>
  indices.reduce((sum, i, axis) => sum * shape[axis] + i, 0);

const REDUCTIONS: Readonly<Record<string, Primitive>> = { Add: 'add', Mul: 'mul', Max: 'max', Min: 'min' };

/** Where an entry of the result comes from, of what only moves the entries of its operand; else nothing. */
function positionOf({ primitive, inputs, parameters }: Equation): ((indices: number[]) => number) | undefined {
  const shape = inputs[0]?.shape ?? [];
  switch (primitive) {
    case 'transpose': return (indices) => {
      const before: number[] = [];
      (parameters.perm ?? []).forEach((axis, i) => { before[axis] = indices[i]; });
      return ravel(before, shape);
    };
    // Axes are added, and unit axes may grow.
    case 'broadcast': return (indices) => {
      const own = indices.filter((_, axis) => !(parameters.axis ?? []).includes(axis));
      return ravel(own.map((i, axis) => (shape[axis] === 1 ? 0 : i)), shape);
    };
    case 'flip': return (indices) =>
      ravel(indices.map((i, axis) => ((parameters.axis ?? []).includes(axis) ? shape[axis] - 1 - i : i)), shape);
    case 'shrink': return (indices) =>
      ravel(indices.map((i, axis) => i + (parameters.slice ?? [])[axis][0]), shape);
    default: return undefined;
  }
}

class Unroller {
  private readonly builder = new ScalarBuilder();
  private readonly entries = new Map<number, readonly number[]>();

  constructor(private readonly program: Program) {}

  private read(atom: Atom): readonly number[] {
    if (isSplat(atom)) return Array<number>(sizeOf(atom.shape)).fill(this.builder.constant(atom.splat, atom.dtype));
    const found = this.entries.get(atom.id);
    if (found === undefined) throw new Error(`unroll: value ${atom.id} is used before it is computed`);
    return found;
  }

  run(): ScalarProgram {
    const { inputs, constants, equations, outputs } = this.program;
    const { builder } = this;
    inputs.forEach(({ id, shape, dtype }, k) => this.entries.set(
      id, Array.from({ length: sizeOf(shape) }, (_, i) => builder.input(k, i, dtype))
    ));
    for (const { value, data } of constants)
      this.entries.set(value.id, Array.from(data, (entry) => builder.constant(entry, value.dtype)));
    for (const equation of equations) {
      const results = this.equation(equation);
      equation.outputs.forEach((value, i) => this.entries.set(value.id, results[i]));
    }
    return builder.finish(
      inputs.map(({ shape, dtype }) => ({ size: sizeOf(shape), kind: dtype })),
      outputs.map((atom) => [...this.read(atom)])
    );
  }

  private equation(equation: Equation): readonly (readonly number[])[] {
    const { primitive, inputs, outputs: [output] } = equation;
    const operands = inputs.map((atom) => this.read(atom));
    const [first] = operands;
    const moved = positionOf(equation);
    if (moved !== undefined) return [this.moved(output.shape, first, moved)];
    switch (primitive) {
      case 'reduce': return [this.reduce(equation, first)];
      case 'dot': return [this.dot(equation, operands)];
      case 'concatenate': return [this.concatenate(equation, operands)];
      case 'split': return this.split(equation, first);
      case 'gather': return [this.moved(output.shape, first, this.gatherPosition(equation, operands[1]))];
      case 'reshape': return [first];
      case 'pad': return [this.pad(equation, first)];
      default: return [this.elementwise(equation, operands)];
    }
  }

  /** The entries of a result that are entries of an operand, whose position a function tells. */
  private moved(
    shape: readonly number[], entries: readonly number[], position: (indices: number[]) => number
  ): number[] {
    return Array.from({ length: sizeOf(shape) }, (_, i) => entries[position(unravel(i, shape))]);
  }

  private accumulate(terms: readonly number[], step: Primitive, { dtype }: Value): number {
    return terms.slice(1).reduce((sum, term) => this.builder.elementwise(step, [sum, term], {}, dtype), terms[0]);
  }

  private reduce(
    { inputs: [{ shape }], parameters, outputs: [output] }: Equation, entries: readonly number[]
  ): number[] {
    const axes = parameters.axis ?? [];
    const groups: number[][] = Array.from({ length: sizeOf(output.shape) }, () => []);
    entries.forEach((entry, i) => {
      const kept = unravel(i, shape).filter((_, axis) => !axes.includes(axis));
      groups[ravel(kept, output.shape)].push(entry);
    });
    const step = REDUCTIONS[parameters.op ?? 'Add'];
    return groups.map((group) => this.accumulate(group, step, output));
  }

  private dot({ inputs, outputs: [output] }: Equation, [a, b]: readonly (readonly number[])[]): number[] {
    const full = broadcastShapes(...inputs.map((atom) => atom.shape));
    const length = full.at(-1) ?? 1;
    const [left, right] = inputs.map((atom) => broadcastIndex(atom.shape, full));
    const product = (i: number): number =>
      this.builder.elementwise('mul', [a[left(i)], b[right(i)]], {}, output.dtype);
    return Array.from({ length: sizeOf(output.shape) }, (_, i) =>
      this.accumulate(Array.from({ length }, (__, k) => product(i * length + k)), 'add', output));
  }

  private split({ inputs: [{ shape }], parameters, outputs }: Equation, entries: readonly number[]): number[][] {
    const [axis] = parameters.axis ?? [0];
    let start = 0;
    return outputs.map((part) => {
      const from = start;
      start += part.shape[axis];
      return this.moved(part.shape, entries, (indices) =>
        ravel(indices.map((index, j) => (j === axis ? index + from : index)), shape));
    });
  }

  private pad({ inputs: [{ shape }], parameters, outputs: [output] }: Equation, entries: readonly number[]): number[] {
    const width = parameters.width ?? [];
    const nought = this.builder.constant(0, output.dtype);
    return Array.from({ length: sizeOf(output.shape) }, (_, i) => {
      const indices = unravel(i, output.shape).map((index, axis) => index - width[axis][0]);
      return indices.every((index, axis) => index >= 0 && index < shape[axis]) ? entries[ravel(indices, shape)]
        : nought;
    });
  }

  private elementwise(
    { primitive, inputs, parameters, outputs: [output] }: Equation, operands: readonly (readonly number[])[]
  ): number[] {
    const positions = inputs.map((atom) => broadcastIndex(atom.shape, output.shape));
    return Array.from({ length: sizeOf(output.shape) }, (_, i) => this.builder.elementwise(
      primitive, operands.map((entries, k) => entries[positions[k](i)]), parameters, output.dtype
    ));
  }

  private concatenate(
    { inputs, parameters, outputs: [output] }: Equation, operands: readonly (readonly number[])[]
  ): number[] {
    const [axis] = parameters.axis ?? [0];
    const result: number[] = [];
    let start = 0;
    inputs.forEach((atom, k) => {
      operands[k].forEach((entry, i) => {
        const indices = unravel(i, atom.shape);
        indices[axis] += start;
        result[ravel(indices, output.shape)] = entry;
      });
      start += atom.shape[axis];
    });
    return result;
  }

  private gatherPosition(
    { inputs, parameters }: Equation, chosen: readonly number[]
  ): (indices: readonly number[]) => number {
    const [axis] = parameters.axis ?? [0];
    const index = chosen.map((entry) => this.builder.number(entry));
    if (parameters.axis?.length !== 1 || index.some((value) => value === undefined))
      throw new InputError('the scalar executor cannot gather at computed indices');
    const { shape } = inputs[0];
    const rank = inputs[1].shape.length;
    const outDim = parameters.outDim ?? axis;
    return (indices) => {
      const at = index[ravel(indices.slice(outDim, outDim + rank), inputs[1].shape)] ?? 0;
      const rest = [...indices.slice(0, outDim), ...indices.slice(outDim + rank)];
      return ravel([...rest.slice(0, axis), at, ...rest.slice(axis)], shape);
    };
  }
}

/** The operations of one point. @throws InputError for programs that are too large or gather at computed indices */
export function unroll(program: Program): ScalarProgram {
  return fusePowers(new Unroller(program).run());
}
