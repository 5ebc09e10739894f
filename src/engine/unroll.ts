/**
 * From a {@link Program} of arrays to the {@link ScalarProgram} of its entries: what moves entries about costs nothing.
 */
import { InputError } from '../errors.ts';
import { fusePowers } from './fusePowers.ts';
import { broadcastShapes, isSplat, sizeOf, type Atom, type Equation, type Primitive, type Program } from './program.ts';
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
    return builder.finish(inputs.map(({ shape, dtype }) => ({ size: sizeOf(shape), kind: dtype })), outputs.map(
      (atom) => [...this.read(atom)]
    ));
  }

  private equation(equation: Equation): readonly (readonly number[])[] {
    const { primitive, inputs, parameters, outputs } = equation;
    const [output] = outputs;
    const operands = inputs.map((atom) => this.read(atom));
    const [first] = operands;
    const shape = inputs[0]?.shape ?? [];
    const size = sizeOf(output.shape);
    const { builder } = this;
    const gather = (position: (indices: number[]) => number): number[][] =>
      [Array.from({ length: size }, (_, i) => first[position(unravel(i, output.shape))])];
    const accumulate = (terms: readonly number[], step: Primitive): number =>
      terms.slice(1).reduce((sum, term) => builder.elementwise(step, [sum, term], {}, output.dtype), terms[0]);
    switch (primitive) {
      case 'reduce': {
        const axes = parameters.axis ?? [];
        const groups: number[][] = Array.from({ length: size }, () => []);
        first.forEach(
          (entry, i) =>
            groups[ravel(unravel(i, shape).filter((_, axis) => !axes.includes(axis)), output.shape)].push(entry)
        );
        return [groups.map((group) => accumulate(group, REDUCTIONS[parameters.op ?? 'Add']))];
      }
      case 'dot': {
        const full = broadcastShapes(...inputs.map((atom) => atom.shape));
        const length = full.at(-1) ?? 1;
        const [left, right] = inputs.map((atom) => broadcastIndex(atom.shape, full));
        return [Array.from({ length: size }, (_, i) => accumulate(Array.from({ length }, (__, k) =>
          builder.elementwise(
            'mul', [operands[0][left(i * length + k)], operands[1][right(i * length + k)]], {}, output.dtype
          )), 'add'))];
      }
      case 'concatenate': return [this.concatenate(equation, operands)];
      case 'split': {
        const [axis] = parameters.axis ?? [0];
        let start = 0;
        return outputs.map((part) => {
          const from = start;
          start += part.shape[axis];
          return Array.from({ length: sizeOf(part.shape) }, (_, i) => first[
            ravel(unravel(i, part.shape).map((index, j) => (j === axis ? index + from : index)), shape)
          ]);
        });
      }
      case 'gather': return gather(this.gatherPosition(equation, operands[1]));
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
        return gather((indices) => ravel(
          indices.filter((_, axis) => !added.includes(axis)).map((i, axis) => (shape[axis] === 1 ? 0 : i)), shape
        ));
      }
      case 'reshape': return [first];
      case 'flip': return gather((indices) => ravel(
        indices.map((i, axis) => ((parameters.axis ?? []).includes(axis) ? shape[axis] - 1 - i : i)), shape
      ));
      case 'shrink': return gather(
        (indices) => ravel(indices.map((i, axis) => i + (parameters.slice ?? [])[axis][0]), shape)
      );
      case 'pad': {
        const width = parameters.width ?? [];
        const nought = builder.constant(0, output.dtype);
        return [Array.from({ length: size }, (_, i) => {
          const indices = unravel(i, output.shape).map((index, axis) => index - width[axis][0]);
          return indices.every((index, axis) => index >= 0 && index < shape[axis]) ? first[ravel(indices, shape)]
            : nought;
        })];
      }
      default: {
        const positions = inputs.map((atom) => broadcastIndex(atom.shape, output.shape));
        return [
          Array.from({ length: size }, (_, i) => builder.elementwise(
            primitive, operands.map((entries, k) => entries[positions[k](i)]), parameters, output.dtype
          ))
        ];
      }
    }
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

  private gatherPosition({ inputs, parameters }: Equation, chosen: readonly number[]): (indices: readonly number[]) =>
    number {
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
