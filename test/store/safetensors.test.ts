import assert from 'node:assert/strict';
import { join } from 'node:path';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { InputError } from '../../src/errors.ts';
import { expectArray, type StoredArray } from '../../src/store/array.ts';
import { encodeSafetensors, readSafetensors, readSafetensorsFrom, writeSafetensors, type Tensors } from '../../src/store/safetensors.ts';
import { bytesSource } from '../../src/store/source.ts';
import { bits, storedArrays } from './arrays.ts';
import { freshFolder, inputError } from './folder.ts';

const decode = (bytes: Uint8Array): Tensors => readSafetensorsFrom(bytesSource('x.safetensors', bytes));
function handMade(header: unknown, body: readonly number[] = [], text = JSON.stringify(header)): Uint8Array {
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(Buffer.byteLength(text)));
  return Buffer.concat([length, Buffer.from(text), Uint8Array.from(body)]);
}
const one = { a: { dtype: 'F32', shape: [1], data_offsets: [0, 4] } };
const body = [0, 0, 0x80, 0x3f];
const sameTensors = (tensors: Record<string, StoredArray>): unknown => Object.fromEntries(Object.entries(tensors).map(([name, array]) => [name, bits(array)]));
const names = fc.oneof(fc.string(), fc.nat().map(String), fc.constant('__proto__')).filter((name) => name !== '__metadata__');

describe('safetensors', () => {
  it('reads a hand-made file', () => {
    const { tensors, metadata } = decode(handMade({ __metadata__: { by: 'hand' }, ...one }, body));
    assert.deepEqual(tensors, { a: { dtype: 'float32', shape: [1], data: Float32Array.of(1) } });
    assert.deepEqual(metadata, { by: 'hand' });
    assert.deepEqual(decode(handMade({})), { tensors: {}, metadata: {} });
  });

  it('writes sorted names, aligned data and no gaps', () => {
    const bytes = Buffer.concat(encodeSafetensors({
      b: { dtype: 'float32', shape: [1], data: Float32Array.of(1) },
      a: { dtype: 'float32', shape: [1], data: Float32Array.of(1) },
      c: { dtype: 'float64', shape: [], data: Float64Array.of(1) },
    }, { z: '1', y: '2' }));
    const length = Number(bytes.readBigUInt64LE());
    assert.equal(length % 8, 0);
    assert.equal(
      bytes.toString('utf8', 8, 8 + length).trimEnd(),
      '{"__metadata__":{"y":"2","z":"1"},"a":{"dtype":"F32","shape":[1],"data_offsets":[8,12]},"b":{"dtype":"F32","shape":[1],"data_offsets":[12,16]},"c":{"dtype":"F64","shape":[],"data_offsets":[0,8]}}',
    );
    assert.equal(bytes.length, 8 + length + 16);
  });

  it('gives back every bit, whatever the names, and the same bytes whatever the order', () => {
    const path = join(freshFolder(), 'x.safetensors');
    fc.assert(fc.property(fc.uniqueArray(fc.tuple(names, storedArrays), { selector: ([name]) => name, maxLength: 5 }), fc.dictionary(names, fc.string()), (entries, metadata) => {
      const tensors = Object.fromEntries(entries);
      writeSafetensors(path, tensors, metadata);
      const found = readSafetensors(path);
      assert.deepEqual(sameTensors(found.tensors), sameTensors(tensors));
      assert.deepEqual(Object.entries(found.metadata).sort(), Object.entries(metadata).sort());
      const backwards = Object.fromEntries([...entries].reverse());
      assert.deepEqual(Buffer.concat(encodeSafetensors(backwards, metadata)), readFileSync(path));
    }), { seed: 1, numRuns: 60 });
  });

  it('gives an InputError for every truncation and for trailing bytes', () => {
    const whole = Buffer.concat(encodeSafetensors({ a: { dtype: 'float32', shape: [3], data: Float32Array.of(1, 2, 3) } }, { k: 'v' }));
    for (let length = 0; length < whole.length; length++) {
      assert.throws(() => decode(whole.subarray(0, length)), inputError(/^x\.safetensors is truncated: /), `${length} bytes`);
    }
    assert.throws(() => decode(Buffer.concat([whole, Buffer.of(1)])), inputError(/1 bytes too many: 13 of data, where its tensors take 12/));
  });

  it('names what is wrong in the header', () => {
    const entry = (change: object): unknown => ({ a: { ...one.a, ...change } });
    const cases: [header: unknown, pattern: RegExp][] = [
      [[], /not a JSON object/],
      [null, /not a JSON object/],
      [{ a: 1 }, /tensor "a" has a damaged header entry/],
      [entry({ dtype: 'BF16' }), /tensor "a" has dtype "BF16"; this program reads F64, F32, I32, I64/],
      [entry({ shape: [-1] }), /damaged header entry: shape\.0/],
      [entry({ shape: [1.5] }), /damaged header entry: shape\.0/],
      [entry({ shape: [2] }), /has 4 bytes of data, where float32 \[2\] takes 8/],
      [entry({ shape: [2 ** 40, 2 ** 40] }), /bytes of data, where/],
      [entry({ data_offsets: [4, 0] }), /has -4 bytes of data/],
      [entry({ data_offsets: [4, 8] }), /begins at byte 4 of the data; byte 0 would be right/],
      [{ ...one, b: one.a }, /"b" begins at byte 0 of the data; byte 4 would be right/],
      [{ ...one, __metadata__: { k: 1 } }, /__metadata__ must map names to text/],
      [{ ...one, __metadata__: null }, /__metadata__ must map names to text/],
    ];
    for (const [header, pattern] of cases) assert.throws(() => decode(handMade(header, body)), inputError(pattern), JSON.stringify(header));
    assert.throws(() => decode(handMade(null, [], '{"a"\n:')), inputError(/damaged safetensors header/));
    assert.throws(() => decode(Buffer.from('a text file, not tensors')), inputError(/not a safetensors file: its header would take \d+ bytes/));
  });

  it('meets damage anywhere in the header with InputError or valid tensors', () => {
    const whole = Buffer.concat(encodeSafetensors({ a: { dtype: 'float32', shape: [3], data: Float32Array.of(1, 2, 3) }, b: { dtype: 'float64', shape: [1, 1], data: Float64Array.of(1) } }, { k: 'v' }));
    fc.assert(fc.property(fc.array(fc.tuple(fc.nat(whole.length - 21), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 4 }), (changes) => {
      const bytes = Uint8Array.from(whole);
      for (const [position, value] of changes) bytes[position] = value;
      try {
        decode(bytes);
      } catch (error) {
        assert.ok(error instanceof InputError, String(error));
        assert.doesNotMatch(error.message, /[\r\n]/);
      }
    }), { seed: 2, numRuns: 2000 });
  });

  it('checks dtype and shape for its reader', () => {
    const array: StoredArray = { dtype: 'float64', shape: [3, 2], data: new Float64Array(6) };
    assert.equal(expectArray(array, 'float64', [null, 2], 'x'), array);
    assert.throws(() => expectArray(array, 'float32', [null, 2], 'x in run'), inputError(/^x in run is float64 \[3, 2\]; expected float32 \[any, 2\]$/));
    assert.throws(() => expectArray(array, 'float64', [3], 'x'), inputError(/expected float64 \[3\]/));
    assert.throws(() => expectArray(undefined, 'float64', [3], 'x'), inputError(/x is missing; expected float64 \[3\]/));
  });

  it('refuses data that contradict their description', () => {
    assert.throws(() => encodeSafetensors({ a: { dtype: 'float64', shape: [2], data: new Float64Array(3) } }), RangeError);
    assert.throws(() => encodeSafetensors({ __metadata__: { dtype: 'float64', shape: [], data: new Float64Array(1) } }), RangeError);
  });
});
