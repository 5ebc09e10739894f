/** Sums, products, maxima and minima over axes of a tensor. */
import { isSplat, sizeOf, type Atom, type Equation, type Value } from '../program.ts';
import { same, type Lowered, type Lowering } from './lowering.ts';

const REDUCE: Readonly<Record<string, string>> =
  { Add: 'ReduceSum', Mul: 'ReduceProd', Max: 'ReduceMax', Min: 'ReduceMin' };

/** The sum of the squares of all entries is one node. */
export function lowerReduce(lowering: Lowering, { inputs: [first], parameters, outputs: [output] }: Equation): Lowered {
  const { graph } = lowering;
  const squared = parameters.op === 'Add' && !isSplat(first) && first.dtype === 'float' && lowering.uses(first) === 1
    ? squareRoot(lowering, first) : undefined;
  if (squared !== undefined && parameters.axis?.length === first.shape.length) {
    const { name } = lowering.full(squared, parameters.axis);
    const axes = graph.int64(parameters.axis);
    return { name: graph.node('ReduceSumSquare', [name, axes], { keepdims: 0 }), physical: [] };
  }
  return reduce(lowering, first, parameters.op ?? 'Add', parameters.axis ?? [], output);
}

/** x of x · x. */
function squareRoot(lowering: Lowering, value: Value): Value | undefined {
  const equation = lowering.definition(value);
  if (equation?.primitive !== 'mul') return undefined;
  const [x, y] = equation.inputs;
  return !isSplat(x) && !isSplat(y) && x.id === y.id && same(x.shape, value.shape) ? x : undefined;
}

/** Lazy axes cost a multiplication. */
function reduce(lowering: Lowering, atom: Atom, op: string, axes: readonly number[], output: Value): Lowered {
  const { graph } = lowering;
  let tensor = lowering.read(atom, atom.shape.length);
  if (atom.dtype === 'bool') {
    const number = graph.node(
      REDUCE[op === 'Add' ? 'Max' : op === 'Mul' ? 'Min' : op],
      [graph.node('Cast', [tensor.name], { to: 6 }), graph.int64(axes)], { keepdims: 0 }
    );
    const rest = tensor.physical.filter((_, axis) => !axes.includes(axis));
    return { name: graph.node('Cast', [number], { to: 9 }), physical: rest };
  }
  const repeats = sizeOf(axes.map((axis) => atom.shape[axis] / tensor.physical[axis]));
  if (op === 'Mul' && repeats !== 1) tensor = lowering.full(atom, axes);
  const physical = tensor.physical.filter((_, axis) => !axes.includes(axis));
  const real = axes.filter((axis) => tensor.physical[axis] !== 1);
  const result = real.length === 0
    ? lowering.reshape(tensor, physical)
    : lowering.reshape({
      // Sums are mostly used with their axes kept; where they are not, a reshape removes them.
      name: graph.node(REDUCE[op], [tensor.name, graph.int64(axes)], { keepdims: 1 }),
      physical: tensor.physical.map((n, axis) => (axes.includes(axis) ? 1 : n)),
    }, physical);
  if (op !== 'Add' || repeats === 1) return result;
  const factor = graph.scalar(repeats, lowering.elementType(output.dtype));
  return { name: graph.node('Mul', [result.name, factor]), physical };
}
