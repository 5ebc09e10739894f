/** Targets whose energy is known by its values and gradients on batches, and is no array program. */
import { InputError } from '../errors.ts';
import type { EnergyEvaluator } from './energyEvaluator.ts';
import { defineTarget, type Target, type TargetDefinition } from './target.ts';

/** A definition without its energy, which {@link evaluatedTarget} is given apart. */
export type EvaluatedDefinition = Omit<TargetDefinition, 'energy' | 'batchedEnergy' | 'noise' | 'sum'>;

/**
 * @param evaluator a function of its arguments alone; it is called with batches of any size
 * @throws InputError naming the field that is wrong
 */
export function evaluatedTarget(definition: EvaluatedDefinition, evaluator: EnergyEvaluator): Target {
  const { name, dimension } = definition;
  if (evaluator.dimension !== dimension) {
    throw new InputError(`target "${name}": its evaluator is of ${evaluator.dimension} coordinates, not ${dimension}`);
  }
  const target = defineTarget({
    ...definition,
    energy:
      () => { throw new InputError(`target "${name}": its energy is known by its values, not as an array program`); },
  });
  return { ...target, evaluator };
}
