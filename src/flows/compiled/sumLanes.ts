/** Sums over the lanes of several vectors at once. */
import type { FunctionBuilder } from '../../engine/wasm/functionBuilder.ts';
import type { Lanes } from '../../engine/wasm/lanes.ts';
import { v128, type V128 } from '../../engine/wasm/instructions.ts';

/** Bytes of lanes of 4 or 8 bytes, of two operands. */
const pick = (bytes: number, ...lanesOfBoth: readonly number[]): number[] =>
  lanesOfBoth.flatMap((lane) => Array.from({ length: bytes }, (_, k) => lane * bytes + k));

/**
 * Lane k of the result is the sum of the lanes of vector k; at most `lanes.width` vectors, missing ones count as zero.
 */
export function sumLanes(f: FunctionBuilder, lanes: Lanes, vectors: readonly V128[]): V128 {
  const all = [...vectors, ...Array<V128>(lanes.width - vectors.length).fill(lanes.constant(0))];
  if (lanes.width === 2) {
    const [a, b] = all.map((vector) => f.let(vector));
    return f.let(lanes.add(v128.shuffle(pick(8, 0, 2), a, b), v128.shuffle(pick(8, 1, 3), a, b)));
  }
  const [a, b, c, d] = all.map((vector) => f.let(vector));
  const halves = (p: V128, q: V128): V128 =>
    f.let(lanes.add(v128.shuffle(pick(4, 0, 4, 1, 5), p, q), v128.shuffle(pick(4, 2, 6, 3, 7), p, q)));
  const [x, y] = [halves(a, b), halves(c, d)];
  return f.let(lanes.add(v128.shuffle(pick(4, 0, 1, 4, 5), x, y), v128.shuffle(pick(4, 2, 3, 6, 7), x, y)));
}
