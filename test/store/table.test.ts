import assert from 'node:assert/strict';
import { mkdirSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import fc from 'fast-check';
import { InputError } from '../../src/errors.ts';
import { matrixColumns, writeCsv } from '../../src/store/csv.ts';
import { writeNpy, type NpyArray } from '../../src/store/npy.ts';
import { readTable, type ReadTableOptions } from '../../src/store/table.ts';
import { freshFolder, inputError } from './folder.ts';

function file(name: string, content: string | Uint8Array): string {
  const path = join(freshFolder(), name);
  writeFileSync(path, content);
  return path;
}
const csv = (content: string | Uint8Array, options?: ReadTableOptions): ReturnType<typeof readTable> => readTable(file('x.csv', content), options);
function npy(array: NpyArray, options?: ReadTableOptions): ReturnType<typeof readTable> {
  const path = join(freshFolder(), 'x.npy');
  writeNpy(path, array);
  return readTable(path, options);
}
const table = (columns: string[], ...data: number[]): unknown => ({ rows: data.length / columns.length, columns, data: Float64Array.from(data) });

describe('tables from .csv and .tsv', () => {
  it('reads a line of names and a line per row', () => {
    const path = file('x.CSV', 'a,b\n1,-2.5e-3\n.5,+4.\n');
    assert.deepEqual(readTable(path), table(['a', 'b'], 1, -2.5e-3, 0.5, 4));
    assert.deepEqual(readTable(pathToFileURL(path)), readTable(path));
    assert.deepEqual(readTable(file('x.tsv', 'a\tb, c\n1\t 2\n')), table(['a', 'b, c'], 1, 2));
  });

  it('takes a BOM, any line ends, quotes, spaces, and empty lines at the end', () => {
    const expected = table(['a', 'b "c", d'], 1, 2, 3, 4);
    for (const end of ['\n', '\r\n', '\r']) {
      const lines = ['a ,"b ""c"", d"', ' 1,"2"', '3, 4'].join(end);
      for (const text of [lines, lines + end, `\ufeff${lines}${end}${end}  ${end}`]) assert.deepEqual(csv(text), expected, JSON.stringify(text));
    }
  });

  it('picks and orders columns, and lets the others hold anything', () => {
    const text = ',species,mass,length\n1,Adélie,NA,1\n2,"Gentoo\r\nor so",,2\n';
    assert.deepEqual(csv(text, { columns: ['length', ''] }), table(['length', ''], 1, 1, 2, 2));
    assert.deepEqual(csv('2019,2020\n1,2\n', { columns: ['2020'] }), table(['2020'], 2));
  });

  it('reads back what writeCsv writes, bit for bit', () => {
    const path = join(freshFolder(), 'x.csv');
    const name = fc.string({ minLength: 1 }).filter((text) => text.trim() === text && /[a-z]/.test(text) && !text.includes('\r'));
    const finite = fc.double({ noNaN: true, noDefaultInfinity: true });
    const tables = fc.uniqueArray(name, { minLength: 1, maxLength: 4 }).chain((columns) => fc.record({
      columns: fc.constant(columns),
      data: fc.array(fc.tuple(...columns.map(() => finite)), { minLength: 1, maxLength: 5 }).map((rows) => Float64Array.from(rows.flat())),
    }));
    fc.assert(fc.property(tables, ({ columns, data }) => {
      writeCsv(path, matrixColumns(columns, data));
      assert.deepEqual(readTable(path), { rows: data.length / columns.length, columns, data });
    }), { seed: 1, numRuns: 60 });
  });

  it('says what is wrong, in which line of the file, and what would be right', () => {
    const cases: [text: string | Uint8Array, pattern: RegExp, columns?: string[]][] = [
      ['', /x\.csv is empty; a table has a line of names/],
      ['\ufeff\r\n \r\n', /x\.csv is empty/],
      ['a,b\n\n', /x\.csv has a line of names and no rows/],
      ['a,b\n1,2\n3\n', /: line 3 has 1 field, where line 1 names 2 columns$/],
      ['a\n1\n2,3\n', /: line 3 has 2 fields, where line 1 names 1 column$/],
      ['"a\r\na",b\r\n1,2\r\n3,4,5', /: line 4 has 3 fields/],
      ['a,b\n\n1,2\n', /: line 2 is empty; remove it, or fill it in$/],
      ['a\n1\n""\n\n2\n', /: line 3 is empty/],
      ['\na\n1\n', /: line 1 is empty/],
      ['a,b\n1,2\n3,\n', /: line 3, column "b": a missing value; drop the row, or fill it in, or name the columns to read: \{ columns: \[…\] \}$/],
      ['a,b\n1,NA\n', /: line 2, column "b": a missing value \(NA\); drop the row, or fill it in$/, ['b']],
      ['a\r\n1\r\nnan\r\n', /: line 3, column "a": a missing value \(nan\); drop the row, or fill it in$/],
      ['a\n-Infinity\n', /: line 2, column "a": -Infinity is not finite/],
      ['a\n1e999\n', /: line 2, column "a": 1e999 is not finite/],
      ['a,b\n1,"3,5"\n', /: line 2, column "b": "3,5" is not a number; write numbers as 1\.5 or -2e-3, or name the columns/],
      ['a\n0x10\n', /"0x10" is not a number/],
      ['a\n1 2\n', /"1 2" is not a number/],
      ['a\n"1\n\u20282"\n', /"1 2" is not a number/],
      ['1,2\n3,4\n', /: line 1 has only numbers, where the names of the columns should be/],
      ['a,b,a\n1,2,3\n', /: line 1 names column "a" twice/, ['b']],
      ['a,,b\n1,2,3\n', /: line 1 has no name for column 2; name it, or name the columns to read/],
      ['length,depth\n1,2\n', /x\.csv has no column "lenght", did you mean "length"\? \(its columns: length, depth\)$/, ['depth', 'lenght']],
      ['a,b\n1,2\n', /x\.csv has no column "mass" \(its columns: a, b\)$/, ['mass']],
      ['a,b\n1,2\n', /columns is an empty list/, []],
      ['a,b\n1,2\n', /columns names "a" twice/, ['a', 'a']],
      ['a,b\n1,2\n3,"4"5\n', /: the row that begins in line 3 has a quote inside a field; write a quote as ""/],
      ['a,b\n1,2\n3,4"\n', /: the row that begins in line 3 has a quote inside a field/],
      ['a,b\n1,2\n3,"4\n5,6\n', /: the row that begins in line 3 opens a quote and never closes it/],
      [Uint8Array.of(0x61, 0xe9, 0x0a, 0x31), /x\.csv is not text in UTF-8/],
    ];
    for (const [text, pattern, columns] of cases) {
      assert.throws(() => csv(text, columns === undefined ? {} : { columns }), inputError(pattern, 2), JSON.stringify(text));
    }
  });

  it('meets any text with InputError or a table of finite numbers', () => {
    const piece = fc.constantFrom('a', 'b', '1', '-2.5', 'NaN', 'e9', ',', ',', '\n', '\n', '\r\n', '"', '""', ' ', '\t', '\u2028', '\0');
    const path = join(freshFolder(), 'x.csv');
    fc.assert(fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      writeFileSync(path, pieces.join(''));
      try {
        const { rows, columns, data } = readTable(path);
        assert.ok(rows > 0 && data.length === rows * columns.length && data.every(Number.isFinite));
      } catch (error) {
        assert.ok(error instanceof InputError, String(error));
        assert.doesNotMatch(error.message, /[\r\n]/);
      }
    }), { seed: 2, numRuns: 1000 });
  });
});

describe('tables from .npy', () => {
  const matrix: NpyArray = { dtype: 'int32', shape: [2, 3], data: Int32Array.of(1, 2, 3, 4, 5, 6) };

  it('reads two axes, or one as one column', () => {
    assert.deepEqual(npy(matrix), table(['x1', 'x2', 'x3'], 1, 2, 3, 4, 5, 6));
    assert.deepEqual(npy({ dtype: 'float32', shape: [2], data: Float32Array.of(0.5, -0) }), table(['x1'], 0.5, -0));
    assert.deepEqual(npy({ dtype: 'float64', shape: [1, 1], data: Float64Array.of(0.1) }), table(['x1'], 0.1));
  });

  it('names columns, or picks them', () => {
    assert.deepEqual(npy(matrix, { columns: ['a', 'x1', 'c'] }), table(['a', 'x1', 'c'], 1, 2, 3, 4, 5, 6));
    assert.deepEqual(npy(matrix, { columns: ['x3', 'x1'] }), table(['x3', 'x1'], 3, 1, 6, 4));
    assert.deepEqual(npy(matrix, { columns: ['x3', 'x1', 'x2'] }), table(['x3', 'x1', 'x2'], 3, 1, 2, 6, 4, 5));
  });

  it('says what is wrong, where, and what would be right', () => {
    const cases: [array: NpyArray, pattern: RegExp, columns?: string[]][] = [
      [{ dtype: 'float64', shape: [], data: Float64Array.of(1) }, /x\.npy has shape \[\]; a table has two axes \[rows, columns\], or one axis/],
      [{ dtype: 'float64', shape: [1, 1, 1], data: Float64Array.of(1) }, /x\.npy has shape \[1, 1, 1\]; a table has two axes/],
      [{ dtype: 'float64', shape: [0, 3], data: new Float64Array(0) }, /x\.npy is empty: shape \[0, 3\]/],
      [{ dtype: 'float64', shape: [3, 0], data: new Float64Array(0) }, /x\.npy is empty: shape \[3, 0\]/],
      [{ dtype: 'float64', shape: [2, 2], data: Float64Array.of(1, 2, NaN, 4) }, /x\.npy: row 2, column "x1": NaN is not finite; drop the row/],
      [{ dtype: 'float32', shape: [1, 2], data: Float32Array.of(0, -Infinity) }, /row 1, column "b": -Infinity is not finite/, ['a', 'b']],
      [matrix, /x\.npy has no column "x4", did you mean "x1"\? \(its columns: x1, x2, x3\)$/, ['x1', 'x4']],
      [matrix, /columns names "x1" twice/, ['x1', 'x1', 'x2']],
    ];
    for (const [array, pattern, columns] of cases) {
      assert.throws(() => npy(array, columns === undefined ? {} : { columns }), inputError(pattern, 2), String(pattern));
    }
    const long = Buffer.from("\x93NUMPY\x01\x00\x76\x00{'descr': '<i8', 'fortran_order': False, 'shape': (1,), }", 'latin1');
    assert.throws(() => readTable(file('x.npy', Buffer.concat([long, Buffer.alloc(136 - long.length, ' ')]))), inputError(/dtype '<i8'; this program reads '<f8'/));
  });
});

describe('files of tables', () => {
  it('names what is no file, or no file of a table', () => {
    const folder = freshFolder();
    mkdirSync(join(folder, 'd.csv'));
    assert.throws(() => readTable(join(folder, 'none.csv')), inputError(/^no such file while reading .*none\.csv: correct the name, then try again$/, 2));
    assert.throws(() => readTable(pathToFileURL(join(folder, 'none.csv'))), inputError(/^no such file while reading .*none\.csv/));
    assert.throws(() => readTable(join(folder, 'd.csv')), inputError(/d\.csv: it is not a regular file/));
    assert.throws(() => readTable(file('x.xlsx', '')), inputError(/x\.xlsx: tables are read from \.csv, \.tsv and \.npy, not from \.xlsx$/));
    assert.throws(() => readTable(file('data', '')), inputError(/not from a file without such an ending$/));
    assert.throws(() => readTable(new URL('https://example.org/x.csv')), inputError(/cannot read https:\/\/example\.org\/x\.csv: .* a path or a file: URL$/));
  });

  it('says that a text is too long before it reads it', () => {
    const path = file('x.csv', 'a\n');
    truncateSync(path, 2 ** 30);
    assert.throws(() => readTable(path), inputError(/x\.csv has 1073741824 bytes, more than the \d+ .*; save it as \.npy$/));
  });
});
