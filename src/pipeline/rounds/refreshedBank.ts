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

/**
 * Chain by chain, so that parts share none. Every round has other chains for its test and its choice: where the flow
 * lacks a place, a chain there does not leave it, and would never be learned from.
 * @param d coordinates of the chains, which are [draws, chains, d] @param round whose chains they are, 1, 2, …
 */
export function refreshedBank({ positions, energies, chains }: Stirred, d: number, round: number): SplitData {
  const draws = energies.length / chains;
  const all: TrainingData =
    { samples: new Float64Array(positions.length), energies: new Float64Array(energies.length) };
  const begun = Math.round((round - 1) * (1 - TRAINING_CHAINS) * chains);
  for (let chain = 0; chain < chains; chain++) {
    for (let draw = 0; draw < draws; draw++) {
      const [from, to] = [draw * chains + ((chain + begun) % chains), chain * draws + draw];
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
export type Parts = Pick<SplitData, typeof PARTS[number]>;

/** Effective samples from where on they are trained on: flows learn fewer by heart. */
const ENOUGH = 20_000;

const rowsIn = ({ energies }: TrainingData): number => energies.length;

/** As many rows as there are effective ones: more would tell no more. @returns null of too few */
export function thinned(data: SplitData, effective: number, d: number): Parts | null {
  if (effective < ENOUGH) return null;
  const share = Math.min(1, effective / rowsIn(data.all));
  const [training, validation, test] = PARTS.map((part) =>
    someOf(data[part], Math.ceil(share * rowsIn(data[part])), d));
  return { training, validation, test };
}

/**
 * With samples that chains came from: they forget rare regions that flows lack. Every part has the same share of them,
 * at most a half, so that parts can be held against each other.
 */
export function withFirst(refreshed: SplitData, first: Parts | null, d: number): SplitData {
  if (first === null) return refreshed;
  const ratio = Math.min(1, ...PARTS.map((part) => rowsIn(first[part]) / rowsIn(refreshed[part])));
  return joined(PARTS.map((part) =>
    [refreshed[part], someOf(first[part], Math.round(ratio * rowsIn(refreshed[part])), d)]), d);
}

/** With more samples to train on, and the same to choose and to test by. */
export const withDrawn = (refreshed: SplitData, drawn: TrainingData, d: number): SplitData =>
  joined(PARTS.map((part) => (part === 'training' ? [refreshed[part], drawn] : [refreshed[part]])), d);

/** @param parts of each part, the samples that it is made of */
function joined(parts: readonly (readonly TrainingData[])[], d: number): SplitData {
  const count = parts.flat().reduce((sum, part) => sum + rowsIn(part), 0);
  const all: TrainingData = { samples: new Float64Array(count * d), energies: new Float64Array(count) };
  let at = 0;
  const [training, validation, test] = parts.map((both) => {
    const from = at;
    for (const part of both) {
      all.samples.set(part.samples, at * d);
      all.energies.set(part.energies, at);
      at += rowsIn(part);
    }
    return rowsOf(all, from, at, d);
  });
  return { all, training, validation, test };
}
