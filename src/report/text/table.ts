/** Tables of plain cells, and how a terminal shows them. */
import { UNKNOWN } from '../page/format.ts';

/** Columns padded to a common width; the first to the left, the others to the right. */
export function textTable(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0].map((_, k) => Math.max(...rows.map((row) => row[k].length)));
  return rows.map(
    (row) => row.map((cell, k) => (k === 0 ? cell.padEnd(widths[k]) : cell.padStart(widths[k]))).join('  ').trimEnd()
  );
}

/** The table without columns of which no row knows anything. */
export function withoutUnknown(rows: readonly (readonly string[])[]): string[][] {
  const [header, ...body] = rows;
  const kept = header.map((_, k) => k === 0 || body.some((row) => row[k] !== '' && row[k] !== UNKNOWN));
  return rows.map((row) => row.filter((_, k) => kept[k]));
}
