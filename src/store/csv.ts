/** Comma-separated values: one header line, then one line per row, every number with all its digits. */
import { openAtomic, type WriteOptions } from './atomic.ts';

export interface CsvColumn {
  name: string;
  length: number;
  at(row: number): number;
}

/** A column of its own. @param values shape [n] */
export function vectorColumn(name: string, values: ArrayLike<number>): CsvColumn {
  return { name, length: values.length, at: (row) => values[row] };
}

/** The columns of a matrix in C order. @param names one per column @param values shape [n, names.length] */
export function matrixColumns(names: readonly string[], values: ArrayLike<number>): CsvColumn[] {
  const d = names.length;
  return names.map((name, j) => ({ name, length: values.length / d, at: (row) => values[row * d + j] }));
}

const ROWS_AT_ONCE = 1024;

/**
 * Writes columns of equal length; text exists for a thousand rows at a time.
 * A float64 reads back as the same bits (NaN, Infinity and -Infinity are spelled so; −0 keeps its sign).
 * @throws RangeError if lengths differ; InputError (exit code 1) if the disk refuses
 */
export function writeCsv(path: string, columns: readonly CsvColumn[], options: WriteOptions = {}): void {
  const rows = columns[0]?.length ?? 0;
  const odd = columns.find(({ length }) => length !== rows);
  if (odd !== undefined) throw new RangeError(`column ${odd.name} has ${odd.length} rows, the first has ${rows}`);
  const file = openAtomic(path, options);
  file.write(Buffer.from(columns.map(({ name }) => quoted(name)).join(',') + '\n'));
  for (let begin = 0; begin < rows; begin += ROWS_AT_ONCE) {
    let text = '';
    for (let row = begin; row < Math.min(rows, begin + ROWS_AT_ONCE); row++) {
      text += columns.map((column) => number(column.at(row))).join(',') + '\n';
    }
    file.write(Buffer.from(text));
  }
  file.commit();
}

function number(x: number): string {
  return Object.is(x, -0) ? '-0.0' : String(x);
}

/** RFC 4180: a name with a comma, quote or line break goes in quotes. */
function quoted(name: string): string {
  return /[",\r\n]/.test(name) ? `"${name.replaceAll('"', '""')}"` : name;
}
