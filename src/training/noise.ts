/** Energies of a training step, exact or seen with noise, and the ξ that they are seen with. */
import type { ArrayData } from '../engine/executor.ts';
import { foldIn, type Key } from '../engine/random.ts';
import { InputError } from '../errors.ts';
import { needsForward, needsReverse, type ObjectiveSettings } from '../objectives/jeffreys.ts';
import type { EnergyEvaluator } from '../targets/energyEvaluator.ts';
import type { NoisyEvaluator } from '../targets/noisyEvaluator.ts';
import type { Source } from './source.ts';

/**
 * Energies of a training step that are seen with noise: one ξ per point of the batch, fresh every step, the same in
 * both energies of a term.
 */
export interface TrainingNoise {
  /** Of what the flow maps to: U_k(x; ξ). */
  readonly target: NoisyEvaluator;
  /** Of the source, U_{k−1}(x; ξ); null where the source's energy is known exactly (a base). */
  readonly source: NoisyEvaluator | null;
}

/** @throws InputError where no ξ could serve both energies */
export function checkTrainingNoise({ target, source }: TrainingNoise): void {
  if (source !== null && source.size !== target.size) throw new InputError(
    `training: one ξ must serve the energies of both source and target, got ${source.size} and `
      + `${target.size} numbers per ξ`
  );
}

/**
 * What a step with noise takes after the inputs of trainingStep.ts: ξ of the reverse term's points and of the forward
 * term's, [B, m] each, or [0] where the term has no noisy energy. A function of its arguments alone.
 */
export function drawNoise(
  { target, source }: TrainingNoise, objective: ObjectiveSettings, batch: number, key: Key, step: number
): [reverse: Float64Array, forward: Float64Array] {
  const draws = (needed: boolean, first: number): Float64Array => {
    const xi = new Float64Array(needed ? batch * target.size : 0);
    if (needed) target.draw(foldIn(key, step), first, batch, xi);
    return xi;
  };
  return [draws(needsReverse(objective), 0), draws(needsForward(objective) && source !== null, batch)];
}

/**
 * The energies in a step's log-ratios, in float64, for executors that do not trace them; ξ is ignored where they are
 * exact.
 */
export interface StepEnergies {
  /**
   * U_k(F(x)) − U_{k−1}(x) and ∇U_k(F(x)). @param x [n, d] @param image F(x) [n, d] @param xi [n, m] @param gaps
   * receives [n] @param gradients receives [n, d]
   */
  reverse(x: Float64Array, image: Float64Array, xi: Float64Array, gaps: Float64Array, gradients: Float64Array): void;
  /**
   * U_{k−1}(F⁻¹(y)) − U_k(y) and ∇U_{k−1}(F⁻¹(y)). @param stored energies of y [n], used where the source is exact
   * @param image F⁻¹(y) [n, d]
   */
  forward(
    y: Float64Array, stored: ArrayData, image: Float64Array, xi: Float64Array, gaps: Float64Array,
    gradients: Float64Array
  ): void;
}

type SeenEnergy = Pick<NoisyEvaluator, 'energies' | 'energiesAndGradients'>;

const withoutNoise = (exact: Pick<EnergyEvaluator, 'energies' | 'energiesAndGradients'>): SeenEnergy => ({
  energies: (x, _, n, energies) => { exact.energies(x, n, energies); },
  energiesAndGradients: (x, _, n, energies, gradients) => { exact.energiesAndGradients(x, n, energies, gradients); },
});

/** @param energy of what the flow maps to, used where there is no noise */
export function stepEnergies(source: Source, energy: EnergyEvaluator, noise: TrainingNoise | undefined): StepEnergies {
  const target = noise?.target ?? withoutNoise(energy);
  const noisySource = noise?.source ?? null;
  const origin = noisySource ?? withoutNoise(source);
  const subtract =
    (gaps: Float64Array, other: ArrayData): void => { for (let i = 0; i < gaps.length; i++) gaps[i] -= other[i]; };
  const energiesOf = (seen: SeenEnergy, x: Float64Array, xi: Float64Array, n: number): Float64Array => {
    const energies = new Float64Array(n);
    seen.energies(x, xi, n, energies);
    return energies;
  };
  return {
    reverse(x, image, xi, gaps, gradients) {
      const n = gaps.length;
      target.energiesAndGradients(image, xi, n, gaps, gradients);
      subtract(gaps, energiesOf(origin, x, xi, n));
    },
    forward(y, stored, image, xi, gaps, gradients) {
      const n = gaps.length;
      origin.energiesAndGradients(image, xi, n, gaps, gradients);
      subtract(gaps, noisySource === null ? stored : energiesOf(target, y, xi, n));
    },
  };
}

const NO_XI = new Float64Array(0);
const asFloat64 = (array: ArrayData): Float64Array =>
  (array instanceof Float64Array ? array : Float64Array.from(array));

/** Points of the source x and target samples y with their energies, and ξ of both. */
export interface StepPoints extends Readonly<Record<'x' | 'y' | 'xiReverse' | 'xiForward', Float64Array>> {
  readonly stored: ArrayData;
}

/** The points of a step's inputs, and ξ where it has some. */
export function pointsOf(inputs: readonly ArrayData[]): StepPoints {
  const [, , , , x, y, stored, xiReverse = NO_XI, xiForward = NO_XI] = inputs;
  return { x: asFloat64(x), y: asFloat64(y), stored, xiReverse: asFloat64(xiReverse), xiForward: asFloat64(xiForward) };
}
