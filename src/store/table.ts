/** Tables of numbers from files: .csv and .tsv with a line of names, and .npy. */
import { constants } from 'node:buffer';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CsvError, parse } from 'csv-parse/sync';
import { InputError } from '../errors.ts';
import { nearestName } from '../nearestName.ts';
import type { Table } from '../targets/noise.ts';
import { oneLine } from './fileError.ts';
import { readNpyFrom } from './npy.ts';
import { readBytes, withFile, type Source } from './source.ts';

export interface ReadTableOptions {
  /**
   * The columns to read, in this order; default: all. Of a .csv or .tsv, names of its first line. The columns of a .npy
   * file are x1, x2, …; one name for each of them gives them other names.
   */
  readonly columns?: readonly string[];
}

/**
 * A table of finite numbers, from .csv or .tsv (UTF-8, one line of names, then a line per row; columns that are not
 * asked for may hold anything) or .npy (shape [rows, columns], or [rows] for one column).
 * @param path a path, or a file: URL such as `new URL('./data.csv', import.meta.url)`
 * @throws InputError saying where the file is not such a table: what is missing or no number is named, never skipped or
 * filled in
 */
export function readTable(path: string | URL, { columns }: ReadTableOptions = {}): Table {
  const file = tablePath(path);
  return withFile(file, (source) => {
    checkColumns(source.name, columns);
    const extension = extname(file).toLowerCase();
    switch (extension) {
      case '.csv':
        return readText(source, ',', columns);
      case '.tsv':
        return readText(source, '\t', columns);
      case '.npy':
        return readArray(source, columns);
      default:
        throw new InputError(
          `${source.name}: tables are read from .csv, .tsv and .npy, not from `
            + `${extension === '' ? 'a file without such an ending' : extension}`
        );
    }
  });
}

/** The path of a file that a definition names. @throws InputError for a URL of anything but a file */
export function tablePath(path: string | URL): string {
  if (!(path instanceof URL)) return path;
  try {
    return fileURLToPath(path);
  } catch (error) {
    throw new InputError(
      `cannot read ${oneLine(path.href)}: tables are read from files; give a path or a file: URL`, { cause: error }
    );
  }
}

function checkColumns(file: string, columns: readonly string[] | undefined): void {
  if (columns?.length === 0)
    throw new InputError(`${file}: columns is an empty list; name the columns to read, or leave it out to read all`);
  const twice = columns?.find((name, j) => columns.indexOf(name) !== j);
  if (twice !== undefined)
    throw new InputError(`${file}: columns names ${quoted(twice)} twice; name every column once`);
}

/** Where the wanted columns are among those of the file. */
function positions(file: string, names: readonly string[], wanted: readonly string[]): number[] {
  return wanted.map((name) => {
    const at = names.indexOf(name);
    if (at >= 0) return at;
    const near = nearestName(name, names);
    throw new InputError(
      `${file} has no column ${quoted(name)}${near === null ? '' : `, did you mean ${quoted(near)}?`} (its `
        + `columns: ${oneLine(names.join(', '))})`
    );
  });
}

function readText(source: Source, delimiter: ',' | '\t', wanted: readonly string[] | undefined): Table {
  const file = source.name;
  const wrong = (what: string, cause?: unknown): InputError => new InputError(`${file}${what}`, { cause });
  const values: number[] = [];
  let names: string[] = [];
  let read: number[] = [];
  let lastLine = 0;
  let emptyLine = 0;
  const take = (fields: string[], { lines: line }: { readonly lines: number }): null => {
    lastLine = line;
    if (fields.length === 1 && fields[0] === '') {
      emptyLine ||= line;
      return null;
    }
    // At the end of a file empty lines mean nothing.
    if (emptyLine > 0) throw wrong(`: line ${emptyLine} is empty; remove it, or fill it in`);
    if (names.length === 0) {
      names = fields;
      read = header(file, fields, wanted);
      return null;
    }
    if (fields.length !== names.length) throw wrong(
      `: line ${line} has ${count(fields.length, 'field')}, where line 1 names ${count(names.length, 'column')}`
    );
    for (const j of read) {
      values.push(numberIn(fields[j], (what, remedy) => {
        const others = wanted === undefined && names.length > 1 ? ', or name the columns to read: { columns: […] }'
          : '';
        return wrong(`: line ${line}, column ${quoted(names[j])}: ${what}; ${remedy}${others}`);
      }));
    }
    return null;
  };
  try {
    parse(textOf(source), { delimiter, record_delimiter: '\n', trim: true, relax_column_count: true, on_record: take });
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const what = error.code === 'CSV_QUOTE_NOT_CLOSED' ? 'opens a quote and never closes it'
      : 'has a quote inside a field';
    throw wrong(
      `: the row that begins in line ${lastLine + 1} ${what}; write a quote as "" in a field between quotes`, error
    );
  }
  if (names.length === 0) throw wrong(' is empty; a table has a line of names, then a line per row');
  if (values.length === 0) throw wrong(' has a line of names and no rows; a table has a line per row after it');
  return { rows: values.length / read.length, columns: read.map((j) => names[j]), data: Float64Array.from(values) };
}

/** The positions of the columns to read, from the first line. */
function header(file: string, names: readonly string[], wanted: readonly string[] | undefined): number[] {
  const twice = names.find((name, j) => name !== '' && names.indexOf(name) !== j);
  if (twice !== undefined)
    throw new InputError(`${file}: line 1 names column ${quoted(twice)} twice; give every column its own name`);
  if (wanted !== undefined) return positions(file, names, wanted);
  if (names.every((name) => NUMBER.test(name))) throw new InputError(
    `${file}: line 1 has only numbers, where the names of the columns should be; add a line of names`
  );
  const nameless = names.indexOf('');
  if (nameless >= 0) throw new InputError(
    `${file}: line 1 has no name for column ${nameless + 1}; name it, or name the columns to read: { `
      + 'columns: […] }'
  );
  return names.map((_, j) => j);
}

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;
const MISSING = /^(?:|na|n\/a|nan|null|none|\?)$/i;
const INFINITE = /^[+-]?inf(?:inity)?$/i;

function numberIn(field: string, wrong: (what: string, remedy: string) => InputError): number {
  if (MISSING.test(field))
    throw wrong(`a missing value${field === '' ? '' : ` (${field})`}`, 'drop the row, or fill it in');
  const value = NUMBER.test(field) ? Number(field) : NaN;
  if (INFINITE.test(field) || Math.abs(value) === Infinity)
    throw wrong(`${oneLine(field)} is not finite`, 'drop the row, or give a finite number');
  if (Number.isNaN(value)) throw wrong(`${quoted(field)} is not a number`, 'write numbers as 1.5 or -2e-3');
  return value;
}

/** The text, with \n as its only line break. */
function textOf(source: Source): string {
  if (source.size > constants.MAX_STRING_LENGTH) throw new InputError(
    `${source.name} has ${source.size} bytes, more than the ${constants.MAX_STRING_LENGTH} of a text that `
      + 'this program reads; save it as .npy'
  );
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(readBytes(source, 0, source.size)).replace(/\r\n?/g, '\n');
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw new InputError(`${source.name} is not text in UTF-8; save it in that encoding`, { cause: error });
  }
}

function readArray(source: Source, wanted: readonly string[] | undefined): Table {
  const { name: file } = source;
  const { shape, data } = readNpyFrom(source);
  if (shape.length !== 1 && shape.length !== 2) throw new InputError(
    `${file} has shape [${shape.join(', ')}]; a table has two axes [rows, columns], or one axis for one column`
  );
  const [rows, d = 1] = shape;
  if (rows === 0 || d === 0)
    throw new InputError(`${file} is empty: shape [${shape.join(', ')}]; a table has at least one row and one column`);
  const own = Array.from({ length: d }, (_, j) => `x${j + 1}`);
  const renames = wanted !== undefined && wanted.length === d && !wanted.every((name) => own.includes(name));
  const columns = wanted ?? own;
  const read = renames ? own.map((_, j) => j) : positions(file, own, columns);
  const values = Float64Array.from({ length: rows * read.length }, (_, i) => {
    const [row, j] = [Math.floor(i / read.length), read[i % read.length]];
    const value = data[row * d + j];
    if (!Number.isFinite(value)) throw new InputError(
      `${file}: row ${row + 1}, column ${quoted(columns[i % read.length])}: ${value} is not finite; drop the `
        + 'row, or fill it in'
    );
    return value;
  });
  return { rows, columns: [...columns], data: values };
}

const quoted = (text: string): string => JSON.stringify(oneLine(text));
const count = (n: number, what: string): string => `${n} ${what}${n === 1 ? '' : 's'}`;
