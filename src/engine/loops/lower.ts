/** From a {@link Program} of one point to its operations over flat arrays. */
import { InputError } from '../../errors.ts';
import { broadcastShapes, isSplat, sizeOf, type Atom, type Equation, type Program } from '../program.ts';
import { broadcastMap, gatherMap, moveMap, strided, stridesOf } from './indexMaps.ts';
import { join } from './joins.ts';
import { knownAt, OperationBuilder, splat } from './operationBuilder.ts';
import { isKnown, type Operand, type OperationList } from './operations.ts';
import { productRows } from './products.ts';
import { reduced, REDUCTIONS } from './reductions.ts';

class Lowering {
  private readonly builder = new OperationBuilder();
  private readonly values = new Map<number, Operand>();

  constructor(private readonly program: Program) {}

  run(): OperationList {
    const { inputs, constants, equations, outputs } = this.program;
    const given = inputs.map(({ id, shape, dtype }) => {
      const tensor = this.builder.tensor(sizeOf(shape), dtype);
      this.values.set(id, { tensor, index: null });
      return tensor;
    });
    for (const { value: { id, dtype }, data } of constants)
      this.values.set(id, { values: Float64Array.from(data), dtype });
    for (const equation of equations) this.equation(equation);
    const asked = outputs.map((atom) => {
      const size = sizeOf(atom.shape);
      const output = this.builder.tensor(size, atom.dtype);
      this.builder.copy(this.read(atom), size, output, null, 0);
      return output;
    });
    return { tensors: this.builder.tensors, inputs: given, outputs: asked, operations: this.builder.operations };
  }

  private read(atom: Atom): Operand {
    if (isSplat(atom)) return splat(atom.splat, atom.dtype);
    const found = this.values.get(atom.id);
    if (found === undefined) throw new Error(`loops: value ${atom.id} is used before it is computed`);
    return found;
  }

  private equation(equation: Equation): void {
    const { primitive, inputs, outputs } = equation;
    const moved = moveMap(equation);
    if (moved !== undefined) {
      this.values.set(outputs[0].id, this.builder.at(this.read(inputs[0]), moved));
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
    const values = new Float64Array(sizeOf(indices.shape)).map((_, i) => knownAt(index, i));
    return this.builder.at(this.read(x), gatherMap(x.shape, axis[0], outDim, values));
  }

  private split({ inputs: [x], parameters, outputs }: Equation): void {
    const [axis] = parameters.axis ?? [0];
    const strides = stridesOf(x.shape);
    let start = 0;
    for (const part of outputs) {
      this.values.set(part.id, this.builder.at(this.read(x), strided(part.shape, strides, start * strides[axis])));
      start += part.shape[axis];
    }
  }

  private elementwise({ primitive, inputs, parameters, outputs: [{ shape, dtype }] }: Equation): Operand {
    const operands = inputs.map((atom) => this.builder.at(this.read(atom), broadcastMap(atom.shape, shape)));
    return this.builder.map(primitive, parameters, operands, sizeOf(shape), dtype);
  }

  private reduce({ inputs: [x], parameters, outputs: [output] }: Equation): Operand {
    const reduction = REDUCTIONS[parameters.op ?? 'Add'];
    return reduced(this.builder, this.read(x), x.shape, parameters.axis ?? [], reduction, output.dtype);
  }

  private dot(equation: Equation): Operand {
    const { inputs, outputs: [{ shape, dtype }] } = equation;
    const full = broadcastShapes(...inputs.map((atom) => atom.shape));
    const operands = inputs.map((atom) => this.read(atom));
    const length = full.at(-1) ?? 1;
    const rows = dtype === 'float' && !operands.every(isKnown)
      ? productRows(inputs.map((atom) => atom.shape), operands, shape, length) : null;
    if (rows !== null) {
      const output = this.builder.tensor(sizeOf(shape), dtype);
      this.builder.operations.push({ kind: 'product', length, domain: sizeOf(shape), output, operands, ...rows });
      return { tensor: output, index: null };
    }
    const factors = inputs.map((atom, k) => this.builder.at(operands[k], broadcastMap(atom.shape, full)));
    const product = this.builder.map('mul', {}, factors, sizeOf(full), dtype);
    return reduced(this.builder, product, full, [full.length - 1], REDUCTIONS['Add'], dtype);
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
    return join(this.builder, parts, sizeOf(shape), dtype);
  }

  private pad({ inputs: [x], parameters, outputs: [{ shape, dtype }] }: Equation): Operand {
    const width = parameters.width ?? [];
    const strides = stridesOf(shape);
    // A negative width takes entries away.
    const from = width.map(([before]) => Math.max(0, -before));
    const kept = x.shape.map((n, axis) => n - from[axis] - Math.max(0, -width[axis][1]));
    const own = stridesOf(x.shape);
    const operand = this.builder.at(
      this.read(x), strided(kept, own, from.reduce((sum, n, axis) => sum + n * own[axis], 0))
    );
    const start = width.reduce((sum, [before], axis) => sum + Math.max(0, before) * strides[axis], 0);
    const places = strided(kept, strides, start);
    const filled = new Uint8Array(sizeOf(shape));
    for (const place of places) filled[place] = 1;
    const rest = Int32Array.from({ length: filled.length }, (_, i) => i).filter((i) => filled[i] === 0);
    return join(this.builder, [{ operand, places }, { operand: splat(0, dtype), places: rest }], sizeOf(shape), dtype);
  }
}

/** @throws InputError for what loops cannot do */
export const lowerToOperations = (program: Program): OperationList => new Lowering(program).run();
