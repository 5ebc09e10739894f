/** Everything a target brings, tried at points of its base before any work is spent on it. */
import { keyFromSeed } from '../engine/random.ts';
import { InputError } from '../errors.ts';
import { sampleBase } from '../targets/base.ts';
import { checkEnergy } from '../targets/compile.ts';
import type { EnergyEvaluator } from '../targets/energyEvaluator.ts';
import type { Target } from '../targets/target.ts';

const POINTS = 64;

/** @param energy null where only noisy values of it are known @throws InputError naming the energy, observable or mode that fails, and where */
export function checkTarget(target: Target, energy: EnergyEvaluator | null): void {
  if (energy !== null) checkEnergy(target, energy);
  const { name, dimension: d, base, observables, projections, modes } = target;
  const points = new Float64Array(POINTS * d);
  sampleBase(base, keyFromSeed(0), 0, POINTS, points);
  const at = (what: string, f: (x: Float64Array) => unknown, complaint: (value: unknown) => string | null): void => {
    for (let i = 0; i < POINTS; i++) {
      const x = points.slice(i * d, i * d + d);
      const where = `at the point (${Array.from(x, (entry) => entry.toPrecision(6)).join(', ')}) of its base`;
      let value: unknown;
      try {
        value = f(x);
      } catch (error) {
        throw new InputError(`target "${name}": ${what} throws ${where}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
      }
      const wrong = complaint(value);
      if (wrong !== null) throw new InputError(`target "${name}": ${what} is ${typeof value === 'string' ? `"${value}"` : String(value)} ${where}; ${wrong}`);
    }
  };
  for (const observable of observables) {
    at(`observable "${observable.name}"`, observable.value, (value) => (typeof value === 'number' && !Number.isNaN(value) ? null : 'it must be a number'));
  }
  for (const projection of projections ?? []) {
    at(`projection "${projection.name}"`, projection.value, (value) => (typeof value === 'number' && !Number.isNaN(value) ? null : 'it must be a number'));
  }
  if (modes !== undefined) {
    const count = modes.names.length;
    at('modes.assign', modes.assign, (value) => (Number.isInteger(value) && Number(value) >= 0 && Number(value) < count ? null : `it must be the index of one of the ${count} modes`));
  }
}
