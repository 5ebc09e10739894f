/**
 * The path from a base to a target: U_λ = (1 − λ) U0 + λ U1 = U0 + λD with the difference D = U1 − U0 (annealing
 * between a tractable law and the target: Neal 2001). U0 is normalised, so ∫ exp(−U_λ) goes from 1 to Z.
 */
import { np, type Array as NpArray } from '../engine/numpy.ts';
import { InputError } from '../errors.ts';
import { baseEnergies, baseEnergiesAndGradients, baseGradients, type Base } from './base.ts';
import { batchBaseEnergy, batchEnergy, compileEnergy } from './compile.ts';
import type { EnergyEvaluator } from './energyEvaluator.ts';
import { priorOf } from './noise.ts';
import type { Target } from './target.ts';

/**
 * The target with the energy D = U1 − U0: for compiling, not for asking what it knows, so observables, projections,
 * modes and log Z are left out. The name stays, for messages.
 */
export function differenceTarget(target: Target): Target {
  const { energy, batchedEnergy, base, sum } = target;
  const ofBatch = batchBaseEnergy(base);
  const d = target.dimension;
  const ofPoint = (x: NpArray): NpArray => np.reshape(ofBatch(x.reshape([1, d])), []);
  return {
    ...target,
    energy(x) {
      const value: unknown = energy(x);
      // What is wrong with an energy is said by who compiles it: see energyPrograms.
      const shape = (value as { shape?: readonly number[] } | null)?.shape;
      return shape?.length === 0 ? (value as NpArray).sub(ofPoint(x)) : (value as NpArray);
    },
    batchedEnergy: batchedEnergy === undefined ? undefined : (x) => batchedEnergy(x).sub(ofBatch(x)),
    noise: undefined,
    sum: sum === undefined ? undefined : { ...sum, prior: (x) => priorOf(sum)(x).sub(ofPoint(x)) },
    modes: undefined,
    observables: [],
    projections: undefined,
    logZ: undefined,
  };
}

/** D = U1 − U0 of batches: compiled where the energy is, else in two parts. */
export function differenceEvaluator(target: Target, energy: EnergyEvaluator): EnergyEvaluator {
  if (energy.compiled !== undefined) return compileEnergy(differenceTarget(target));
  const { base, dimension: d } = target;
  const subtract = (values: Float64Array, n: number, fill: (out: Float64Array) => void): void => {
    const atBase = new Float64Array(n);
    fill(atBase);
    for (let i = 0; i < n; i++) values[i] -= atBase[i];
  };
  return {
    dimension: d,
    energies(x, n, energies) {
      energy.energies(x, n, energies);
      subtract(energies, n, (out) => { baseEnergies(base, x, n, out); });
    },
    energiesAndGradients(x, n, energies, gradients) {
      energy.energiesAndGradients(x, n, energies, gradients);
      subtract(energies, n, (out) => { baseEnergies(base, x, n, out); });
      subtract(gradients, n * d, (out) => { baseGradients(base, x, n, out); });
    },
  };
}

/** @throws InputError unless λ lies in [0, 1] */
export function checkLambda(lambda: number): void {
  if (!(lambda >= 0 && lambda <= 1)) throw new InputError(`path: lambda must lie between 0 and 1, got ${lambda}`);
}

/**
 * U_λ of batches, in float64. At λ = 0 the target is never asked; at λ = 1 the target's evaluator itself is returned.
 * Where U1 is not finite, U_λ is not for λ > 0.
 * @param energy of the target, U1 @param lambda in [0, 1] @throws InputError for another λ, or dimensions that differ
 */
export function pathEvaluator(base: Base, energy: EnergyEvaluator, lambda: number): EnergyEvaluator {
  checkLambda(lambda);
  const d = base.domain.length;
  if (energy.dimension !== d)
    throw new InputError(`path: the energy has ${energy.dimension} coordinates, but the base has ${d}`);
  if (lambda === 1) return energy;
  if (lambda === 0) {
    return {
      dimension: d,
      energies: (x, n, energies) => baseEnergies(base, x, n, energies),
      energiesAndGradients(x, n, energies, gradients) {
        baseEnergiesAndGradients(base, x, n, energies, gradients);
      },
    };
  }
  const { startingAt } = energy;
  /** values ← U0 + λ (values − U0), or the same of gradients */
  const mix = (values: Float64Array, atBase: Float64Array): void => {
    for (let i = 0; i < atBase.length; i++) values[i] = atBase[i] + lambda * (values[i] - atBase[i]);
  };
  const mixEnergies = (x: Float64Array, n: number, energies: Float64Array): void => {
    const atBase = new Float64Array(n);
    baseEnergies(base, x, n, atBase);
    mix(energies, atBase);
  };
  return {
    dimension: d,
    energies(x, n, energies) {
      energy.energies(x, n, energies);
      mixEnergies(x, n, energies);
    },
    energiesAndGradients(x, n, energies, gradients) {
      energy.energiesAndGradients(x, n, energies, gradients);
      mixEnergies(x, n, energies);
      const slopes = new Float64Array(n * d);
      baseGradients(base, x, n, slopes);
      mix(gradients, slopes);
    },
    ...(
      startingAt === undefined ? {} : { startingAt: (place: number) => pathEvaluator(base, startingAt(place), lambda) }
    ),
  };
}

/**
 * U_λ of a batch as an array program, [n, d] → [n]; at λ = 0 and 1 the base's and the target's alone. @throws
 * InputError unless λ lies in [0, 1]
 */
export function pathEnergy(target: Target, lambda: number): (x: NpArray) => NpArray {
  checkLambda(lambda);
  const [ofBase, ofTarget] = [batchBaseEnergy(target.base), batchEnergy(target)];
  if (lambda === 0) return ofBase;
  if (lambda === 1) return ofTarget;
  return (x) => {
    const atBase = ofBase(x);
    return atBase.add(ofTarget(x).sub(atBase).mul(lambda));
  };
}
