import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { openEventLog, readEvents } from '../../src/store/events.ts';
import { freshFolder, inputError } from './folder.ts';
import { diskWithRoomFor } from './fullDisk.ts';

describe('events', () => {
  it('gives back what was appended, over any number of openings', () => {
    fc.assert(fc.property(fc.array(fc.array(fc.dictionary(fc.string({ minLength: 1 }).filter((key) => key !== '__proto__'), fc.oneof(fc.integer(), fc.string({ unit: 'grapheme' })))), { maxLength: 4 }), (sessions) => {
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
      assert.equal(readFileSync(path, 'utf8'), lines.slice(0, kept).join('') + '{"step":"next"}\n');
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
    assert.throws(() => readEvents(path), inputError(/events\.jsonl: line 2 is damaged, not a JSON object: delete that line$/));
  });

  it('keeps whole lines when the disk is full, and is empty where there is none', () => {
    const path = join(freshFolder(), 'events.jsonl');
    assert.deepEqual(readEvents(path), []);
    const log = openEventLog(path, { files: diskWithRoomFor(20), whatNext: '`jeffreys resume runs/x`' });
    log.append({ step: 1 });
    assert.throws(() => log.append({ step: 2 }), inputError(/^disk full while writing .*events\.jsonl: free space, then `jeffreys resume runs\/x`$/, 1));
    log.close();
    assert.equal(readFileSync(path, 'utf8'), '{"step":1}\n');
  });

  it('stores what is not finite as null', () => {
    const path = join(freshFolder(), 'events.jsonl');
    const log = openEventLog(path);
    log.append({ loss: NaN });
    log.close();
    assert.deepEqual(readEvents(path), [{ loss: null }]);
  });
});
