/**
 * The tensors of a program on its way to an ONNX graph. Broadcasts stay lazy: a tensor's physical shape may have 1
 * where its logical shape has n, because ONNX operators broadcast by themselves; only consumers that need the entries
 * expand them.
 */
import { isSplat, type Atom, type Dtype, type Equation, type Program, type Value } from '../program.ts';
import { GraphBuilder } from './graphBuilder.ts';
import type { Attribute, ElementType } from './model.ts';

/** A lowered value: the tensor's name and its physical shape, of the rank of the logical one. */
export interface Lowered {
  readonly name: string;
  readonly physical: readonly number[];
}

export const same = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((n, i) => n === b[i]);
const padRank = (shape: readonly number[], rank: number): number[] =>
  [...Array<number>(rank - shape.length).fill(1), ...shape];

export class Lowering {
  readonly graph: GraphBuilder;
  private readonly lowered = new Map<number, Lowered>();
  private readonly definitions = new Map<number, Equation>();
  /** Tensors that are reshapes, with the tensor they are a reshape of. */
  private readonly reshaped = new Map<string, Lowered>();
  private readonly reshapes = new Map<string, Lowered>();
  private counts: Map<number, number> | undefined;

  constructor(private readonly program: Program, readonly float: 'float32' | 'float64') {
    this.graph = new GraphBuilder(float);
  }

  elementType(dtype: Dtype): ElementType {
    return dtype === 'float' ? this.float : dtype;
  }

  /** Say which tensor a value is, and what computed it. */
  define({ id }: Value, tensor: Lowered, equation?: Equation): void {
    this.lowered.set(id, tensor);
    if (equation !== undefined) this.definitions.set(id, equation);
  }

  /** What computed an atom; nothing for inputs, constants and splats. */
  definition(atom: Atom): Equation | undefined {
    return isSplat(atom) ? undefined : this.definitions.get(atom.id);
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

  /** The tensor with its lazy entries made real along `axes` only. */
  full(atom: Atom, axes: readonly number[]): Lowered {
    const { physical } = this.read(atom, atom.shape.length);
    return this.expand(atom, atom.shape.map((n, axis) => (axes.includes(axis) ? n : physical[axis])));
  }

  /** One node, entry by entry. */
  elementwise(
    type: string, inputs: readonly Atom[], output: Value, attributes: Readonly<Record<string, Attribute>> = {}
  ): Lowered {
    return this.broadcasting(inputs, output, (names) => this.graph.node(type, names, attributes));
  }

  /** What `build` makes of the inputs' tensors, entry by entry. */
  broadcasting(inputs: readonly Atom[], output: Value, build: (names: string[]) => string): Lowered {
    const tensors = inputs.map((atom) => this.read(atom, output.shape.length));
    const physical = output.shape.map((_, axis) => Math.max(...tensors.map((tensor) => tensor.physical[axis])));
    const name = build(tensors.map((tensor) => tensor.name));
    // The result's own rank is that of the widest operand; give it the logical rank.
    const rank = Math.max(0, ...inputs.map((atom) => (isSplat(atom) ? 0 : this.get(atom).physical.length)));
    return rank === output.shape.length ? { name, physical }
      : { name: this.graph.node('Reshape', [name, this.graph.int64(physical)]), physical };
  }

  /** How often the program uses a value. */
  uses(value: Value): number {
    if (this.counts === undefined) {
      this.counts = new Map();
      for (const atom of [...this.program.equations.flatMap(({ inputs }) => inputs), ...this.program.outputs]) {
        if (!isSplat(atom)) this.counts.set(atom.id, (this.counts.get(atom.id) ?? 0) + 1);
      }
    }
    return this.counts.get(value.id) ?? 0;
  }
}

