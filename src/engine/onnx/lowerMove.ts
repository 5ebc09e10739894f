/** What only moves entries about: most of it is free while broadcasts are lazy. */
import type { Equation } from '../program.ts';
import { same, type Lowered, type Lowering } from './lowering.ts';

const allAxes = (shape: readonly number[]): number[] => shape.map((_, axis) => axis);

export function lowerConcatenate(lowering: Lowering, { inputs, parameters, outputs: [output] }: Equation): Lowered {
  const [axis] = parameters.axis ?? [0];
  const tensors = inputs.map((atom) => lowering.read(atom, output.shape.length));
  const wanted = output.shape.map((_, i) => Math.max(...tensors.map(({ physical }) => physical[i])));
  const parts = inputs.map((atom) => lowering.expand(atom, wanted.map((n, i) => (i === axis ? atom.shape[i] : n))));
  const physical = wanted.map((n, i) => (i === axis ? output.shape[i] : n));
  return { name: lowering.graph.node('Concat', parts.map(({ name }) => name), { axis }), physical };
}

export function lowerSplit(lowering: Lowering, { inputs: [first], parameters, outputs }: Equation): Lowered[] {
  const { graph } = lowering;
  const [axis] = parameters.axis ?? [0];
  const { name, physical } = lowering.full(first, [axis]);
  const names = graph.nodeOfMany('Split', [name, graph.int64(parameters.sizes ?? [])], outputs.length, { axis });
  return names.map(
    (part, k) => ({ name: part, physical: physical.map((n, i) => (i === axis ? outputs[k].shape[i] : n)) })
  );
}

export function lowerGather(lowering: Lowering, { inputs, parameters, outputs: [output] }: Equation): Lowered {
  const { graph } = lowering;
  const [axis] = parameters.axis ?? [0];
  if (parameters.axis?.length !== 1 || inputs.length !== 2)
    throw new Error('lower: gather along several axes is not supported');
  const source = lowering.full(inputs[0], allAxes(inputs[0].shape));
  const index = lowering.full(inputs[1], allAxes(inputs[1].shape));
  const gathered = graph.node('Gather', [source.name, index.name], { axis });
  const outDim = parameters.outDim ?? axis;
  if (outDim === axis) return { name: gathered, physical: output.shape };
  const moved = index.physical.map((_, i) => axis + i);
  const rest = allAxes(output.shape).filter((i) => !moved.includes(i));
  const perm = [...rest.slice(0, outDim), ...moved, ...rest.slice(outDim)];
  return { name: graph.node('Transpose', [gathered], { perm }), physical: output.shape };
}

export function lowerTranspose(
  lowering: Lowering, { inputs: [first], parameters, outputs: [output] }: Equation
): Lowered {
  const { name, physical } = lowering.read(first, output.shape.length);
  const perm = parameters.perm ?? [];
  const result = perm.map((axis) => physical[axis]);
  const moving = perm.filter((axis) => physical[axis] !== 1);
  if (moving.every((axis, i) => i === 0 || axis > moving[i - 1])) return lowering.reshape({ name, physical }, result);
  return { name: lowering.graph.node('Transpose', [name], { perm }), physical: result };
}

export function lowerBroadcast(
  lowering: Lowering, { inputs: [first], parameters, outputs: [output] }: Equation
): Lowered {
  const added = parameters.axis ?? [];
  const { name, physical } = lowering.read(first, first.shape.length);
  const result = output.shape.map(
    (_, axis) => (added.includes(axis) ? 1 : physical[axis - added.filter((a) => a < axis).length])
  );
  return lowering.reshape({ name, physical }, result);
}

export function lowerReshape(lowering: Lowering, { inputs: [first], outputs: [output] }: Equation): Lowered {
  const tensor = lowering.read(first, first.shape.length);
  if (same(tensor.physical, first.shape)) return lowering.reshape(tensor, output.shape);
  // Only unit axes come and go: the lazy axes keep their places.
  if (same(first.shape.filter((n) => n !== 1), output.shape.filter((n) => n !== 1))) {
    const sizes = first.shape.flatMap((n, i) => (n === 1 ? [] : [tensor.physical[i]]));
    let k = 0;
    return lowering.reshape(tensor, output.shape.map((n) => (n === 1 ? 1 : sizes[k++])));
  }
  return lowering.reshape(lowering.full(first, allAxes(first.shape)), output.shape);
}

export function lowerFlip(lowering: Lowering, { inputs: [first], parameters, outputs: [output] }: Equation): Lowered {
  const { graph } = lowering;
  const { name, physical } = lowering.read(first, output.shape.length);
  const axes = (parameters.axis ?? []).filter((axis) => physical[axis] !== 1);
  if (axes.length === 0) return { name, physical };
  const [starts, ends, steps] = [axes.map(() => -1), axes.map(() => -(2 ** 31)), axes.map(() => -1)];
  const slice = [graph.int64(starts), graph.int64(ends), graph.int64(axes), graph.int64(steps)];
  return { name: graph.node('Slice', [name, ...slice]), physical };
}

export function lowerShrink(lowering: Lowering, { inputs: [first], parameters, outputs: [output] }: Equation): Lowered {
  const { graph } = lowering;
  const { name, physical } = lowering.read(first, output.shape.length);
  const slice = parameters.slice ?? [];
  const axes = slice.flatMap(
    ([low, high], axis) => (physical[axis] !== 1 && (low !== 0 || high !== physical[axis]) ? [axis] : [])
  );
  if (axes.length === 0) return { name, physical };
  const [starts, ends] = [axes.map((axis) => slice[axis][0]), axes.map((axis) => slice[axis][1])];
  const part = graph.node('Slice', [name, graph.int64(starts), graph.int64(ends), graph.int64(axes)]);
  return { name: part, physical: physical.map((n, axis) => (axes.includes(axis) ? output.shape[axis] : n)) };
}

export function lowerPad(lowering: Lowering, { inputs: [first], parameters, outputs: [output] }: Equation): Lowered {
  const { graph } = lowering;
  const width = parameters.width ?? [];
  const axes = width.flatMap(([before, after], axis) => (before !== 0 || after !== 0 ? [axis] : []));
  const { name, physical } = lowering.full(first, axes);
  const amounts = [...axes.map((axis) => width[axis][0]), ...axes.map((axis) => width[axis][1])];
  const padded = graph.node(
    'Pad', [name, graph.int64(amounts), graph.scalar(0, lowering.elementType(output.dtype)), graph.int64(axes)]
  );
  return { name: padded, physical: physical.map((n, axis) => (axes.includes(axis) ? output.shape[axis] : n)) };
}
