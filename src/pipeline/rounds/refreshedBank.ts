/**
 * What the next round's flow is trained on and held against: chains that the latent space has moved, and samples of
 * tempering, since chains forget rare regions that flows lack.
 */
import type { TrainingData } from '../../training/trainer.ts';
import { rowsOf, someOf, type SplitData } from '../bank/bank.ts';
import type { Stirred } from './stir.ts';

/** Chains of a refreshed bank by what they are for: training, the choice of parameters, and the test. */
const TRAINING_CHAINS = 0.8;
const VALIDATION_CHAINS = 0.1;

/** Chain by chain, so that parts share none. */
export function refreshedBank({ positions, energies, chains }: Stirred, d: number): SplitData {
  const draws = energies.length / chains;
  const all: TrainingData =
    { samples: new Float64Array(positions.length), energies: new Float64Array(energies.length) };
  for (let chain = 0; chain < chains; chain++) {
    for (let draw = 0; draw < draws; draw++) {
      const [from, to] = [draw * chains + chain, chain * draws + draw];
      all.samples.set(positions.subarray(from * d, (from + 1) * d), to * d);
      all.energies[to] = energies[from];
    }
  }
  const [training, validation] = [TRAINING_CHAINS, TRAINING_CHAINS + VALIDATION_CHAINS]
    .map((share) => Math.round(share * chains) * draws);
  return {
    all, training: rowsOf(all, 0, training, d), validation: rowsOf(all, training, validation, d),
    test: rowsOf(all, validation, energies.length, d),
  };
}

const PARTS = ['training', 'validation', 'test'] as const;

/** As many rows as there are effective ones: more would tell no more. */
export function thinned(data: SplitData, effective: number, d: number): SplitData {
  const share = Math.min(1, effective / data.all.energies.length);
  const [training, validation, test] = PARTS.map((part) =>
    someOf(data[part], Math.ceil(share * data[part].energies.length), d));
  return { ...data, training, validation, test };
}

/** With samples that chains came from: they forget rare regions that flows lack. */
export function withFirst(refreshed: SplitData, first: SplitData | null, d: number): SplitData {
  if (first === null) return refreshed;
  const rows = (data: TrainingData): number => data.energies.length;
  const parts = PARTS.map((part) => [refreshed[part], someOf(first[part], rows(refreshed[part]), d)]);
  const ends = parts.map((_, k) => parts.slice(0, k + 1).flat().reduce((sum, part) => sum + rows(part), 0));
  const all: TrainingData = { samples: new Float64Array(ends[2] * d), energies: new Float64Array(ends[2]) };
  let at = 0;
  for (const part of parts.flat()) {
    all.samples.set(part.samples, at * d);
    all.energies.set(part.energies, at);
    at += rows(part);
  }
  const [training, validation, test] = ends.map((end, k) => rowsOf(all, k === 0 ? 0 : ends[k - 1], end, d));
  return { all, training, validation, test };
}
