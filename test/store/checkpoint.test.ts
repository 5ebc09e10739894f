import assert from 'node:assert/strict';
import { readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import fc from 'fast-check';
import { z } from 'zod';
import { readCheckpoint, removeCheckpoint, writeCheckpoint } from '../../src/store/checkpoint.ts';
import type { StoredArray } from '../../src/store/array.ts';
import { readPhase } from '../../src/store/journal.ts';
import { identityOf } from '../../src/store/runRecord.ts';
import { writeSafetensors } from '../../src/store/safetensors.ts';
import { createRun, openRun, openRunForWriting } from '../../src/store/runDirectory.ts';
import { bits, storedArrays } from './arrays.ts';
import { startChild } from './child.ts';
import { freshFolder, inputError } from './folder.ts';
import { diskWithRoomFor, killedAfter } from './fullDisk.ts';
import { newRecord } from './record.ts';

const generations = z.object({ generation: z.number() });
/** Of the runs of these tests, whose records are alike. */
const owner = { run: identityOf(newRecord()), file: 'training' };
const check = { ...owner, required: true };
const unsealed = { ...check, required: false };

describe('checkpoint', () => {
  it('gives back JSON and arrays', () => {
    const path = join(freshFolder(), 'c');
    const numbers = fc.double({ noNaN: true, noDefaultInfinity: true }).filter((x) => !Object.is(x, -0));
    fc.assert(fc.property(fc.dictionary(fc.string(), fc.oneof(numbers, fc.string(), fc.boolean(), fc.constant(null))), fc.array(storedArrays, { maxLength: 3 }), (json, list) => {
      const arrays = Object.fromEntries(list.map((array, index) => [`a${index}`, array]));
      writeCheckpoint(path, { json, arrays }, owner);
      const found = readCheckpoint(path, z.unknown(), check);
      assert.deepEqual(Object.entries(found.json as object).sort(), Object.entries(json).sort());
      assert.deepEqual(Object.entries(found.arrays).map(([name, array]) => [name, bits(array)]), Object.entries(arrays).map(([name, array]) => [name, bits(array)]));
    }), { seed: 1, numRuns: 40 });
  });

  it('keeps the old one when the disk is full, and removes on request', () => {
    const folder = freshFolder();
    const path = join(folder, 'c');
    const arrays = { a: { dtype: 'float64' as const, shape: [3], data: Float64Array.of(1, 2, 3) } };
    writeCheckpoint(path, { json: { generation: 1 }, arrays }, owner);
    for (const room of [0, 10, 100, statSync(path).size - 1]) {
      assert.throws(() => writeCheckpoint(path, { json: { generation: 2 }, arrays }, owner, { files: diskWithRoomFor(room) }), inputError(/disk full/, 1));
      assert.equal(readCheckpoint(path, generations, check).json.generation, 1);
      assert.deepEqual(readdirSync(folder), ['c']);
    }
    removeCheckpoint(path);
    removeCheckpoint(path);
    assert.deepEqual(readdirSync(folder), []);
  });

  it('refuses numbers that JSON would lose, and files that are no checkpoint', () => {
    const path = join(freshFolder(), 'c');
    assert.throws(() => writeCheckpoint(path, { json: { deep: [{ loss: NaN }] }, arrays: {} }, owner), /"loss" is NaN, which JSON cannot hold/);
    writeSafetensors(path, {}, {});
    assert.throws(() => readCheckpoint(path, generations, unsealed), inputError(/not a checkpoint of this program/));
    writeSafetensors(path, {}, { format: 'jeffreys-flow checkpoint', json: '{' });
    assert.throws(() => readCheckpoint(path, generations, unsealed), inputError(/damaged, not JSON/));
    writeCheckpoint(path, { json: { generation: 'x' }, arrays: {} }, owner);
    assert.throws(() => readCheckpoint(path, generations, check), inputError(/c: "generation" is not right: .*expected number, received string/));
    writeFileSync(path, 'rubbish');
    assert.throws(() => readCheckpoint(path, generations, check), inputError(/truncated/));
  });

  it('is the old one or the new one after a kill between any two calls', () => {
    const root = freshFolder();
    const arrays = (x: number): Record<string, StoredArray> => ({ a: { dtype: 'float64', shape: [30], data: new Float64Array(30).fill(x) } });
    const outcomes: number[] = [];
    for (let calls = 0; outcomes.at(-1) !== 3; calls++) {
      const path = createAndClose(join(root, `run-${calls}`));
      const before = openRunForWriting(path);
      before.writeCheckpoint('training', { json: { generation: 1 }, arrays: arrays(1) });
      before.close();
      let finished = false;
      try {
        const second = { json: { generation: 2 }, arrays: arrays(2) };
        writeCheckpoint(join(path, 'training.checkpoint.safetensors'), second, owner, { files: killedAfter(calls) });
        finished = true;
      } catch (error) {
        assert.match(String(error), /killed/);
      }
      const run = openRunForWriting(path);
      const found = run.readCheckpoint('training', generations);
      assert.ok(found !== null);
      assert.deepEqual(found.arrays, arrays(found.json.generation));
      outcomes.push(finished ? 3 : found.json.generation);
      run.close();
      assert.deepEqual(readdirSync(path).sort(), ['events.jsonl', 'run.json', 'training.checkpoint.safetensors']);
    }
    // The rename is the moment; opening, syncing and closing the folder come after it.
    assert.match(outcomes.join(''), /^1{10,}2223$/);
  });

  it('is whole whenever the process is killed', async () => {
    const delays = [0, 5, 17, 43];
    const root = freshFolder();
    const oneKill = async (delay: number): Promise<void> => {
      const path = createAndClose(join(root, `run-${delay}`));
      const child = startChild('checkpointChild.ts', path);
      assert.equal(await child.hear(), 'ready');
      await wait(delay);
      await child.kill();

      const seen = openRun(path);
      seen.events();
      const untouched = readPhase(seen, 0, 'pt');
      const run = openRunForWriting(path);
      const checkpoint = run.readCheckpoint('training', generations);
      assert.ok(checkpoint !== null);
      const { json: { generation }, arrays: { weights, state } } = checkpoint;
      assert.deepEqual(weights.data, new Float32Array(21000).fill(generation));
      assert.deepEqual(state.data, new Float64Array(5).fill(generation));
      // The record, the log and the array follow the checkpoint, at most one generation behind.
      assert.ok(generation - Number(run.record.message) <= 1);
      const events = run.events();
      assert.ok(generation - events.length <= 1);
      assert.deepEqual(events.map((event) => event['generation']), events.map((_, index) => index + 1));
      // A phase is of one generation: its mark and both of its files.
      const phase = readPhase(run, 0, 'pt');
      assert.ok(phase !== null);
      const marked = generations.parse(phase.json).generation;
      assert.deepEqual(phase.arrays['positions'].data, new Float64Array(1000).fill(marked));
      assert.deepEqual(phase.arrays['energies'].data, new Float64Array(500).fill(marked));
      assert.deepEqual(untouched, phase, 'and was so before anything was put in order');
      run.close();
      const stage = ['pt.npy', 'pt_energies.npy', 'stage.json'].map((name) => `stage-00/${name}`);
      const left = ['events.jsonl', 'run.json', 'stage-00', ...stage, 'training.checkpoint.safetensors'];
      assert.deepEqual(readdirSync(path, { recursive: true }).sort(), left);
    };
    for (let i = 0; i < delays.length; i += 2) await Promise.all(delays.slice(i, i + 2).map(oneKill));
  });
});

function createAndClose(out: string): string {
  const run = createRun({ out, target: 't', time: new Date(0), record: newRecord() });
  run.close();
  return run.path;
}
