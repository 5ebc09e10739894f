/** Where the chains of a run start: base samples at which the energy and its gradient are finite. */
import { foldIn, type Key } from '../engine/random.ts';
import { InputError } from '../errors.ts';
import { sampleBase, type Base } from '../targets/base.ts';
import type { EnergyEvaluator } from '../targets/energyEvaluator.ts';

const TRIES = 100;

/**
 * `n` base samples, redrawn one by one where U or ∇U is not finite. Sample i depends on (key, i) only.
 * @returns shape [n, d] @throws InputError when no finite point is found in a hundred tries
 */
export function finiteStarts(energy: EnergyEvaluator, base: Base, key: Key, n: number): Float64Array {
  const d = energy.dimension;
  const positions = new Float64Array(n * d);
  const energies = new Float64Array(n);
  const gradients = new Float64Array(n * d);
  sampleBase(base, key, 0, n, positions);
  energy.energiesAndGradients(positions, n, energies, gradients);
  for (let i = 0; i < n; i++) {
    if (isFinitePoint(energies[i], gradients.subarray(i * d, (i + 1) * d))) continue;
    const point = positions.subarray(i * d, (i + 1) * d);
    const pointEnergy = new Float64Array(1);
    const pointGradient = new Float64Array(d);
    const redraws = foldIn(key, i);
    let tries = 0;
    do {
      if (tries === TRIES) {
        throw new InputError(
          `parallelTempering: the energy or its gradient is not finite at ${TRIES} base samples; is the base `
            + 'where the target lives?'
        );
      }
      sampleBase(base, redraws, tries++, 1, point);
      energy.energiesAndGradients(point, 1, pointEnergy, pointGradient);
    } while (!isFinitePoint(pointEnergy[0], pointGradient));
  }
  return positions;
}

function isFinitePoint(energy: number, gradient: Float64Array): boolean {
  return Number.isFinite(energy) && gradient.every(Number.isFinite);
}
