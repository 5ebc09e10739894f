/** An energy written on arrays, with points at which it is worth evaluating and the numbers it is made of. */
import type { Target } from '../../targets/target.ts';

export interface ArrayEnergy {
  readonly target: Target;
  /** Points where chains would be: near a minimum, or as the prior has them. Shape [n, d]; the same at every call. */
  readonly points: (n: number) => Float64Array;
  /** All that the formula needs besides the point, for those who write it anew. */
  readonly constants: Readonly<Record<string, number | ArrayLike<number>>>;
}

/** A list of plain numbers as an index that arrays can be taken by. */
export const indices = (values: readonly number[]): Int32Array => Int32Array.from(values);
