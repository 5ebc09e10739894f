/** Everything a target brings, tried at points of its base before any work is spent on it. */
import { keyFromSeed } from '../engine/random.ts';
import { InputError } from '../errors.ts';
import { sampleBase } from './base.ts';
import { called, calledTwice } from './calledTwice.ts';
import { checkGradient, QUICK_GRADIENT_CHECK } from './checkGradient.ts';
import { checkEnergy } from './compile.ts';
import { checkConfined } from './confinement.ts';
import type { EnergyEvaluator } from './energyEvaluator.ts';
import { shown, shownPoint } from './fields.ts';
import { checkBatched } from './tracedPrograms.ts';
import type { Target } from './target.ts';

const POINTS = 64;
/** Of these, points at which functions are called twice: those that change do so at once. */
const POINTS_OF_TWO = 4;

/** @throws InputError for a target without a box, which only rounds can do without */
export function checkBox({ name, hasBox }: Target): void {
  if (hasBox) return;
  throw new InputError(
    `target "${name}": box is missing; give [low, high] that holds all of the mass (generator=rounds finds it, where `
      + 'the energy is known)'
  );
}

/**
 * @param energy null where only noisy values of it are known
 * @param walls whether it may be Infinity where there is no mass, as chains and weights allow
 * @throws InputError naming the energy, observable or mode that fails, and where
 */
export function checkTarget(target: Target, energy: EnergyEvaluator | null, walls = false): void {
  checkBox(target);
  if (energy !== null) {
    checkEnergy(target, energy, walls);
    checkGradient(target, energy, QUICK_GRADIENT_CHECK);
    checkConfined(target, energy);
  }
  const { name, dimension: d, base, observables, projections, modes, batchedEnergy } = target;
  if (batchedEnergy !== undefined) checkBatched(name, 'batchedEnergy', batchedEnergy, d);
  const points = new Float64Array(POINTS * d);
  sampleBase(base, keyFromSeed(0), 0, POINTS, points);
  const at = (what: string, f: (x: Float64Array) => unknown, complaint: (value: unknown) => string | null): void => {
    for (let i = 0; i < POINTS; i++) {
      const x = points.subarray(i * d, i * d + d);
      const value = (i < POINTS_OF_TWO ? calledTwice : called)(`target "${name}": ${what}`, f, x, 'its base');
      const wrong = complaint(value);
      if (wrong === null) continue;
      const where = `at the point ${shownPoint(x)} of its base`;
      throw new InputError(`target "${name}": ${what} is ${shown(value)} ${where}; ${wrong}`);
    }
  };
  const number = (value: unknown): string | null =>
    (typeof value === 'number' && !Number.isNaN(value) ? null : 'it must be a number');
  for (const observable of observables) at(`observable "${observable.name}"`, observable.value, number);
  for (const projection of projections ?? []) at(`projection "${projection.name}"`, projection.value, number);
  if (modes !== undefined) {
    const count = modes.names.length;
    const isIndex = (value: unknown): boolean => Number.isInteger(value) && Number(value) >= 0 && Number(value) < count;
    const complaint = `it must be the index of one of the ${count} modes`;
    at('modes.assign', modes.assign, (value) => (isIndex(value) ? null : complaint));
  }
}
