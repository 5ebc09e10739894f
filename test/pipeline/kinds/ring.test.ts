/** One flow of a ring is trained on what the settings name: samples of the classical particle, or tempering of the ring. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { np } from '../../../src/engine/numpy.ts';
import { settingsFor } from '../../../src/experiments/presets.ts';
import type { JournalArray } from '../../../src/pipeline/journal.ts';
import { runPipeline } from '../../../src/pipeline/run.ts';
import { definePathIntegral } from '../../../src/targets/pathIntegral.ts';
import { quiet } from '../quiet.ts';

const bowl = definePathIntegral({
  name: 'bowl', beta: 2, box: [-4, 4], modes: 3, beads: 4, potential: (q) => np.square(q.slice(0)).mul(0.5),
});
const tiny = {
  ladders: 8, rounds: 32, warmupRounds: 4, replicas: 3, stepsPerRound: 2, threads: 1, samples: 100,
  steps: 8, batch: 64, evaluateEvery: 4, layers: 2, hidden: 4, bins: 4, rings: [2], ringSamples: 64,
};

async function flowOf(given: Readonly<Record<string, unknown>>): Promise<Readonly<Record<string, JournalArray>>> {
  const surroundings = quiet();
  await runPipeline({ target: bowl, settings: settingsFor(bowl, 'quick', { ...tiny, ...given }), seed: 1, surroundings });
  const found = surroundings.journal.phase('flow');
  assert.ok(found !== null);
  // What training saw is compared with what it did not see, where both are samples of the ring.
  const { trainedEss } = surroundings.journal.phase('ensemble')?.json as { trainedEss: number | null };
  assert.equal(trainedEss === null, given['distilledFrom'] === 'classical', `an ESS of ${trainedEss} in training`);
  return found.arrays;
}

it('one flow of a ring learns from classical samples, or from tempering of the ring, as it is told', async () => {
  const [narrow, wide] = [{ modeSpread: 0.1 }, { modeSpread: 0.9 }];
  const classical = await flowOf({ ...narrow, distilledFrom: 'classical' });
  const tempered = await flowOf({ ...narrow, distilledFrom: 'tempering' });
  assert.notDeepEqual(classical, tempered);
  // Only around the classical particle do modes have a spread that is set.
  assert.notDeepEqual(await flowOf({ ...wide, distilledFrom: 'classical' }), classical);
  assert.deepEqual(await flowOf({ ...wide, distilledFrom: 'tempering' }), tempered);
});
