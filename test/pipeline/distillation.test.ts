/** The second of two ladders of flows learns from the particles of the first, some of which it holds out. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { np } from '../../src/engine/numpy.ts';
import { settingsFor } from '../../src/experiments/presets.ts';
import { CLASSICAL_PART } from '../../src/pipeline/ring/classical.ts';
import { memoryJournal, type Piece } from '../../src/pipeline/journal.ts';
import { runPipeline } from '../../src/pipeline/run.ts';
import { definePathIntegral } from '../../src/targets/pathIntegral.ts';
import { quiet } from './quiet.ts';

const target = definePathIntegral({
  name: 'tilted',
  potential: (q) => np.square(np.square(q.slice(0)).sub(1)).mul(2).add(q.slice(0).mul(0.3)),
  box: [-2.6, 2.6],
  beta: 1.5,
  beads: 16,
});
const settings = settingsFor(target, 'quick', {
  generator: 'ladder',
  interpolation: 'linear',
  linearStages: 2,
  ladders: 16,
  rounds: 160,
  warmupRounds: 10,
  replicas: 4,
  adaptLadder: false,
  layers: 2,
  hidden: 8,
  bins: 8,
  stageSteps: 10,
  batch: 100,
  evaluateEvery: 20,
  samples: 500,
  particles: 400,
  stageSamples: 300,
  heldOut: 0.3,
  rejuvenation: 4,
  rings: [3],
  ringSamples: 500,
});

/** Rows of an array [n, d] as words. */
function rowsOf(piece: Piece | null, name: string): string[] {
  assert.ok(piece !== null);
  const { data, shape } = piece.arrays[name];
  return Array.from({ length: shape[0] }, (_, i) => data.subarray(i * shape[1], (i + 1) * shape[1]).join());
}

it('training samples of the second ladder are particles of the first, and its held-out samples are others of them', async () => {
  const journal = memoryJournal();
  await runPipeline({
    target,
    settings,
    seed: 3,
    surroundings: { ...quiet(), journal },
  });
  for (const stage of [1, 2]) {
    const particles = rowsOf(journal.part(CLASSICAL_PART).stage(stage).phase('particles'), 'samples');
    const samples = rowsOf(journal.stage(stage).phase('pt'), 'positions');
    assert.deepEqual([particles.length, samples.length], [400, 300]);
    const [first, last] = [new Set(particles.slice(0, 280)), new Set(particles.slice(280))];
    // A particle that was doubled and not moved since may stand on both sides of the cut.
    assert.ok([...first].filter((row) => last.has(row)).length <= 2, `stage ${stage}`);
    for (const row of samples.slice(0, 210)) assert.ok(first.has(row), `stage ${stage}: a training sample`);
    for (const row of samples.slice(210)) assert.ok(last.has(row), `stage ${stage}: a held-out sample`);
  }
});
