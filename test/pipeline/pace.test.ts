/** When a phase reports, saves and stops, by a clock that the test turns. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Interrupted, memoryJournal, type Surroundings } from '../../src/pipeline/journal.ts';
import { pace, portions } from '../../src/pipeline/pace.ts';

function clock(saveEvery?: number): { surroundings: Surroundings; turn: (milliseconds: number) => void; stop: () => void } {
  let time = 1000;
  const controller = new AbortController();
  return {
    turn: (milliseconds) => { time += milliseconds; },
    stop: () => controller.abort(),
    surroundings: { journal: memoryJournal(), emit: () => undefined, signal: controller.signal, now: () => time, breathe: () => Promise.resolve(), ...(saveEvery === undefined ? {} : { saveEvery }) },
  };
}

/** Ticks every 10 ms. @returns the times of reports and saves */
async function tickFor(milliseconds: number, saveEvery?: number): Promise<{ reports: number[]; saves: number[] }> {
  const { surroundings, turn } = clock(saveEvery);
  const { tick } = pace(surroundings, 0);
  const [reports, saves]: [number[], number[]] = [[], []];
  for (let time = 0; time <= milliseconds; time += 10) {
    await tick(() => reports.push(time), () => saves.push(time));
    turn(10);
  }
  return { reports, saves };
}

describe('pace', () => {
  it('reports every tenth of a second and saves every three seconds', async () => {
    const { reports, saves } = await tickFor(9500);
    assert.deepEqual(reports.slice(0, 3), [0, 100, 200], 'reports');
    assert.deepEqual(saves, [3000, 6000, 9000], 'saves');
  });
  it('saves as often as asked', async () => {
    assert.deepEqual((await tickFor(500, 200)).saves, [200, 400], 'every 200 ms');
    assert.deepEqual((await tickFor(30, 0)).saves, [0, 10, 20, 30], 'at every tick');
  });
  it('adds earlier sessions to its seconds', () => {
    const { surroundings, turn } = clock();
    const { seconds } = pace(surroundings, 7);
    turn(1500);
    assert.equal(seconds(), 8.5, 'seven before, one and a half now');
  });
  it('saves before it stops', async () => {
    const { surroundings, stop } = clock();
    const { tick } = pace(surroundings, 0);
    let saved = 0;
    const save = (): void => { saved += 1; };
    await tick(() => undefined, save);
    stop();
    await assert.rejects(tick(() => undefined, save), Interrupted, 'asked to stop');
    assert.equal(saved, 1, 'one save, at the end');
  });
});

describe('portions', () => {
  it('shrink to a tenth of a second where work is slow, down to one, and grow again up to the first', async () => {
    const { surroundings, turn } = clock();
    // What is done in a pause is no work.
    const { size, pause } = portions(surroundings, 1000, () => Promise.resolve(turn(1e6)));
    let milliseconds = 1;
    const sizes = async (count: number): Promise<number[]> => {
      const found: number[] = [];
      for (let k = 0; k < count; k++) {
        found.push(size());
        turn(size() * milliseconds);
        await pause();
      }
      return found;
    };
    assert.deepEqual(await sizes(5), [1000, 125, 100, 100, 100], 'a thousand take a second');
    milliseconds = 700;
    assert.deepEqual((await sizes(5)).slice(-2), [1, 1], 'one takes more than that');
    milliseconds = 0.01;
    const grown = await sizes(20);
    assert.ok(grown.every((size, k) => k === 0 || size <= 2 * grown[k - 1] + 1), 'not too fast');
    assert.equal(grown.at(-1), 1000, 'never above the first');
  });
});
