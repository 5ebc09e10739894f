/** A {@link Program} as an ONNX graph, equation by equation. */
import type { Dtype, Equation, Primitive, Program } from '../program.ts';
import { lowerDot } from './lowerDot.ts';
import {
  composed, lowerAdd, lowerCast, lowerCompare, lowerIntegerQuotient, lowerMaximum, lowerMinimum, lowerMultiply,
  lowerWhere, operator,
} from './lowerElementwise.ts';
import { Lowering, type Lowered } from './lowering.ts';
import {
  lowerBroadcast, lowerConcatenate, lowerFlip, lowerGather, lowerPad, lowerReshape, lowerShrink, lowerSplit,
  lowerTranspose,
} from './lowerMove.ts';
import { lowerReduce } from './lowerReduce.ts';
import type { Graph } from './model.ts';
import { lowerArcsine, lowerArctangent, lowerErrorFunction } from './special.ts';

/** How each primitive of one output is lowered. */
const RULES: Readonly<
  Record<Exclude<Primitive, 'split'>, (lowering: Lowering, equation: Equation) => Lowered>
> = {
  add: lowerAdd, sub: operator('Sub'), mul: lowerMultiply, div: operator('Div'), idiv: lowerIntegerQuotient,
  mod: operator('Mod', { fmod: 1 }), min: lowerMinimum, max: lowerMaximum,
  neg: operator('Neg'), reciprocal: operator('Reciprocal'), floor: operator('Floor'), ceil: operator('Ceil'),
  sin: operator('Sin'), cos: operator('Cos'), asin: composed(lowerArcsine), atan: composed(lowerArctangent),
  exp: operator('Exp'), log: operator('Log'), sqrt: operator('Sqrt'), sigmoid: operator('Sigmoid'),
  erf: composed(lowerErrorFunction(false)), erfc: composed(lowerErrorFunction(true)),
  compare: lowerCompare, where: lowerWhere, cast: lowerCast,
  reduce: lowerReduce,
  dot: (lowering, { inputs: [a, b], outputs: [output] }) => lowerDot(lowering, a, b, output),
  concatenate: lowerConcatenate, gather: lowerGather, transpose: lowerTranspose, broadcast: lowerBroadcast,
  reshape: lowerReshape, flip: lowerFlip, shrink: lowerShrink, pad: lowerPad,
};

/** The tensors of an equation's outputs. */
const lowerEquation = (lowering: Lowering, equation: Equation): readonly Lowered[] =>
  (equation.primitive === 'split' ? lowerSplit(lowering, equation)
    : [RULES[equation.primitive](lowering, equation)]);

/** Public names of a graph's inputs and outputs. */
export interface PortNames {
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

/** The ONNX graph of a program; unless named, inputs are in0, in1, … and outputs out0, out1, … */
export function lower(program: Program, float: 'float32' | 'float64', names: PortNames = numbered(program)): Graph {
  const lowering = new Lowering(program, float);
  const { graph } = lowering;
  program.inputs.forEach((value, i) => lowering.define(value, { name: names.inputs[i], physical: value.shape }));
  for (const { value, data } of program.constants) {
    const name = graph.constant(data, value.shape, lowering.elementType(value.dtype));
    lowering.define(value, { name, physical: value.shape });
  }
  for (const equation of program.equations) {
    const results = lowerEquation(lowering, equation);
    equation.outputs.forEach((value, i) => lowering.define(value, results[i], equation));
  }
  const port = (value: { shape: readonly number[]; dtype: Dtype }, name: string): Graph['inputs'][number] =>
    ({ name, shape: value.shape, type: lowering.elementType(value.dtype) });
  program.outputs.forEach((atom, i) => graph.rename(lowering.expand(atom, atom.shape).name, names.outputs[i]));
  return graph.finish(
    program.inputs.map((value, i) => port(value, names.inputs[i])),
    program.outputs.map((atom, i) => port(atom, names.outputs[i]))
  );
}

const numbered = ({ inputs, outputs }: Program): PortNames =>
  ({ inputs: inputs.map((_, i) => `in${i}`), outputs: outputs.map((_, i) => `out${i}`) });
