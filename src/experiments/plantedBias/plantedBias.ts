/**
 * Himmelblau with one well thinned in the training samples, as if parallel tempering had mixed badly: which losses
 * correct it.
 */
import { foldIn, keyFromSeed, uniform } from '../../engine/random.ts';
import { himmelblau } from '../../targets/himmelblau.ts';
import type { TrainingData } from '../../training/trainer.ts';
import { textTable } from '../../report/text/table.ts';
import type { Experiment, FinishedRun } from '../experiment.ts';
import { settingsFor, type PresetName } from '../presets.ts';
import { biasTable, renderBiasTable, type BiasTableInput } from './biasTable.ts';

/** Share of the samples of the well in the first quadrant that are kept. */
export const KEPT_SHARE = 0.4;

/** Drop samples with x, y ≥ 0 at random until {@link KEPT_SHARE} of them are left. */
export function thinFirstQuadrant({ samples, energies }: TrainingData, seed: number): TrainingData {
  const key = foldIn(keyFromSeed(seed), 'planted bias');
  const kept: number[] = [];
  energies.forEach((_, i) => {
    const inside = samples[2 * i] >= 0 && samples[2 * i + 1] >= 0;
    if (!inside || uniform(key, i) < KEPT_SHARE) kept.push(i);
  });
  return {
    samples: Float64Array.from(kept.flatMap((i) => [samples[2 * i], samples[2 * i + 1]])),
    energies: Float64Array.from(kept, (i) => energies[i]),
  };
}

/** Losses in the order of the table; undefined takes the preset's own. */
const losses: readonly { readonly id: string; readonly theta?: number; readonly kappa?: number }[] = [
  { id: 'default' },
  { id: 'forward-kl', theta: 0, kappa: 0 },
  { id: 'jeffreys', theta: 0.5, kappa: 0 },
  { id: 'theta-0-kappa-0.5', theta: 0, kappa: 0.5 },
  { id: 'theta-0-kappa-2', theta: 0, kappa: 2 },
  { id: 'theta-0.25-kappa-0.5', theta: 0.25, kappa: 0.5 },
  { id: 'theta-0.25-kappa-2', theta: 0.25, kappa: 2 },
];

const TITLE = 'Training samples with a planted bias: one well of Himmelblau thinned to 40 %';

/** @returns null before the first run is finished, of whose samples those were that all were trained on */
function tableOf(runs: readonly FinishedRun[]): BiasTableInput | null {
  if (runs.length === 0) return null;
  const [{ entry: { target: { modes } }, record, samples: read }] = runs;
  const { tempered } = read();
  const { samples } =
    thinFirstQuadrant({ samples: tempered, energies: new Float64Array(tempered.length / 2) }, record.seed);
  const masses = (modes?.names ?? []).map(() => 0);
  for (let i = 0; i < samples.length; i += 2)
    masses[modes?.assign(samples.subarray(i, i + 2)) ?? 0] += 2 / samples.length;
  return {
    title: TITLE,
    trainingMasses: masses,
    rows: runs.map(({ entry: { id, settings: { training: { theta, kappa } } }, record: of }) =>
      ({ name: `${id} (θ ${theta}, κ ${kappa})`, record: of })),
  };
}

export const plantedBias: Experiment = {
  title: TITLE,
  entries: (preset: PresetName, given) => losses.map(({ id, theta, kappa }) => ({
    id,
    target: himmelblau,
    settings: settingsFor(himmelblau, preset, {
      ...given, generator: 'flow', ...(theta === undefined ? {} : { theta }), ...(kappa === undefined ? {} : { kappa })
    }),
    prepareData: thinFirstQuadrant,
  })),
  page: (runs) => {
    const input = tableOf(runs);
    return input === null ? null : renderBiasTable(input);
  },
  lines: (runs) => {
    const input = tableOf(runs);
    return input === null ? [] : textTable(biasTable(input));
  },
};
