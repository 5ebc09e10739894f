/** JSON and tensors that carry their own checksum: what is not whole, or not what belongs there, is refused. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { z } from 'zod';
import { readCheckpoint, writeCheckpoint } from '../../src/store/checkpoint.ts';
import { readSealed, writeSealed } from '../../src/store/seal.ts';
import { freshFolder, inputError } from './folder.ts';

const owner = { run: '0123456789abcdef', file: 'stage-00/stage.json' };
const check = { ...owner, required: true };
const anything = z.record(z.string(), z.unknown());
const numbers = fc.double({ noNaN: true, noDefaultInfinity: true }).filter((x) => !Object.is(x, -0));

/** The file with one bit flipped, in every byte of it: each time the next of its eight. */
function* flipped(whole: Buffer): Generator<Buffer> {
  for (let byte = 0; byte < whole.length; byte++) {
    const damaged = Buffer.from(whole);
    damaged[byte] ^= 1 << (byte & 7);
    yield damaged;
  }
}

describe('sealed JSON', () => {
  it('reads back as it was, and is for people to read', () => {
    const path = join(freshFolder(), 'x.json');
    fc.assert(
      fc.property(
        fc.dictionary(
          fc.string().filter((key) => key !== 'seal'),
          fc.oneof(numbers, fc.string(), fc.constant(null), fc.array(numbers)),
        ),
        (value) => {
          writeSealed(path, value, owner);
          assert.deepEqual(Object.entries(readSealed(path, anything, check)).sort(), Object.entries(value).sort());
          const text = readFileSync(path, 'utf8');
          assert.equal(text, JSON.stringify(JSON.parse(text), null, 2) + '\n', 'a field a line');
        },
      ),
      { seed: 1, numRuns: 30 },
    );
  });

  it('is refused with a bit flipped in any byte, if that changes what it says', () => {
    const path = join(freshFolder(), 'x.json');
    const value = { pt: { seconds: 0.25, name: 'θ' }, files: { 'pt.npy': 'ab' }, steps: [1, 1e21] };
    writeSealed(path, value, owner);
    const whole = readFileSync(path);
    let refused = 0;
    for (const damaged of flipped(whole)) {
      writeFileSync(path, damaged);
      try {
        // Spaces are not part of what it says; nor is the case of the e of an exponent.
        assert.deepEqual(readSealed(path, anything, check), value);
      } catch (error) {
        assert.ok(inputError(/x\.json (is damaged|has lost its seal|is empty)/, 2)(error));
        refused += 1;
      }
    }
    const spaces = whole.toString().split(/\s/).length - 1;
    assert.ok(
      whole.length - refused <= spaces + 1,
      `${whole.length - refused} flips passed, of ${whole.length}; ${spaces} spaces`,
    );
  });

  it('is refused edited, as another file, of another run, or without its seal; old files need none', () => {
    const path = join(freshFolder(), 'x.json');
    writeSealed(path, { steps: 10 }, owner);
    const text = readFileSync(path, 'utf8');
    const read =
      (change: Partial<typeof check> = {}) =>
      (): unknown =>
        readSealed(path, anything, { ...check, ...change });
    writeFileSync(path, JSON.stringify(JSON.parse(text)));
    assert.deepEqual(read()(), { steps: 10 }, 'set in other spaces');
    assert.throws(
      read({ file: 'stage-01/stage.json' }),
      inputError(/x\.json was written as stage-00\/stage\.json, and does not belong here; restore it/, 2),
    );
    assert.throws(
      read({ run: 'fedcba9876543210' }),
      inputError(/x\.json belongs to another run, or to this one with other settings; restore it/, 2),
    );
    writeFileSync(path, text.replace('10', '11'));
    assert.throws(
      read(),
      inputError(
        /x\.json is damaged, or was edited: its content does not fit its checksum; restore it from a copy, or start/,
        2,
      ),
    );
    writeFileSync(path, text.replace(/"sha256": "[0-9a-f]{8}/, '"sha256": "'));
    assert.throws(read(), inputError(/is damaged, or was edited/, 2));
    writeFileSync(path, '{"steps":10}');
    assert.throws(read(), inputError(/has lost its seal/, 2));
    assert.deepEqual(read({ required: false })(), { steps: 10 }, 'of before there were seals');
    for (const other of ['7', '[]', 'null']) {
      writeFileSync(path, other);
      assert.throws(read({ required: false }), inputError(/is no JSON object/, 2));
    }
  });

  it('holds no number that JSON would lose', () => {
    assert.throws(() => writeSealed(join(freshFolder(), 'x.json'), { deep: [NaN] }, owner), RangeError);
  });
});

describe('a sealed checkpoint', () => {
  const own = { run: owner.run, file: 'stage-01/flow' };
  const arrays = {
    w: { dtype: 'float32' as const, shape: [3], data: Float32Array.of(1, -0, NaN) },
    '"sha256":"': { dtype: 'int32' as const, shape: [1], data: Int32Array.of(7) },
  };

  it('is refused with a bit flipped in any byte', () => {
    const path = join(freshFolder(), 'c');
    // Text that looks like the seal, where it is none.
    writeCheckpoint(path, { json: { note: `"sha256":"${'0'.repeat(64)}"` }, arrays }, own);
    assert.deepEqual(readCheckpoint(path, anything, { ...own, required: true }).arrays, arrays, 'whole');
    for (const damaged of flipped(readFileSync(path))) {
      writeFileSync(path, damaged);
      assert.throws(
        () => readCheckpoint(path, anything, { ...own, required: true }),
        inputError(/c[: ].*; delete it: `jeffreys resume` then goes on from the last finished phase$/, 2),
      );
    }
  });

  it('is refused cut, extended, of another phase or of another run', () => {
    const path = join(freshFolder(), 'c');
    writeCheckpoint(path, { json: {}, arrays }, own);
    const whole = readFileSync(path);
    const read = (change: object) => (): unknown =>
      readCheckpoint(path, anything, { ...own, required: true, ...change });
    assert.throws(
      read({ file: 'stage-02/flow' }),
      inputError(/c was written as stage-01\/flow, and does not belong here; delete it/, 2),
    );
    assert.throws(
      read({ run: 'fedcba9876543210' }),
      inputError(/c belongs to another run, or to this one with other settings; delete it/, 2),
    );
    for (const text of [
      whole.subarray(0, whole.length - 1),
      whole.subarray(0, 10),
      Buffer.alloc(0),
      Buffer.concat([whole, Buffer.alloc(1)]),
    ]) {
      writeFileSync(path, text);
      assert.throws(read({}), inputError(/c (is truncated|has 1 bytes too many).*; delete it/, 2));
    }
  });
});
