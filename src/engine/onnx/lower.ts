/**
 * A {@link Program} as an ONNX graph. Broadcasts stay lazy: a tensor's physical shape may have 1 where its logical
 * shape has n, because ONNX operators broadcast by themselves; only consumers that need the entries expand them.
 */
import { isSplat, sizeOf, type Atom, type Dtype, type Equation, type Program, type Value } from '../program.ts';
import { GraphBuilder } from './graphBuilder.ts';
import { isRowsByColumns, lowerDot } from './lowerDot.ts';
import type { Attribute, ElementType, Graph } from './model.ts';
import { lowerArcsine, lowerArctangent, lowerErrorFunction } from './special.ts';

/** A lowered value: the tensor's name and its physical shape, of the rank of the logical one. */
export interface Lowered {
  readonly name: string;
  readonly physical: readonly number[];
}

const UNARY: Readonly<Record<string, string>> = {
  neg: 'Neg', reciprocal: 'Reciprocal', floor: 'Floor', ceil: 'Ceil', sin: 'Sin', cos: 'Cos', exp: 'Exp', log: 'Log',
  sqrt: 'Sqrt', sigmoid: 'Sigmoid',
};
const BINARY: Readonly<Record<string, string>> =
  { add: 'Add', sub: 'Sub', mul: 'Mul', div: 'Div', min: 'Min', max: 'Max' };
const REDUCE: Readonly<Record<string, string>> =
  { Add: 'ReduceSum', Mul: 'ReduceProd', Max: 'ReduceMax', Min: 'ReduceMin' };

export const same = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((n, i) => n === b[i]);
const padRank = (shape: readonly number[], rank: number): number[] =>
  [...Array<number>(rank - shape.length).fill(1), ...shape];

/** Public names of a graph's inputs and outputs. */
export interface PortNames {
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

export class Lowering {
  readonly graph: GraphBuilder;
  readonly definitions = new Map<number, Equation>();
  private readonly lowered = new Map<number, Lowered>();

  constructor(
    private readonly program: Program, readonly float: 'float32' | 'float64', private readonly names: PortNames
  ) {
    this.graph = new GraphBuilder(float);
  }

  elementType(dtype: Dtype): ElementType {
    return dtype === 'float' ? this.float : dtype;
  }

  get(value: Value): Lowered {
    const found = this.lowered.get(value.id);
    if (found === undefined) throw new Error(`lower: value ${value.id} is used before it is computed`);
    return found;
  }

  /** The tensor of an atom, its physical shape padded with leading ones to `rank`. Splats are rank-0 constants. */
  read(atom: Atom, rank: number): Lowered {
    if (isSplat(atom))
      return { name: this.graph.scalar(atom.splat, this.elementType(atom.dtype)), physical: padRank([], rank) };
    const { name, physical } = this.get(atom);
    return { name, physical: padRank(physical, rank) };
  }

  /** Tensors that are reshapes, with the tensor they are a reshape of. */
  private readonly reshaped = new Map<string, Lowered>();
  private readonly reshapes = new Map<string, Lowered>();

  /**
   * Reshapes of reshapes start from the first tensor, which often has the shape already; what is not used is dropped at
   * the end.
   */
  reshape(tensor: Lowered, shape: readonly number[]): Lowered {
    const origin = this.reshaped.get(tensor.name) ?? tensor;
    if (same(origin.physical, shape)) return origin;
    const key = `${origin.name} ${shape.join(',')}`;
    const known = this.reshapes.get(key);
    if (known !== undefined) return known;
    const result = { name: this.graph.node('Reshape', [origin.name, this.graph.int64(shape)]), physical: shape };
    this.reshaped.set(result.name, origin);
    this.reshapes.set(key, result);
    return result;
  }

  /** The tensor with every entry present along the axes of `wanted`. */
  expand(atom: Atom, wanted: readonly number[]): Lowered {
    if (isSplat(atom)) {
      const type = this.elementType(atom.dtype);
      return {
        name: this.graph.node('Expand', [this.graph.scalar(atom.splat, type), this.graph.int64(wanted)]),
        physical: wanted
      };
    }
    const tensor = this.get(atom);
    if (same(tensor.physical, wanted)) return tensor;
    return { name: this.graph.node('Expand', [tensor.name, this.graph.int64(wanted)]), physical: wanted };
  }

  run(): Graph {
    const { program, graph } = this;
    program.inputs.forEach(
      (value, i) => this.lowered.set(value.id, { name: this.names.inputs[i], physical: value.shape })
    );
    for (const { value, data } of program.constants) {
      this.lowered.set(
        value.id, { name: graph.constant(data, value.shape, this.elementType(value.dtype)), physical: value.shape }
      );
    }
    for (const equation of program.equations) {
      const results = this.equation(equation);
      equation.outputs.forEach((value, i) => {
        this.lowered.set(value.id, results[i]);
        this.definitions.set(value.id, equation);
      });
    }
    const port = (value: { shape: readonly number[]; dtype: Dtype }, name: string): Graph['inputs'][number] =>
      ({ name, shape: value.shape, type: this.elementType(value.dtype) });
    program.outputs.forEach((atom, i) => graph.rename(this.expand(atom, atom.shape).name, this.names.outputs[i]));
    return graph.finish(program.inputs.map((value, i) => port(value, this.names.inputs[i])), program.outputs.map(
      (atom, i) => port(atom, this.names.outputs[i])
    ));
  }

  private elementwise(
    type: string, inputs: readonly Atom[], output: Value, attributes: Readonly<Record<string, Attribute>> = {}
  ): Lowered {
    return this.broadcasting(inputs, output, (names) => this.graph.node(type, names, attributes));
  }

  /** What `build` makes of the inputs' tensors, entry by entry. */
  private broadcasting(inputs: readonly Atom[], output: Value, build: (names: string[]) => string): Lowered {
    const tensors = inputs.map((atom) => this.read(atom, output.shape.length));
    const physical = output.shape.map((_, axis) => Math.max(...tensors.map((tensor) => tensor.physical[axis])));
    const name = build(tensors.map((tensor) => tensor.name));
    // The result's own rank is that of the widest operand; give it the logical rank.
    const rank = Math.max(0, ...inputs.map((atom) => (isSplat(atom) ? 0 : this.get(atom).physical.length)));
    return rank === output.shape.length ? { name, physical }
      : { name: this.graph.node('Reshape', [name, this.graph.int64(physical)]), physical };
  }

  private equation({ primitive, inputs, parameters, outputs }: Equation): readonly Lowered[] {
    const { graph } = this;
    const [output] = outputs;
    const [first] = inputs;
    const bool = output.dtype === 'bool';
    switch (primitive) {
      case 'add': case 'mul': case 'min': case 'max': {
        if (bool) return [this.elementwise(primitive === 'add' || primitive === 'max' ? 'Or' : 'And', inputs, output)];
        if (primitive === 'add') {
          const fused = this.gemmWithBias(inputs, output);
          if (fused !== undefined) return [fused];
        }
        const quotient = primitive === 'mul' ? this.asQuotient(inputs) : undefined;
        if (quotient !== undefined) return [this.elementwise('Div', quotient, output)];
        const floor = primitive === 'max' ? this.overZero(inputs, output) : undefined;
        if (floor !== undefined) return [this.elementwise('Relu', [floor], output)];
        return [this.elementwise(BINARY[primitive], inputs, output)];
      }
      case 'sub': case 'div': return [this.elementwise(BINARY[primitive], inputs, output)];
      case 'idiv': {
        if (output.dtype !== 'float') return [this.elementwise('Div', inputs, output)];
        return [this.broadcasting(inputs, output, (names) => {
          const quotient = graph.node('Div', names);
          return graph.node('Where', [
            graph.node('Less', [quotient, graph.scalar(0, this.float)]), graph.node('Ceil', [quotient]),
            graph.node('Floor', [quotient])
          ]);
        })];
      }
      case 'mod': return [this.elementwise('Mod', inputs, output, { fmod: 1 })];
      case 'asin': case 'atan': case 'erf': case 'erfc': {
        const lowerSpecial = {
          asin: lowerArcsine, atan: lowerArctangent, erf: lowerErrorFunction(false), erfc: lowerErrorFunction(true)
        }[primitive];
        return [this.broadcasting(inputs, output, ([name]) => lowerSpecial(graph, name))];
      }
      case 'neg': case 'reciprocal': case 'floor': case 'ceil': case 'sin': case 'cos': case 'exp':
      case 'log': case 'sqrt': case 'sigmoid': return [this.elementwise(UNARY[primitive], inputs, output)];
      case 'compare': {
        if (parameters.op === 'less') return [this.elementwise('Less', inputs, output)];
        if (parameters.op === 'less_equal') return [this.elementwise('LessOrEqual', inputs, output)];
        const equal = this.elementwise('Equal', inputs, output);
        return parameters.op === 'equal' ? [equal]
          : [{ name: graph.node('Not', [equal.name]), physical: equal.physical }];
      }
      case 'where': {
        if (!bool) return [this.elementwise('Where', inputs, output)];
        return [this.broadcasting(inputs, output, ([condition, yes, no]) =>
          graph.node(
            'Or', [graph.node('And', [condition, yes]), graph.node('And', [graph.node('Not', [condition]), no])]
          ))];
      }
      case 'cast': {
        if (this.isReluMask(first, output)) {
          // clip(x · 10^30, 0, 1) in one pass: the cast of x > 0, for all x but those below 10^-30.
          return [this.elementwise(
            'HardSigmoid', [(this.definitions.get(first.id) as Equation).inputs[1]], output,
            { alpha: { float: 1e30 }, beta: { float: 0 } }
          )];
        }
        const to = { float32: 1, float64: 11, int32: 6, uint32: 12, bool: 9, int64: 7 }[this.elementType(output.dtype)];
        return [this.elementwise('Cast', inputs, output, { to })];
      }
      case 'reduce': {
        const squared = parameters.op === 'Add' && !isSplat(first) && first.dtype === 'float'
          && this.uses(first) === 1 ? this.squareRoot(first) : undefined;
        if (squared !== undefined && parameters.axis?.length === first.shape.length) {
          return [{
            name: graph.node(
              'ReduceSumSquare', [this.full(squared, parameters.axis).name, graph.int64(parameters.axis)],
              { keepdims: 0 }
            ),
            physical: []
          }];
        }
        return [this.reduce(first, parameters.op ?? 'Add', parameters.axis ?? [], output)];
      }
      case 'dot': return [lowerDot(this, inputs[0], inputs[1], output)];
      case 'concatenate': {
        const [axis] = parameters.axis ?? [0];
        const tensors = inputs.map((atom) => this.read(atom, output.shape.length));
        const wanted = output.shape.map((_, i) => Math.max(...tensors.map(({ physical }) => physical[i])));
        const parts = inputs.map((atom) => this.expand(atom, wanted.map((n, i) => (i === axis ? atom.shape[i] : n))));
        const physical = wanted.map((n, i) => (i === axis ? output.shape[i] : n));
        return [{ name: graph.node('Concat', parts.map(({ name }) => name), { axis }), physical }];
      }
      case 'split': {
        const [axis] = parameters.axis ?? [0];
        const { name, physical } = this.full(first, [axis]);
        const names = graph.nodeOfMany('Split', [name, graph.int64(parameters.sizes ?? [])], outputs.length, { axis });
        return names.map(
          (part, k) => ({ name: part, physical: physical.map((n, i) => (i === axis ? outputs[k].shape[i] : n)) })
        );
      }
      case 'gather': {
        const [axis] = parameters.axis ?? [0];
        if (parameters.axis?.length !== 1 || inputs.length !== 2)
          throw new Error('lower: gather along several axes is not supported');
        const source = this.full(first, first.shape.map((_, i) => i));
        const index = this.full(inputs[1], inputs[1].shape.map((_, i) => i));
        const gathered = graph.node('Gather', [source.name, index.name], { axis });
        const outDim = parameters.outDim ?? axis;
        if (outDim === axis) return [{ name: gathered, physical: output.shape }];
        const rank = output.shape.length;
        const moved = Array.from({ length: index.physical.length }, (_, i) => axis + i);
        const rest = Array.from({ length: rank }, (_, i) => i).filter((i) => !moved.includes(i));
        const perm = [...rest.slice(0, outDim), ...moved, ...rest.slice(outDim)];
        return [{ name: graph.node('Transpose', [gathered], { perm }), physical: output.shape }];
      }
      case 'transpose': {
        const { name, physical } = this.read(first, output.shape.length);
        const perm = parameters.perm ?? [];
        const result = perm.map((axis) => physical[axis]);
        const moving = perm.filter((axis) => physical[axis] !== 1);
        if (moving.every((axis, i) => i === 0 || axis > moving[i - 1]))
          return [this.reshape({ name, physical }, result)];
        return [{ name: graph.node('Transpose', [name], { perm }), physical: result }];
      }
      case 'broadcast': {
        const added = parameters.axis ?? [];
        const { name, physical } = this.read(first, first.shape.length);
        const result = output.shape.map(
          (_, axis) => (added.includes(axis) ? 1 : physical[axis - added.filter((a) => a < axis).length])
        );
        return [this.reshape({ name, physical }, result)];
      }
      case 'reshape': {
        const tensor = this.read(first, first.shape.length);
        if (same(tensor.physical, first.shape)) return [this.reshape(tensor, output.shape)];
        // Only unit axes come and go: the lazy axes keep their places.
        if (same(first.shape.filter((n) => n !== 1), output.shape.filter((n) => n !== 1))) {
          const sizes = first.shape.flatMap((n, i) => (n === 1 ? [] : [tensor.physical[i]]));
          let k = 0;
          return [this.reshape(tensor, output.shape.map((n) => (n === 1 ? 1 : sizes[k++])))];
        }
        return [this.reshape(this.full(first, first.shape.map((_, i) => i)), output.shape)];
      }
      case 'flip': {
        const { name, physical } = this.read(first, output.shape.length);
        const axes = (parameters.axis ?? []).filter((axis) => physical[axis] !== 1);
        if (axes.length === 0) return [{ name, physical }];
        const [starts, ends, steps] = [axes.map(() => -1), axes.map(() => -(2 ** 31)), axes.map(() => -1)];
        return [{
          name:
            graph.node('Slice', [name, graph.int64(starts), graph.int64(ends), graph.int64(axes), graph.int64(steps)]),
          physical
        }];
      }
      case 'shrink': {
        const { name, physical } = this.read(first, output.shape.length);
        const slice = parameters.slice ?? [];
        const axes = slice.flatMap(
          ([low, high], axis) => (physical[axis] !== 1 && (low !== 0 || high !== physical[axis]) ? [axis] : [])
        );
        if (axes.length === 0) return [{ name, physical }];
        const part = graph.node('Slice', [
          name, graph.int64(axes.map((a) => slice[a][0])), graph.int64(axes.map((a) => slice[a][1])), graph.int64(axes)
        ]);
        return [{ name: part, physical: physical.map((n, axis) => (axes.includes(axis) ? output.shape[axis] : n)) }];
      }
      case 'pad': {
        const width = parameters.width ?? [];
        const axes = width.flatMap(([before, after], axis) => (before !== 0 || after !== 0 ? [axis] : []));
        const { name, physical } = this.full(first, axes);
        const amounts = [...axes.map((axis) => width[axis][0]), ...axes.map((axis) => width[axis][1])];
        const padded = graph.node(
          'Pad', [name, graph.int64(amounts), graph.scalar(0, this.elementType(output.dtype)), graph.int64(axes)]
        );
        return [{ name: padded, physical: physical.map((n, axis) => (axes.includes(axis) ? output.shape[axis] : n)) }];
      }
    }
  }

  /** The tensor with its lazy entries made real along `axes` only. */
  private full(atom: Atom, axes: readonly number[]): Lowered {
    const { physical } = this.read(atom, atom.shape.length);
    return this.expand(atom, atom.shape.map((n, axis) => (axes.includes(axis) ? n : physical[axis])));
  }

  /** Sum, product, maximum or minimum over axes; lazy axes cost a multiplication. */
  reduce(atom: Atom, op: string, axes: readonly number[], output: Value): Lowered {
    const { graph } = this;
    let tensor = this.read(atom, atom.shape.length);
    if (atom.dtype === 'bool') {
      const number = graph.node(
        REDUCE[op === 'Add' ? 'Max' : op === 'Mul' ? 'Min' : op],
        [graph.node('Cast', [tensor.name], { to: 6 }), graph.int64(axes)], { keepdims: 0 }
      );
      return { name: graph.node('Cast', [number], { to: 9 }), physical: tensor.physical.filter(
        (_, axis) => !axes.includes(axis)
      ) };
    }
    const repeats = sizeOf(axes.map((axis) => atom.shape[axis] / tensor.physical[axis]));
    if (op === 'Mul' && repeats !== 1) tensor = this.full(atom, axes);
    const physical = tensor.physical.filter((_, axis) => !axes.includes(axis));
    const real = axes.filter((axis) => tensor.physical[axis] !== 1);
    const result = real.length === 0
      ? this.reshape(tensor, physical)
      : this.reshape({
        // Sums are mostly used with their axes kept; where they are not, a reshape removes them.
        name: graph.node(REDUCE[op], [tensor.name, graph.int64(axes)], { keepdims: 1 }),
        physical: tensor.physical.map((n, axis) => (axes.includes(axis) ? 1 : n)),
      }, physical);
    if (op !== 'Add' || repeats === 1) return result;
    return { name: graph.node('Mul', [result.name, graph.scalar(repeats, this.elementType(output.dtype))]), physical };
  }

  /** The operands of x · (1/y), where 1/y has no other use. */
  private asQuotient(inputs: readonly Atom[]): readonly Atom[] | undefined {
    for (const [x, inverse] of [inputs, [inputs[1], inputs[0]]]) {
      const equation = isSplat(inverse) ? undefined : this.definitions.get(inverse.id);
      if (equation?.primitive === 'reciprocal' && !isSplat(inverse) && this.uses(inverse) === 1)
        return [x, equation.inputs[0]];
    }
    return undefined;
  }

  /** x of x · x. */
  private squareRoot({ id, shape }: Value): Value | undefined {
    const equation = this.definitions.get(id);
    if (equation?.primitive !== 'mul') return undefined;
    const [x, y] = equation.inputs;
    return !isSplat(x) && !isSplat(y) && x.id === y.id && same(x.shape, shape) ? x : undefined;
  }

  /** x of max(x, 0). */
  private overZero(inputs: readonly Atom[], output: Value): Atom | undefined {
    const x = inputs.find((atom) => !isSplat(atom));
    return output.dtype === 'float' && x !== undefined && same(x.shape, output.shape)
      && inputs.some((atom) => isSplat(atom) && atom.splat === 0) ? x : undefined;
  }

  /** Whether a float is made of `0 < max(x, 0)`. There what happens to NaN is of no account: the value is NaN too. */
  private isReluMask(condition: Atom, output: Value): condition is Value {
    if (isSplat(condition) || output.dtype !== 'float' || this.float !== 'float32') return false;
    const comparison = this.definitions.get(condition.id);
    if (comparison?.primitive !== 'compare' || comparison.parameters.op !== 'less') return false;
    const [zero, x] = comparison.inputs;
    if (!isSplat(zero) || zero.splat !== 0 || isSplat(x) || !same(x.shape, output.shape)) return false;
    const rectified = this.definitions.get(x.id);
    return rectified?.primitive === 'max' && this.overZero(rectified.inputs, x) !== undefined;
  }

  /** `dot + bias` of matrices as one Gemm. */
  private gemmWithBias(inputs: readonly Atom[], output: Value): Lowered | undefined {
    for (const [product, bias] of [inputs, [inputs[1], inputs[0]]]) {
      if (isSplat(product) || isSplat(bias) || output.shape.length !== 2) continue;
      const equation = this.definitions.get(product.id);
      if (equation?.primitive !== 'dot' || !same(product.shape, output.shape) || this.uses(product) !== 1) continue;
      const { name, physical } = this.read(bias, 2);
      const [m, n] = output.shape;
      if (!(physical[0] === 1 && physical[1] === n) && !(physical[0] === m && physical[1] === 1)) continue;
      if (isRowsByColumns(this, equation.inputs[0], equation.inputs[1], output))
        return lowerDot(this, equation.inputs[0], equation.inputs[1], output, name);
    }
    return undefined;
  }

  private counts: Map<number, number> | undefined;

  private uses(value: Value): number {
    if (this.counts === undefined) {
      this.counts = new Map();
      for (const atom of [...this.program.equations.flatMap(({ inputs }) => inputs), ...this.program.outputs]) {
        if (!isSplat(atom)) this.counts.set(atom.id, (this.counts.get(atom.id) ?? 0) + 1);
      }
    }
    return this.counts.get(value.id) ?? 0;
  }
}

/** The ONNX graph of a program; unless named, inputs are in0, in1, … and outputs out0, out1, … */
export function lower(program: Program, float: 'float32' | 'float64', names?: PortNames): Graph {
  const numbered =
    { inputs: program.inputs.map((_, i) => `in${i}`), outputs: program.outputs.map((_, i) => `out${i}`) };
  return new Lowering(program, float, names ?? numbered).run();
}
