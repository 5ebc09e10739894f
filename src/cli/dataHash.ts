/** The data of a target by their hash: a run goes on with the rows that it began with. */
import { createHash } from 'node:crypto';
import type { Target } from '../targets/target.ts';

/** SHA-256 of rows, names of columns and numbers; null for a target that is no sum over rows. */
export function dataHashOf({ sum }: Target): string | null {
  if (sum === undefined) return null;
  const { rows, columns, data } = sum.data;
  return createHash('sha256').update(JSON.stringify([rows, columns]))
    .update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength)).digest('hex');
}
