/** Writes equations: what tracing and the rewriting of primitives have in common. */
import {
  broadcastShapes, isSplat, type Atom, type Constant, type Dtype, type Equation, type Parameters, type Primitive,
  type Splat, type Value,
} from '../program.ts';

export class Emitter {
  readonly equations: Equation[] = [];
  readonly constants: Constant[] = [];
  /** Values that depend on an argument: all others are the same whenever the program runs. */
  private readonly varying = new Set<number>();
  private next = 0;

  value(shape: readonly number[], dtype: Dtype): Value {
    return { id: this.next++, shape: [...shape], dtype };
  }

  argument(shape: readonly number[], dtype: Dtype): Value {
    const value = this.value(shape, dtype);
    this.varying.add(value.id);
    return value;
  }

  constant(data: Constant['data'], shape: readonly number[], dtype: Dtype): Value {
    const value = this.value(shape, dtype);
    this.constants.push({ value, data });
    return value;
  }

  isVarying(atom: Atom): boolean {
    return !isSplat(atom) && this.varying.has(atom.id);
  }

  emit(
    primitive: Primitive, inputs: readonly Atom[], parameters: Parameters, outputs: readonly Value[]
  ): readonly Value[] {
    this.equations.push({ primitive, inputs, parameters, outputs });
    if (inputs.some((atom) => this.isVarying(atom))) for (const { id } of outputs) this.varying.add(id);
    return outputs;
  }

  one(
    primitive: Primitive, inputs: readonly Atom[], parameters: Parameters, shape: readonly number[], dtype: Dtype
  ): Value {
    return this.emit(primitive, inputs, parameters, [this.value(shape, dtype)])[0];
  }

  /** An elementwise primitive, whose operands broadcast; the result is of the kind of the last one. */
  map(primitive: Primitive, ...inputs: readonly Atom[]): Value {
    const shape = broadcastShapes(...inputs.map((atom) => atom.shape));
    return this.one(primitive, inputs, {}, shape, inputs[inputs.length - 1].dtype);
  }

  compare(op: 'less' | 'less_equal' | 'equal' | 'not_equal', a: Atom, b: Atom): Value {
    return this.one('compare', [a, b], { op }, broadcastShapes(a.shape, b.shape), 'bool');
  }

  cast(x: Atom, dtype: Dtype): Atom {
    return x.dtype === dtype ? x : this.one('cast', [x], { op: dtype }, x.shape, dtype);
  }

  reduce(op: 'Add' | 'Max' | 'Min', x: Atom, axis: readonly number[]): Atom {
    if (axis.length === 0) return x;
    return this.one('reduce', [x], { op, axis }, x.shape.filter((_, i) => !axis.includes(i)), x.dtype);
  }

  reshape(x: Atom, shape: readonly number[]): Value {
    return this.one('reshape', [x], { shape }, shape, x.dtype);
  }

  transpose(x: Atom, perm: readonly number[]): Value {
    return this.one('transpose', [x], { perm }, perm.map((axis) => x.shape[axis]), x.dtype);
  }

  /** Entries `from` to before `to` of an axis, which may be counted from the end. */
  slice(x: Atom, axis: number, from: number, to: number): Value {
    const at = axis < 0 ? axis + x.shape.length : axis;
    const slice = x.shape.map((n, i): [number, number] => (i === at ? [from, to] : [0, n]));
    return this.one('shrink', [x], { slice }, slice.map(([low, high]) => high - low), x.dtype);
  }

  /** @param axis may be counted from the end */
  concatenate(parts: readonly Atom[], axis: number): Atom {
    if (parts.length === 1) return parts[0];
    const [first] = parts;
    const at = axis < 0 ? axis + first.shape.length : axis;
    const length = parts.reduce((sum, part) => sum + part.shape[at], 0);
    const shape = first.shape.map((n, i) => (i === at ? length : n));
    return this.one('concatenate', parts, { axis: [at] }, shape, first.dtype);
  }
}

export const splat = (number: number, dtype: Dtype = 'float', shape: readonly number[] = []): Splat =>
  ({ splat: number, shape, dtype });

export const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);
