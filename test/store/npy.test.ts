import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { createNpyWriter, encodeNpy, readNpy, readNpyFrom, writeNpy } from '../../src/store/npy.ts';
import { bytesSource } from '../../src/store/source.ts';
import { InputError } from '../../src/errors.ts';
import { bits, npyArrays } from './arrays.ts';
import { freshFolder, inputError } from './folder.ts';

/** What numpy 1.20 and later write: the dictionary, spaces, a newline, to 128 bytes; then the numbers. */
function numpyFile(dictionary: string, body: readonly number[]): Uint8Array {
  const header = dictionary.padEnd(117) + '\n';
  return Buffer.concat([Buffer.from('\x93NUMPY\x01\x00\x76\x00', 'latin1'), Buffer.from(header, 'latin1'), Uint8Array.from(body)]);
}
const decode = (bytes: Uint8Array): ReturnType<typeof readNpyFrom> => readNpyFrom(bytesSource('x.npy', bytes));
const plain = "{'descr': '<i4', 'fortran_order': False, 'shape': (2,), }";
const twoIntegers = [1, 0, 0, 0, 0xfe, 0xff, 0xff, 0xff];

describe('npy', () => {
  it('reads what numpy writes, byte for byte', () => {
    const float64 = numpyFile("{'descr': '<f8', 'fortran_order': False, 'shape': (1, 2), }", [0, 0, 0, 0, 0, 0, 0xf0, 0x3f, 0, 0, 0, 0, 0, 0, 0, 0x80]);
    assert.deepEqual(decode(float64), { dtype: 'float64', shape: [1, 2], data: Float64Array.of(1, -0) });
    const scalar = numpyFile("{'descr': '<f4', 'fortran_order': False, 'shape': (), }", [0, 0, 0xc0, 0x7f]);
    assert.deepEqual(decode(scalar), { dtype: 'float32', shape: [], data: Float32Array.of(NaN) });
    assert.deepEqual(decode(numpyFile(plain, twoIntegers)), { dtype: 'int32', shape: [2], data: Int32Array.of(1, -2) });
  });

  it('writes numpy’s bytes', () => {
    const [header, body] = encodeNpy({ dtype: 'int32', shape: [2], data: Int32Array.of(1, -2) });
    // numpy rounds the header up to 64 bytes; 128 appears where it leaves room for the array to grow.
    assert.equal(Buffer.from(header).toString('latin1'), '\x93NUMPY\x01\x00\x76\x00' + plain.padEnd(117) + '\n');
    assert.deepEqual([...body], twoIntegers);
    assert.equal(encodeNpy({ dtype: 'float32', shape: [], data: Float32Array.of(0) })[0].length % 64, 0);
  });

  it('gives back every bit of every array', () => {
    const path = join(freshFolder(), 'x.npy');
    fc.assert(fc.property(npyArrays, (array) => {
      writeNpy(path, array);
      assert.deepEqual(bits(readNpy(path)), bits(array));
    }), { seed: 1, numRuns: 60 });
  });

  it('accepts the dictionary in any order and spacing', () => {
    for (const text of ["{ 'shape':(2 , ),'fortran_order':False , 'descr':'<i4'}", "{'descr': '<i4', 'shape': (1,2), 'fortran_order': False}"]) {
      assert.deepEqual([...decode(numpyFile(text, twoIntegers)).data], [1, -2]);
    }
  });

  it('appends pieces in bounded memory to the same bytes as a whole array', () => {
    const folder = freshFolder();
    fc.assert(fc.property(fc.array(fc.array(fc.double(), { maxLength: 5 })), (pieces) => {
      const data = Float64Array.from(pieces.flat());
      const whole = join(folder, 'whole.npy');
      const parts = join(folder, 'parts.npy');
      writeNpy(whole, { dtype: 'float64', shape: [data.length], data });
      const writer = createNpyWriter(parts, { dtype: 'float64', shape: [data.length] });
      for (const piece of pieces) writer.append(Float64Array.from(piece));
      writer.close();
      assert.deepEqual(readFileSync(parts), readFileSync(whole));
    }), { seed: 2, numRuns: 30 });
  });

  it('takes views and shared memory', () => {
    const path = join(freshFolder(), 'x.npy');
    const shared = new Float64Array(new SharedArrayBuffer(64));
    shared.set([0, 1, 2, 3, 4, 5, 6, 7]);
    const writer = createNpyWriter(path, { dtype: 'float64', shape: [2, 2] });
    writer.append(shared.subarray(1, 3));
    writer.append(shared.subarray(5, 7));
    writer.close();
    assert.deepEqual(readNpy(path), { dtype: 'float64', shape: [2, 2], data: Float64Array.of(1, 2, 5, 6) });
  });

  it('shows nothing before close, and removes the temporary on abort or misuse', () => {
    const folder = freshFolder();
    const path = join(folder, 'x.npy');
    const begin = (): ReturnType<typeof createNpyWriter<'float32'>> => createNpyWriter(path, { dtype: 'float32', shape: [2] });
    const first = begin();
    first.append(Float32Array.of(1));
    assert.equal(existsSync(path), false);
    first.abort();
    assert.throws(() => begin().append(Float32Array.of(1, 2, 3)), RangeError);
    const third = begin();
    assert.throws(() => third.close(), /0 elements written, shape \[2\] takes 2/);
    assert.throws(() => third.append(Float32Array.of(1, 2)), /no longer being written/);
    assert.throws(() => writeNpy(path, { dtype: 'float32', shape: [3], data: Float32Array.of(1) }), RangeError);
    assert.deepEqual(readdirSync(folder), []);
  });

  it('gives an InputError for every truncation and for trailing bytes', () => {
    const whole = numpyFile(plain, twoIntegers);
    for (let length = 0; length < whole.length; length++) {
      assert.throws(() => decode(whole.subarray(0, length)), inputError(/^x\.npy is truncated: \d+ bytes, where .+ \d+$/), `${length} bytes`);
    }
    assert.throws(() => decode(Buffer.concat([whole, Buffer.of(0)])), inputError(/x\.npy has 1 bytes too many: 137, where int32 \[2\] takes 136/));
  });

  it('names what it does not read and what would be right', () => {
    const cases: [text: string, pattern: RegExp][] = [
      [plain.replace('<i4', '<i8'), /dtype '<i8'; this program reads '<f8', '<f4' and '<i4': save x\.astype\('<f8'\)/],
      [plain.replace('<i4', '>f8'), /dtype '>f8'/],
      [plain.replace("'<i4'", "[('a', '<f8')]"), /dtype \[\('a', '<f8'\)\]/],
      [plain.replace('False', 'True'), /Fortran order; this program reads C order: save numpy\.ascontiguousarray/],
      [plain.replace('(2,)', '(2)'), /damaged \.npy header/],
      [plain.replace('(2,)', '(-2,)'), /damaged \.npy header/],
      [plain.replace('(2,)', '(99999999999, 99999999999)'), /impossible shape/],
      [plain.replace('(2,)', `(${'9'.repeat(60)},)`), /impossible shape/],
      [plain.replace(", 'shape': (2,)", ''), /damaged \.npy header/],
      [plain.replace('}', 'x}'), /damaged \.npy header/],
      ['', /damaged \.npy header/],
    ];
    for (const [text, pattern] of cases) assert.throws(() => decode(numpyFile(text, twoIntegers)), inputError(pattern), text);
    const version2 = Buffer.from(numpyFile(plain, twoIntegers));
    version2[6] = 2;
    assert.throws(() => decode(version2), inputError(/version 2\.0; this program reads 1\.0/));
    assert.throws(() => decode(Buffer.from('PK\x03\x04 and so on')), inputError(/not a \.npy file: it begins with 50 4b 03 04 20 61, not 93 4e 55 4d 50 59/));
  });

  it('meets damage anywhere in the header with InputError or a valid array', () => {
    const whole = numpyFile(plain, twoIntegers);
    fc.assert(fc.property(fc.array(fc.tuple(fc.nat(135), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 4 }), (changes) => {
      const bytes = Uint8Array.from(whole);
      for (const [position, value] of changes) bytes[position] = value;
      try {
        assert.equal(decode(bytes).data.byteLength, 8);
      } catch (error) {
        assert.ok(error instanceof InputError, String(error));
        assert.doesNotMatch(error.message, /[\r\n]/);
      }
    }), { seed: 3, numRuns: 2000 });
  });

  it('names files that cannot be read', () => {
    const folder = freshFolder();
    mkdirSync(join(folder, 'd.npy'));
    assert.throws(() => readNpy(join(folder, 'none.npy')), inputError(/^no such file while reading .*none\.npy: correct the name, then try again$/, 2));
    assert.throws(() => readNpy(join(folder, 'd.npy')), inputError(/not a regular file/));
    const odd = join(folder, 'a\nb.npy');
    writeFileSync(odd, '');
    assert.throws(() => readNpy(odd), inputError(/"[^"]*a\\nb\.npy" is truncated/));
  });
});
