/** Path integrals through two ladders of flows: against the transfer matrix, and stopped or killed in every phase. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  assertKillsChangeNothing,
  assertStopsChangeNothing,
  assertTransferMatrix,
  bits,
  stoppable,
  stopIn,
} from '../../test/pipeline/ringRuns.ts';

describe('two wells, which are not harmonic', () => {
  it('a ladder of flows, S1 and S2: rings have the averages of the transfer matrix', async () => {
    const { classicalLadder, ladder } = await assertTransferMatrix({ generator: 'ladder' });
    assert.deepEqual([classicalLadder?.stages.length, ladder?.stages.length], [2, 2], 'two stages each');
  });
});

describe('a ladder that is stopped', () => {
  const { given, places, finished } = stoppable['a ladder'];
  const seen = new Set<string>();
  const emit = stopIn('', 0, seen);
  const whole = bits(given, { emit });

  it('goes through all of the places', async () => {
    await whole;
    const missed = places.map(([place]) => place).filter((place) => !seen.has(place));
    assert.deepEqual(missed, [], `it was in ${[...seen].join(', ')}`);
  });
  it('in every phase, and gone on with, ends with the same bits', async () =>
    assertStopsChangeNothing(given, places, await whole));
  it('by a kill where a phase ends, and gone on with, ends with the same bits', async () =>
    assertKillsChangeNothing(given, finished, await whole));
  it('nowhere: the same seed has the same bits on one thread and on two, another seed others', async () => {
    const [one, two] = [await bits({ ...given, threads: 1 }), await bits({ ...given, threads: 2 })];
    assert.deepEqual(two, one, 'threads');
    assert.notDeepEqual(await bits(given, { seed: 4 }), await whole, 'seeds');
  });
});
