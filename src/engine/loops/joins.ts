/** Arrays that are put together from others. */
import type { Dtype } from '../program.ts';
import { inOrder } from './indexMaps.ts';
import { knownAt, type OperationBuilder } from './operationBuilder.ts';
import { isKnown, type Operand, type Read } from './operations.ts';

export interface Part {
  readonly operand: Operand;
  /** Of its entries in the whole. */
  readonly places: Int32Array;
}

/** An array of parts: one of another array's entries in other places where all are of one, else they are copied. */
export function join(
  builder: OperationBuilder, parts: readonly Part[], size: number, dtype: Dtype
): Operand {
  if (parts.every(({ operand }) => isKnown(operand))) {
    const values = new Float64Array(size);
    for (const { operand, places } of parts) places.forEach((place, i) => {
      if (isKnown(operand)) values[place] = knownAt(operand, i);
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
    return { tensor, index: inOrder(index, builder.tensors[tensor].size) };
  }
  const output = builder.tensor(size, dtype);
  for (const { operand, places } of parts) {
    const start = places[0] ?? 0;
    const consecutive = places.every((place, i) => place === start + i);
    builder.copy(operand, places.length, output, consecutive ? null : places, consecutive ? start : 0);
  }
  return { tensor: output, index: null };
}
