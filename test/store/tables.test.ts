import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { InputError } from '../../src/errors.ts';
import { matrixColumns, vectorColumn, writeCsv } from '../../src/store/csv.ts';
import { figure } from '../../src/store/figure.ts';
import type { NpyArray } from '../../src/store/npy.ts';
import { readNpz, writeNpz } from '../../src/store/npz.ts';
import { bits, npyArrays } from './arrays.ts';
import { freshFolder, inputError } from './folder.ts';

const same = (arrays: Record<string, NpyArray>): unknown => Object.fromEntries(Object.entries(arrays).map(([name, array]) => [name, bits(array)]));

describe('npz', () => {
  it('gives back every array, stored or deflated, and the same bytes every time', () => {
    const path = join(freshFolder(), 'x.npz');
    fc.assert(fc.property(fc.dictionary(fc.stringMatching(/^[a-z_]{1,8}$/), npyArrays, { maxKeys: 4 }), fc.boolean(), (arrays, compress) => {
      writeNpz(path, arrays, { compress });
      assert.deepEqual(same(readNpz(path)), same(arrays));
      const bytes = readFileSync(path);
      writeNpz(path, arrays, { compress });
      assert.deepEqual(readFileSync(path), bytes);
    }), { seed: 1, numRuns: 40 });
  });

  it('meets truncation and damage with InputError', () => {
    const path = join(freshFolder(), 'x.npz');
    writeNpz(path, { x: { dtype: 'float64', shape: [4], data: new Float64Array(4) } }, { compress: true });
    const whole = readFileSync(path);
    for (let length = 0; length < whole.length; length++) {
      writeFileSync(path, whole.subarray(0, length));
      assert.throws(() => readNpz(path), inputError(/x\.npz/), `${length} bytes`);
    }
    fc.assert(fc.property(fc.nat(whole.length - 1), fc.integer({ min: 0, max: 255 }), (position, value) => {
      const bytes = Uint8Array.from(whole);
      bytes[position] = value;
      writeFileSync(path, bytes);
      try {
        readNpz(path);
      } catch (error) {
        assert.ok(error instanceof InputError, String(error));
        assert.doesNotMatch(error.message, /[\r\n]/);
      }
    }), { seed: 2, numRuns: 250 });
  });
});

describe('csv', () => {
  it('writes a header and every digit', () => {
    const path = join(freshFolder(), 'x.csv');
    writeCsv(path, [...matrixColumns(['x', 'y "1", a'], Float64Array.of(0.1, -0, NaN, -Infinity)), vectorColumn('w', [1e-320, 3])]);
    assert.equal(readFileSync(path, 'utf8'), 'x,"y ""1"", a",w\n0.1,-0.0,1e-320\nNaN,-Infinity,3\n');
    writeCsv(path, []);
    assert.equal(readFileSync(path, 'utf8'), '\n');
    assert.throws(() => writeCsv(path, [vectorColumn('a', [1]), vectorColumn('b', [1, 2])]), /column b has 2 rows, the first has 1/);
  });

  it('reads back as the same numbers, over any number of rows', () => {
    const path = join(freshFolder(), 'x.csv');
    fc.assert(fc.property(fc.float64Array({ maxLength: 20 }), fc.constantFrom(0, 1023, 1024, 1025, 3000), (some, length) => {
      const values = Float64Array.from({ length: some.length + length }, (_, row) => some[row] ?? row / 7);
      writeCsv(path, [vectorColumn('x', values)]);
      const lines = readFileSync(path, 'utf8').trimEnd().split('\n').slice(1);
      assert.deepEqual(Float64Array.from(lines, Number), values);
    }), { seed: 3, numRuns: 30 });
  });
});

describe('figure', () => {
  it('is null where JSON has no number', () => {
    assert.deepEqual([1.5, NaN, Infinity, -Infinity].map(figure), [1.5, null, null, null]);
  });
});
