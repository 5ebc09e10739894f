/** A target's energy as the parts of the pipeline see it: exact, or with noise. */
import { baseSource, particleSource, type Source } from '../training/source.ts';
import type { TrainingNoise } from '../training/noise.ts';
import type { Energies } from '../objectives/jeffreys.ts';
import { batchBaseEnergy } from '../targets/compile.ts';
import type { EnergyEvaluator } from '../targets/energyEvaluator.ts';
import type { NoisyEvaluator } from '../targets/noisyEvaluator.ts';
import { noisyPath } from '../targets/noisyPath.ts';
import { pathEnergy, pathEvaluator } from '../targets/path.ts';
import type { Target } from '../targets/target.ts';

/** What a flow is trained with, from U_from to U_to. */
export interface FlowEnergies {
  readonly source: Source;
  /** As array programs: `base` is the source's energy. */
  readonly energies: Energies;
  /** Of what the flow maps to. */
  readonly evaluator: EnergyEvaluator;
  /** Energies of the losses that are not array programs; absent where they are. */
  readonly noise?: TrainingNoise;
}

/** How flows are trained on an energy. */
export type ViewOf = (target: Target, energy: EnergyEvaluator) => EnergyView;

export interface EnergyView {
  /** @param points of U_from, equally weighted; null: the base's own */
  training(from: number, to: number, points: Float64Array | null): FlowEnergies;
}

const sourceOf = (target: Target, points: Float64Array | null, energy: () => EnergyEvaluator): Source =>
  (points === null ? baseSource(target.base) : particleSource(points, energy()));

export function exactView(target: Target, energy: EnergyEvaluator): EnergyView {
  const { base } = target;
  return {
    training: (from, to, points) => ({
      source: sourceOf(target, points, () => pathEvaluator(base, energy, from)),
      energies: { base: pathEnergy(target, from), target: pathEnergy(target, to) },
      evaluator: pathEvaluator(base, energy, to),
    }),
  };
}

/** @param labels what stands for the energy in training: itself, or means of noisy values */
export function noisyView(target: Target, noisy: NoisyEvaluator, labels: EnergyEvaluator): EnergyView {
  const { base } = target;
  return {
    training: (from, to, points) => ({
      source: sourceOf(target, points, () => pathEvaluator(base, labels, from)),
      energies: {
        base: batchBaseEnergy(base),
        target: () => { throw new Error('this energy has no array program'); },
      },
      evaluator: pathEvaluator(base, labels, to),
      noise: { target: noisyPath(base, noisy, to), source: from > 0 ? noisyPath(base, noisy, from) : null },
    }),
  };
}

/** An energy that is known by its values and gradients alone: to training, one whose noise is none. */
export function evaluatedView(target: Target, energy: EnergyEvaluator): EnergyView {
  const quiet: NoisyEvaluator = {
    dimension: energy.dimension,
    size: 0,
    draw: () => undefined,
    energies: (x, _xi, n, energies) => energy.energies(x, n, energies),
    energiesAndGradients: (x, _xi, n, energies, gradients) => energy.energiesAndGradients(x, n, energies, gradients),
    full: energy,
    cost: 1,
  };
  return noisyView(target, quiet, energy);
}
