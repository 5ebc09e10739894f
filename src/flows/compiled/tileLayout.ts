/** Where the parts of one tile of points lie in memory. */
import { blockLayout, type LayerKind } from './layout.ts';

/** Bytes of one tile's parts, from the tile's address. */
export interface TileLayout {
  /** Columns before the first step, before the second, …, after the last: [steps + 1, d, T]. */
  readonly columns: number;
  readonly logDet: number;
  readonly columnGradients: number;
  readonly logDetGradient: number;
  /** The block of each step of the pass. */
  readonly blocks: readonly number[];
  readonly size: number;
}

/**
 * @param steps the layers in the order in which the pass meets them @param row bytes of a row of points
 * @param kept whether the blocks stay for the way back; else all steps use one in turn, and there are no gradients
 */
export function tileLayout(steps: readonly LayerKind[], row: number, kept: boolean): TileLayout {
  const { dimension } = steps[0];
  let next = 0;
  const take = (bytes: number): number => {
    const at = next;
    next += bytes;
    return at;
  };
  const columns = take((steps.length + 1) * dimension * row);
  const logDet = take(row);
  const [columnGradients, logDetGradient] = kept ? [take(dimension * row), take(row)] : [columns, logDet];
  const sizes = steps.map((kind) => blockLayout(kind, row).size);
  const shared = kept ? 0 : take(sizes.reduce((a, b) => Math.max(a, b), 0));
  const blocks = sizes.map((size) => (kept ? take(size) : shared));
  return { columns, logDet, columnGradients, logDetGradient, blocks, size: Math.ceil(next / 64) * 64 };
}
