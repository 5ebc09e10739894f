/** Operations as they are collected: what is known is computed at once, and moves are composed. */
import { InputError } from '../../errors.ts';
import { foldElementwise } from '../fold.ts';
import type { Dtype, Parameters, Primitive } from '../program.ts';
import { compose, inOrder } from './indexMaps.ts';
import { isKnown, type Known, type Operand, type Operation, type Tensor } from './operations.ts';

export const splat = (value: number, dtype: Dtype): Known => ({ values: Float64Array.of(value), dtype });

/** Number i of an operand that is known. */
export const knownAt = ({ values }: Known, i: number): number => values[values.length === 1 ? 0 : i];

export class OperationBuilder {
  readonly tensors: Tensor[] = [];
  readonly operations: Operation[] = [];
  /** Tensors that are made by a loop of their own entries, which a reduction can join. */
  private readonly mapped = new Set<number>();

  tensor(size: number, dtype: Dtype): number {
    return this.tensors.push({ size, dtype }) - 1;
  }

  /** Whether an operand is what a loop of its entries computes, one after another. */
  isMapped(operand: Operand): boolean {
    return !isKnown(operand) && operand.index === null && this.mapped.has(operand.tensor);
  }

  /** The entries of an operand at `positions`. null: all, in order */
  at(operand: Operand, positions: Int32Array | null): Operand {
    if (positions === null) return operand;
    if (isKnown(operand)) {
      const { values, dtype } = operand;
      return values.length === 1 ? operand : { values: Float64Array.from(positions, (i) => values[i]), dtype };
    }
    const { tensor, index } = operand;
    return { tensor, index: inOrder(compose(index, positions), this.tensors[tensor].size) };
  }

  copy(operand: Operand, domain: number, output: number, places: Int32Array | null, start: number): void {
    if (domain > 0) this.operations.push({ kind: 'copy', domain, output, operands: [operand], places, start });
  }

  map(
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
      const numbers = operands.map((operand) => knownAt(operand, i));
      const value = foldElementwise(primitive, numbers, parameters, dtype);
      if (value === undefined) throw new InputError(`the engine cannot run the primitive "${primitive}" in loops`);
      values[i] = value;
    }
    return { values, dtype };
  }
}
