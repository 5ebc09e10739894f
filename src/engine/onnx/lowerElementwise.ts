/** What ONNX computes entry by entry, with the fusions that onnxruntime does not find by itself. */
import { isSplat, type Atom, type Equation, type Value } from '../program.ts';
import type { GraphBuilder } from './graphBuilder.ts';
import { lowerDotWithBias } from './lowerDot.ts';
import { same, type Lowered, type Lowering } from './lowering.ts';
import type { Attribute } from './model.ts';

/** The lowering of a primitive that is one operator of ONNX. */
export const operator = (type: string, attributes: Readonly<Record<string, Attribute>> = {}) =>
  (lowering: Lowering, { inputs, outputs: [output] }: Equation): Lowered =>
    lowering.elementwise(type, inputs, output, attributes);

/** The lowering of a function of one number that is a few nodes. */
export const composed = (build: (graph: GraphBuilder, x: string) => string) =>
  (lowering: Lowering, { inputs, outputs: [output] }: Equation): Lowered =>
    lowering.broadcasting(inputs, output, ([x]) => build(lowering.graph, x));

export function lowerAdd(lowering: Lowering, { inputs, outputs: [output] }: Equation): Lowered {
  if (output.dtype === 'bool') return lowering.elementwise('Or', inputs, output);
  return lowerDotWithBias(lowering, inputs, output) ?? lowering.elementwise('Add', inputs, output);
}

export function lowerMultiply(lowering: Lowering, { inputs, outputs: [output] }: Equation): Lowered {
  if (output.dtype === 'bool') return lowering.elementwise('And', inputs, output);
  const quotient = asQuotient(lowering, inputs);
  return quotient === undefined ? lowering.elementwise('Mul', inputs, output)
    : lowering.elementwise('Div', quotient, output);
}

export function lowerMaximum(lowering: Lowering, { inputs, outputs: [output] }: Equation): Lowered {
  if (output.dtype === 'bool') return lowering.elementwise('Or', inputs, output);
  const x = overZero(inputs, output);
  return x === undefined ? lowering.elementwise('Max', inputs, output) : lowering.elementwise('Relu', [x], output);
}

/** Of booleans the smaller is what both are. */
export function lowerMinimum(lowering: Lowering, { inputs, outputs: [output] }: Equation): Lowered {
  return lowering.elementwise(output.dtype === 'bool' ? 'And' : 'Min', inputs, output);
}

/** The quotient without its fraction: ONNX divides integers so. */
export function lowerIntegerQuotient(lowering: Lowering, { inputs, outputs: [output] }: Equation): Lowered {
  if (output.dtype !== 'float') return lowering.elementwise('Div', inputs, output);
  const { graph } = lowering;
  return lowering.broadcasting(inputs, output, (names) => {
    const quotient = graph.node('Div', names);
    return graph.node('Where', [
      graph.node('Less', [quotient, graph.scalar(0, lowering.float)]), graph.node('Ceil', [quotient]),
      graph.node('Floor', [quotient])
    ]);
  });
}

export function lowerCompare(lowering: Lowering, { inputs, parameters, outputs: [output] }: Equation): Lowered {
  if (parameters.op === 'less') return lowering.elementwise('Less', inputs, output);
  if (parameters.op === 'less_equal') return lowering.elementwise('LessOrEqual', inputs, output);
  const equal = lowering.elementwise('Equal', inputs, output);
  return parameters.op === 'equal' ? equal
    : { name: lowering.graph.node('Not', [equal.name]), physical: equal.physical };
}

export function lowerWhere(lowering: Lowering, { inputs, outputs: [output] }: Equation): Lowered {
  if (output.dtype !== 'bool') return lowering.elementwise('Where', inputs, output);
  const { graph } = lowering;
  return lowering.broadcasting(inputs, output, ([condition, yes, no]) => {
    const chosen = graph.node('And', [condition, yes]);
    return graph.node('Or', [chosen, graph.node('And', [graph.node('Not', [condition]), no])]);
  });
}

export function lowerCast(lowering: Lowering, { inputs, outputs: [output] }: Equation): Lowered {
  const rectified = reluOfMask(lowering, inputs[0], output);
  if (rectified !== undefined) {
    // clip(x · 10^30, 0, 1) in one pass: the cast of x > 0, for all x but those below 10^-30.
    return lowering.elementwise('HardSigmoid', [rectified], output, { alpha: { float: 1e30 }, beta: { float: 0 } });
  }
  const to = { float32: 1, float64: 11, int32: 6, uint32: 12, bool: 9, int64: 7 }[lowering.elementType(output.dtype)];
  return lowering.elementwise('Cast', inputs, output, { to });
}

/** The operands of x · (1/y), where 1/y has no other use. */
function asQuotient(lowering: Lowering, inputs: readonly Atom[]): readonly Atom[] | undefined {
  for (const [x, inverse] of [inputs, [inputs[1], inputs[0]]]) {
    const equation = lowering.definition(inverse);
    if (equation?.primitive === 'reciprocal' && !isSplat(inverse) && lowering.uses(inverse) === 1)
      return [x, equation.inputs[0]];
  }
  return undefined;
}

/** x of max(x, 0). */
function overZero(inputs: readonly Atom[], output: Value): Atom | undefined {
  const x = inputs.find((atom) => !isSplat(atom));
  return output.dtype === 'float' && x !== undefined && same(x.shape, output.shape)
    && inputs.some((atom) => isSplat(atom) && atom.splat === 0) ? x : undefined;
}

/** y = max(x, 0) of a float made of `0 < y`. What happens to NaN is of no account there: the value is NaN too. */
function reluOfMask(lowering: Lowering, condition: Atom, output: Value): Value | undefined {
  if (output.dtype !== 'float' || lowering.float !== 'float32') return undefined;
  const comparison = lowering.definition(condition);
  if (comparison?.primitive !== 'compare' || comparison.parameters.op !== 'less') return undefined;
  const [zero, y] = comparison.inputs;
  if (!isSplat(zero) || zero.splat !== 0 || isSplat(y) || !same(y.shape, output.shape)) return undefined;
  const rectified = lowering.definition(y);
  return rectified?.primitive === 'max' && overZero(rectified.inputs, y) !== undefined ? y : undefined;
}
