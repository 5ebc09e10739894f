/** The training of a round: what its flow learns from is tried where samples alone are learned by heart. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { np } from '../../../src/engine/numpy.ts';
import { fillNormal, foldIn, keyFromSeed } from '../../../src/engine/random.ts';
import { settingsFor } from '../../../src/experiments/presets.ts';
import { splitData } from '../../../src/pipeline/bank/bank.ts';
import { exactView } from '../../../src/pipeline/energies.ts';
import { memoryJournal, type Journal, type PhaseName } from '../../../src/pipeline/journal.ts';
import { trainRound, type RoundFlow, type Tried } from '../../../src/pipeline/rounds/roundTraining.ts';
import { flowOf } from '../../../src/pipeline/rounds/structure.ts';
import { compileEnergy } from '../../../src/targets/compile.ts';
import { defineTarget } from '../../../src/targets/target.ts';
import { quiet } from '../quiet.ts';

const target = defineTarget({
  name: 'bowl', dimension: 2, box: [-4, 4], base: { mean: 0, standardDeviation: 1 }, energy: (x) => np.square(x).sum().mul(0.7),
});
const energy = compileEnergy(target);
const settings = settingsFor(target, 'quick', { generator: 'rounds', hidden: 4, bins: 4, batch: 50, theta: 0.7, precision: 'float64' });
const samples = new Float64Array(2 * 400);
fillNormal(foldIn(keyFromSeed(1), 'bowl'), 0, samples);
const energies = new Float64Array(400);
energy.energies(samples, 400, energies);
const data = splitData({ samples, energies }, 0.2, 2);

/** @param found what the flow is said to have made of the samples, each time that it is asked; then it may not be */
function trained(found: readonly Tried[], journal: Journal = memoryJournal(), steps = 40, reverse = false): Promise<RoundFlow> {
  const left = [...found];
  return trainRound({
    architecture: flowOf(target, settings.flow, [[0, 1], [0, 1]]), settings, reverse, data, steps, before: null,
    energies: exactView(target, energy).training(0, 1, null), key: keyFromSeed(2), surroundings: { ...quiet(), journal },
    tried: () => {
      const next = left.shift();
      return next === undefined ? Promise.reject(new Error('asked again')) : Promise.resolve(next);
    },
  });
}
const kept = (journal: Journal): PhaseName[] =>
  (['trial', 'alone', 'together', 'trunk', 'flow'] as const).filter((name) => journal.phase(name) !== null);
const begun = { byHeart: true, off: 3 };
const [near, far]: Tried[] = [{ byHeart: true, off: 1 }, { byHeart: true, off: 2 }];

describe('the training of a round', () => {
  it('is on samples alone as long as these are not learned by heart', async () => {
    const journal = memoryJournal();
    const { reverse, trunk } = await trained([{ byHeart: false, off: 3 }], journal);
    assert.deepEqual([reverse, trunk.momentum.taken, kept(journal)], [false, 40, ['trial', 'trunk', 'flow']]);
  });

  it('goes on with or without the energy, as comes nearer to samples that are not learned from', async () => {
    const parameters: string[] = [];
    for (const [after, pays] of [[[far, near], true], [[near, far], false]] as const) {
      const journal = memoryJournal();
      const flow = await trained([begun, ...after], journal);
      assert.deepEqual([flow.reverse, flow.trunk.momentum.taken], [pays, 40], 'as many steps as were asked for');
      assert.deepEqual(kept(journal), ['trial', 'alone', 'together', 'trunk', 'flow']);
      // What was tried is not tried again, and comes to the same bits.
      assert.deepEqual(await trained([], journal), flow);
      const again = memoryJournal();
      for (const name of ['trial', 'alone', 'together'] as const) again.finishPhase(name, journal.phase(name) ?? assert.fail(name));
      assert.deepEqual((await trained([], again)).parameters, flow.parameters);
      parameters.push(flow.parameters.join());
    }
    assert.notEqual(parameters[0], parameters[1]);
  });

  it('tries nothing where the energy is learned from anyway, nor in next to no steps', async () => {
    assert.deepEqual([(await trained([], memoryJournal(), 40, true)).reverse, (await trained([], memoryJournal(), 3)).reverse], [true, false]);
  });
});
