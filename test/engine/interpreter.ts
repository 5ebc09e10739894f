/** A plain evaluator of programs on JavaScript numbers, entry by entry: what every executor has to agree with. */
import { foldElementwise } from '../../src/engine/fold.ts';
import { isSplat, sizeOf, type Atom, type Equation, type Program } from '../../src/engine/program.ts';

export interface Tensor {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

export function unravel(index: number, shape: readonly number[]): number[] {
  const indices: number[] = [];
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    indices[axis] = index % shape[axis];
    index = Math.floor(index / shape[axis]);
  }
  return indices;
}

export const ravel = (indices: readonly number[], shape: readonly number[]): number => indices.reduce((sum, i, axis) => sum * shape[axis] + i, 0);

/** The tensor whose entry at `indices` is `entry(indices)`. */
export const build = (shape: readonly number[], entry: (indices: number[]) => number): Tensor =>
  ({ shape, data: Array.from({ length: sizeOf(shape) }, (_, i) => entry(unravel(i, shape))) });

/** The entry of a tensor broadcast to more or larger axes. */
export const at = ({ shape, data }: Tensor, indices: readonly number[]): number =>
  data[ravel(shape.map((n, axis) => (n === 1 ? 0 : indices[axis + indices.length - shape.length])), shape)];

const REDUCTION: Readonly<Record<string, (a: number, b: number) => number>> = { Add: (a, b) => a + b, Mul: (a, b) => a * b, Max: Math.max, Min: Math.min };

function apply({ primitive, parameters, outputs }: Equation, inputs: readonly Tensor[]): Tensor[] {
  const [{ shape, dtype }] = outputs;
  const [x] = inputs;
  const axes = parameters.axis ?? [];
  const [axis] = axes;
  const along = (indices: readonly number[], value: number): number[] => indices.map((i, a) => (a === axis ? value : i));
  switch (primitive) {
    case 'reduce': {
      const groups = new Map<number, number>();
      x.data.forEach((value, i) => {
        const where = ravel(unravel(i, x.shape).filter((_, a) => !axes.includes(a)), shape);
        const sum = groups.get(where);
        groups.set(where, sum === undefined ? value : REDUCTION[parameters.op ?? 'Add'](sum, value));
      });
      return [build(shape, (indices) => groups.get(ravel(indices, shape)) ?? NaN)];
    }
    case 'dot': {
      const length = Math.max(...inputs.map((input) => input.shape.at(-1) ?? 1));
      return [build(shape, (indices) => Array.from({ length }, (_, k) => inputs.reduce((product, input) => product * at(input, [...indices, k]), 1)).reduce((a, b) => a + b))];
    }
    case 'concatenate':
      return [build(shape, (indices) => {
        let position = indices[axis];
        const part = inputs.find((input) => {
          if (position < input.shape[axis]) return true;
          position -= input.shape[axis];
          return false;
        }) ?? x;
        return at(part, along(indices, position));
      })];
    case 'split': {
      let start = 0;
      return outputs.map((part) => {
        const from = start;
        start += part.shape[axis];
        return build(part.shape, (indices) => at(x, along(indices, indices[axis] + from)));
      });
    }
    case 'gather': {
      const rank = inputs[1].shape.length;
      const outDim = parameters.outDim ?? axis;
      return [build(shape, (indices) => {
        const rest = [...indices.slice(0, outDim), ...indices.slice(outDim + rank)];
        return at(x, [...rest.slice(0, axis), at(inputs[1], indices.slice(outDim, outDim + rank)), ...rest.slice(axis)]);
      })];
    }
    case 'transpose': {
      const perm = parameters.perm ?? [];
      return [build(shape, (indices) => at(x, x.shape.map((_, a) => indices[perm.indexOf(a)])))];
    }
    case 'broadcast': return [build(shape, (indices) => at(x, indices.filter((_, a) => !axes.includes(a))))];
    case 'reshape': return [{ shape, data: x.data }];
    case 'flip': return [build(shape, (indices) => at(x, indices.map((i, a) => (axes.includes(a) ? shape[a] - 1 - i : i))))];
    case 'shrink': return [build(shape, (indices) => at(x, indices.map((i, a) => i + (parameters.slice?.[a][0] ?? 0))))];
    case 'pad':
      return [build(shape, (indices) => {
        const inner = indices.map((i, a) => i - (parameters.width?.[a][0] ?? 0));
        return inner.every((i, a) => i >= 0 && i < x.shape[a]) ? at(x, inner) : 0;
      })];
    case 'add': case 'sub': case 'mul': case 'div': case 'idiv': case 'mod': case 'min': case 'max': case 'neg': case 'reciprocal': case 'floor':
    case 'ceil': case 'sin': case 'cos': case 'asin': case 'atan': case 'exp': case 'log': case 'erf': case 'erfc': case 'sqrt': case 'sigmoid':
    case 'compare': case 'where': case 'cast':
      return [build(shape, (indices) => foldElementwise(primitive, inputs.map((input) => at(input, indices)), parameters, dtype) ?? NaN)];
  }
}

/** Every output of a program; `watch` sees each value as it is computed. */
export function interpret(program: Program, inputs: readonly (readonly number[])[], watch: (tensor: Tensor) => void = () => undefined): Tensor[] {
  const values = new Map<number, Tensor>();
  program.inputs.forEach(({ id, shape }, i) => values.set(id, { shape, data: inputs[i] }));
  for (const { value, data } of program.constants) values.set(value.id, { shape: value.shape, data: Array.from(data) });
  const read = (atom: Atom): Tensor => {
    if (isSplat(atom)) return build(atom.shape, () => atom.splat);
    const found = values.get(atom.id);
    if (found === undefined) throw new Error(`interpret: value ${atom.id} is used before it is computed`);
    return found;
  };
  for (const equation of program.equations) {
    const results = apply(equation, equation.inputs.map(read));
    equation.outputs.forEach(({ id }, i) => {
      values.set(id, results[i]);
      watch(results[i]);
    });
  }
  return program.outputs.map(read);
}

