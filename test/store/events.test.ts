import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { openEventLog, readEvents } from '../../src/store/events.ts';
import { freshFolder, inputError } from './folder.ts';
import { diskWithRoomFor } from './fullDisk.ts';

/** Of {"step":"next"}: eight digits of the SHA-256 of that. */
const NEXT = '{"step":"next","sum":"0708cae5"}\n';

describe('events', () => {
  it('gives back what was appended, over any number of openings', () => {
    fc.assert(fc.property(fc.array(fc.array(fc.dictionary(fc.string({ minLength: 1 }).filter((key) => key !== '__proto__' && key !== 'sum'), fc.oneof(fc.integer(), fc.string({ unit: 'grapheme' })))), { maxLength: 4 }), (sessions) => {
      const path = join(freshFolder(), 'events.jsonl');
      for (const events of sessions) {
        const log = openEventLog(path);
        for (const event of events) log.append(event);
        log.close();
      }
      assert.deepEqual(readEvents(path).map((event) => Object.entries(event)), sessions.flat().map((event) => Object.entries(event)));
    }), { seed: 1, numRuns: 30 });
  });

  it('drops a torn end, cut anywhere, and goes on after it', () => {
    const path = join(freshFolder(), 'events.jsonl');
    const lines = ['{"step":1}\n', '{"step":2,"name":"é"}\n', '{"step":3}\n'];
    const whole = Buffer.from(lines.join(''));
    for (let length = 0; length <= whole.length; length++) {
      writeFileSync(path, whole.subarray(0, length));
      const kept = lines.filter((_, index) => Buffer.byteLength(lines.slice(0, index + 1).join('')) <= length).length;
      assert.equal(readEvents(path).length, kept);
      const log = openEventLog(path);
      log.append({ step: 'next' });
      log.close();
      assert.equal(readFileSync(path, 'utf8'), lines.slice(0, kept).join('') + NEXT);
    }
    for (const tail of ['\0\0\0\0', '\0\0\n\0\n', '\n\n', '[1]\n', '7\n']) {
      writeFileSync(path, lines.join('') + tail);
      assert.equal(readEvents(path).length, 3);
      openEventLog(path).close();
      assert.equal(readFileSync(path, 'utf8'), lines.join(''));
    }
  });

  it('names a damaged line in the middle', () => {
    const path = join(freshFolder(), 'events.jsonl');
    writeFileSync(path, '{"a":1}\n{"a":\n{"a":3}\n');
    assert.throws(() => readEvents(path), inputError(/events\.jsonl: line 2 is damaged: delete that line$/));
  });

  it('finds any flipped bit of any line; a last line that is damaged counts as torn', () => {
    const path = join(freshFolder(), 'events.jsonl');
    const log = openEventLog(path);
    for (let step = 1; step <= 3; step++) log.append({ step, loss: 0.5 * step });
    log.close();
    const whole = readFileSync(path);
    const events = readEvents(path, true);
    const last = whole.lastIndexOf(0x0a, whole.length - 2) + 1;
    for (let bit = 0; bit < 8 * whole.length; bit++) {
      const damaged = Buffer.from(whole);
      damaged[bit >> 3] ^= 1 << (bit & 7);
      writeFileSync(path, damaged);
      // The end of the last line but one, when lost, makes one torn line of both.
      if (bit >> 3 < last - 1) {
        const says = inputError(/events\.jsonl: line [12] is damaged: delete that line$/, 2);
        assert.throws(() => readEvents(path, true), says, `bit ${bit}`);
        assert.throws(() => openEventLog(path, {}, true), says, `bit ${bit}`);
      } else {
        assert.deepEqual(untilDamage(path), events.slice(0, bit >> 3 < last ? 1 : 2), `bit ${bit}`);
      }
    }
  });

  /** What is read of a log whose last line is torn, or lacks its sum. */
  function untilDamage(path: string): unknown {
    try {
      return readEvents(path, true);
    } catch (error) {
      assert.ok(inputError(/line 3 is damaged/)(error));
      return [{ step: 1, loss: 0.5 }, { step: 2, loss: 1 }];
    }
  }

  it('takes lines of before there were sums, unless they must have them', () => {
    const path = join(freshFolder(), 'events.jsonl');
    writeFileSync(path, '{"step":1}\n{"step":2}\n');
    assert.equal(readEvents(path).length, 2);
    assert.throws(() => readEvents(path, true), inputError(/line 1 is damaged/));
  });

  it('keeps whole lines when the disk is full, and is empty where there is none', () => {
    const path = join(freshFolder(), 'events.jsonl');
    assert.deepEqual(readEvents(path), []);
    const log = openEventLog(path, { files: diskWithRoomFor(40), whatNext: '`jeffreys resume runs/x`' });
    log.append({ step: 1 });
    assert.throws(() => log.append({ step: 2 }), inputError(/^disk full while writing .*events\.jsonl: free space, then `jeffreys resume runs\/x`$/, 1));
    log.close();
    assert.deepEqual([readEvents(path, true), readFileSync(path, 'utf8').split('\n').length], [[{ step: 1 }], 2]);
  });

  it('stores what is not finite as null', () => {
    const path = join(freshFolder(), 'events.jsonl');
    const log = openEventLog(path);
    log.append({ loss: NaN });
    log.close();
    assert.deepEqual(readEvents(path), [{ loss: null }]);
  });
});
