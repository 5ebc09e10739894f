/** From a {@link Program} of one point to its operations over flat arrays. */
import { InputError } from '../../errors.ts';
import { foldElementwise } from '../fold.ts';
import {
  broadcastShapes, isSplat, sizeOf, type Atom, type Dtype, type Equation, type Parameters, type Primitive, type Program
} from '../program.ts';
import {
  broadcastMap, compose, gatherMap, inOrder, moveMap, outerSum, strided, stridesOf
} from './indexMaps.ts';
import {
  isKnown, type Known, type Operand, type Operation, type OperationList, type Read, type Tensor
} from './operations.ts';
import { productRows } from './products.ts';

type Shape = readonly number[];

/** Reductions along so short a last axis are written out: what comes after has the shorter arrays' loop. */
const SHORT = 8;

const REDUCTIONS: Readonly<Record<string, { readonly step: 'add' | 'mul' | 'max' | 'min'; readonly start: number }>> = {
  Add: { step: 'add', start: 0 }, Mul: { step: 'mul', start: 1 },
  Max: { step: 'max', start: -Infinity }, Min: { step: 'min', start: Infinity },
};

const splat = (value: number, dtype: Dtype): Known => ({ values: Float64Array.of(value), dtype });

class Lowering {
  private readonly tensors: Tensor[] = [];
  private readonly operations: Operation[] = [];
  private readonly values = new Map<number, Operand>();
  /** Tensors that are made by a loop of their own entries, which a reduction can join. */
  private readonly mapped = new Set<number>();

  constructor(private readonly program: Program) {}

  run(): OperationList {
    const { inputs, constants, equations, outputs } = this.program;
    const given = inputs.map(({ id, shape, dtype }) => {
      const tensor = this.tensor(sizeOf(shape), dtype);
      this.values.set(id, { tensor, index: null });
      return tensor;
    });
    for (const { value: { id, dtype }, data } of constants)
      this.values.set(id, { values: Float64Array.from(data), dtype });
    for (const equation of equations) this.equation(equation);
    const asked = outputs.map((atom) => {
      const size = sizeOf(atom.shape);
      const output = this.tensor(size, atom.dtype);
      this.copy(this.read(atom), size, output, null, 0);
      return output;
    });
    return { tensors: this.tensors, inputs: given, outputs: asked, operations: this.operations };
  }

  private tensor(size: number, dtype: Dtype): number {
    return this.tensors.push({ size, dtype }) - 1;
  }

  private read(atom: Atom): Operand {
    if (isSplat(atom)) return splat(atom.splat, atom.dtype);
    const found = this.values.get(atom.id);
    if (found === undefined) throw new Error(`loops: value ${atom.id} is used before it is computed`);
    return found;
  }

  /** The entries of an operand at `positions`. null: all, in order */
  private at(operand: Operand, positions: Int32Array | null): Operand {
    if (positions === null) return operand;
    if (isKnown(operand)) {
      const { values, dtype } = operand;
      return values.length === 1 ? operand : { values: Float64Array.from(positions, (i) => values[i]), dtype };
    }
    const { tensor, index } = operand;
    return { tensor, index: inOrder(compose(index, positions), this.tensors[tensor].size) };
  }

  private copy(operand: Operand, domain: number, output: number, places: Int32Array | null, start: number): void {
    if (domain > 0) this.operations.push({ kind: 'copy', domain, output, operands: [operand], places, start });
  }

  private equation(equation: Equation): void {
    const { primitive, inputs, outputs } = equation;
    const moved = moveMap(equation);
    if (moved !== undefined) {
      this.values.set(outputs[0].id, this.at(this.read(inputs[0]), moved));
      return;
    }
    if (primitive === 'split') {
      this.split(equation);
      return;
    }
    this.values.set(outputs[0].id, this.result(equation));
  }

  private result(equation: Equation): Operand {
    switch (equation.primitive) {
      case 'reduce': return this.reduce(equation);
      case 'dot': return this.dot(equation);
      case 'concatenate': return this.concatenate(equation);
      case 'pad': return this.pad(equation);
      case 'gather': return this.gather(equation);
      default: return this.elementwise(equation);
    }
  }

  /** Tracing leaves gathers along one axis, at indices that are known and lie within it. */
  private gather({ inputs: [x, indices], parameters: { axis = [0], outDim = 0 } }: Equation): Operand {
    const index = this.read(indices);
    if (!isKnown(index)) throw new InputError('entries cannot be taken at computed indices');
    const values = new Float64Array(sizeOf(indices.shape)).map(
      (_, i) => index.values[index.values.length === 1 ? 0 : i]
    );
    return this.at(this.read(x), gatherMap(x.shape, axis[0], outDim, values));
  }

  private split({ inputs: [x], parameters, outputs }: Equation): void {
    const [axis] = parameters.axis ?? [0];
    const strides = stridesOf(x.shape);
    let start = 0;
    for (const part of outputs) {
      this.values.set(part.id, this.at(this.read(x), strided(part.shape, strides, start * strides[axis])));
      start += part.shape[axis];
    }
  }

  private elementwise({ primitive, inputs, parameters, outputs: [{ shape, dtype }] }: Equation): Operand {
    const operands = inputs.map((atom) => this.at(this.read(atom), broadcastMap(atom.shape, shape)));
    return this.map(primitive, parameters, operands, sizeOf(shape), dtype);
  }

  private map(
    primitive: Primitive, parameters: Parameters, operands: readonly Operand[], domain: number, dtype: Dtype
  ): Operand {
    if (operands.every(isKnown)) return this.fold(primitive, parameters, operands, dtype);
    const output = this.tensor(domain, dtype);
    this.operations.push({ kind: 'map', primitive, parameters, operands, domain, output });
    this.mapped.add(output);
    return { tensor: output, index: null };
  }

  /** What does not depend on the point is computed here. */
  private fold(primitive: Primitive, parameters: Parameters, operands: readonly Known[], dtype: Dtype): Known {
    const length = Math.max(...operands.map(({ values }) => values.length));
    const values = new Float64Array(length);
    for (let i = 0; i < length; i++) {
      const numbers = operands.map((operand) => operand.values[operand.values.length === 1 ? 0 : i]);
      const value = foldElementwise(primitive, numbers, parameters, dtype);
      if (value === undefined) throw new InputError(`the engine cannot run the primitive "${primitive}" in loops`);
      values[i] = value;
    }
    return { values, dtype };
  }

  private reduce({ inputs: [x], parameters, outputs: [output] }: Equation): Operand {
    const { step, start } = REDUCTIONS[parameters.op ?? 'Add'];
    return this.reduced(this.read(x), x.shape, parameters.axis ?? [], step, start, output.dtype);
  }

  private reduced(
    x: Operand, shape: Shape, axes: Shape, step: 'add' | 'mul' | 'max' | 'min', start: number, dtype: Dtype
  ): Operand {
    const kept = shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis));
    const run = axes.reduce((product, axis) => product * shape[axis], 1);
    const size = kept.reduce((product, axis) => product * shape[axis], 1);
    const trailing = kept.every((axis, k) => axis === k);
    const inLoop = !isKnown(x) && x.index === null && this.mapped.has(x.tensor);
    const strides = stridesOf(shape);
    const part = (of: Shape): Int32Array => strided(of.map((k) => shape[k]), of.map((k) => strides[k]));
    if (run === 0 || isKnown(x)) return this.reduceKnown(x, part(kept), part(axes), step, start, dtype);
    if (run === 1) return this.at(x, null);
    if (run <= SHORT) {
      const [rows, columns] = [part(kept), part(axes)];
      return [...columns].map((column) => this.at(x, rows.map((row) => row + column)))
        .reduce((sum, term) => this.map(step, {}, [sum, term], size, dtype));
    }
    const output = this.tensor(size, dtype);
    // A bool is 0 or 1: any of them is their maximum, all of them their minimum.
    const boolean = dtype === 'bool' ? ({ add: 'max', mul: 'min', max: 'max', min: 'min' } as const)[step] : step;
    const common = { kind: 'reduce', step: boolean, start, domain: size * run, output } as const;
    if (trailing) this.operations.push({ ...common, operands: [x], places: null, run });
    else if (!inLoop)
      this.operations.push({ ...common, operands: [this.at(x, outerSum(part(kept), part(axes)))], places: null, run });
    else {
      const own = stridesOf(kept.map((axis) => shape[axis]));
      const steps = shape.map((_, axis) => (axes.includes(axis) ? 0 : own[kept.indexOf(axis)]));
      this.operations.push({ ...common, operands: [x], places: strided(shape, steps), run });
    }
    return { tensor: output, index: null };
  }

  private reduceKnown(
    x: Operand, rows: Int32Array, columns: Int32Array, step: 'add' | 'mul' | 'max' | 'min', start: number, dtype: Dtype
  ): Known {
    const at = (i: number): number => (isKnown(x) ? x.values[x.values.length === 1 ? 0 : i] : NaN);
    const values = Float64Array.from(rows, (row) => columns.reduce<number>(
      (sum, column) => foldElementwise(step, [sum, at(row + column)], {}, dtype) ?? NaN, start
    ));
    return { values, dtype };
  }

  private dot(equation: Equation): Operand {
    const { inputs, outputs: [{ shape, dtype }] } = equation;
    const full = broadcastShapes(...inputs.map((atom) => atom.shape));
    const operands = inputs.map((atom) => this.read(atom));
    const length = full.at(-1) ?? 1;
    const rows = dtype === 'float' && !operands.every(isKnown)
      ? productRows(inputs.map((atom) => atom.shape), operands, shape, length) : null;
    if (rows !== null) {
      const output = this.tensor(sizeOf(shape), dtype);
      this.operations.push({ kind: 'product', length, domain: sizeOf(shape), output, operands, ...rows });
      return { tensor: output, index: null };
    }
    const product = this.map(
      'mul', {}, inputs.map((atom, k) => this.at(operands[k], broadcastMap(atom.shape, full))), sizeOf(full), dtype
    );
    return this.reduced(product, full, [full.length - 1], 'add', 0, dtype);
  }

  /** Parts of an array, each with the places of its entries. */
  private join(
    parts: readonly { readonly operand: Operand; readonly places: Int32Array }[], size: number, dtype: Dtype
  ): Operand {
    if (parts.every(({ operand }) => isKnown(operand))) {
      const values = new Float64Array(size);
      for (const { operand, places } of parts) places.forEach((place, i) => {
        if (isKnown(operand)) values[place] = operand.values[operand.values.length === 1 ? 0 : i];
      });
      return { values, dtype };
    }
    const whole = parts.map(({ operand }) => (isKnown(operand) ? null : operand.tensor));
    if (whole.every((tensor) => tensor !== null && tensor === whole[0])) {
      const index = new Int32Array(size);
      for (const { operand, places } of parts) {
        const own = (operand as Read).index;
        places.forEach((place, i) => { index[place] = own === null ? i : own[i]; });
      }
      const tensor = whole[0] ?? 0;
      return { tensor, index: inOrder(index, this.tensors[tensor].size) };
    }
    const output = this.tensor(size, dtype);
    for (const { operand, places } of parts) {
      const start = places[0] ?? 0;
      const consecutive = places.every((place, i) => place === start + i);
      this.copy(operand, places.length, output, consecutive ? null : places, consecutive ? start : 0);
    }
    return { tensor: output, index: null };
  }

  private concatenate({ inputs, parameters, outputs: [{ shape, dtype }] }: Equation): Operand {
    const [axis] = parameters.axis ?? [0];
    const strides = stridesOf(shape);
    let start = 0;
    const parts = inputs.map((atom) => {
      const places = strided(atom.shape, strides, start * strides[axis]);
      start += atom.shape[axis];
      return { operand: this.read(atom), places };
    });
    return this.join(parts, sizeOf(shape), dtype);
  }

  private pad({ inputs: [x], parameters, outputs: [{ shape, dtype }] }: Equation): Operand {
    const width = parameters.width ?? [];
    const strides = stridesOf(shape);
    // A negative width takes entries away.
    const from = width.map(([before]) => Math.max(0, -before));
    const kept = x.shape.map((n, axis) => n - from[axis] - Math.max(0, -width[axis][1]));
    const own = stridesOf(x.shape);
    const operand = this.at(
      this.read(x), strided(kept, own, from.reduce((sum, n, axis) => sum + n * own[axis], 0))
    );
    const start = width.reduce((sum, [before], axis) => sum + Math.max(0, before) * strides[axis], 0);
    const places = strided(kept, strides, start);
    const filled = new Uint8Array(sizeOf(shape));
    for (const place of places) filled[place] = 1;
    const rest = Int32Array.from({ length: filled.length }, (_, i) => i).filter((i) => filled[i] === 0);
    return this.join([{ operand, places }, { operand: splat(0, dtype), places: rest }], sizeOf(shape), dtype);
  }
}

/** @throws InputError for entries taken at computed indices, or out of range */
export const lowerToOperations = (program: Program): OperationList => new Lowering(program).run();
