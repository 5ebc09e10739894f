/** What runs an energy, and how much it is. */
import { isLoops, operationsOf } from '../engine/pointProgram.ts';
import type { TracedPrograms } from './tracedPrograms.ts';

export interface EnergyDescription {
  /** `own code`: values and gradients come from a program that is not known here. */
  readonly executor: 'vector code' | 'scalar executor' | 'own code';
  /** Why there is no vector code; null where there is, or where nobody knows. */
  readonly reason: string | null;
  /** Operations that a point takes, for the energy alone and with its gradient; null where they are not known. */
  readonly operations: { readonly energy: number; readonly withGradient: number } | null;
  /** Whether they are written out one by one, or loops over arrays; null where they are not known. */
  readonly form: 'written out' | 'loops' | null;
}

/**
 * @param programs of the energy, where it is one of the point alone; null elsewhere
 * @param notices that compiling it gave: why it runs in the scalar executor
 * @param own whether its values come from code of others
 */
export function describeEnergy(
  programs: TracedPrograms | null, notices: readonly string[], own: boolean,
): EnergyDescription {
  const [reason = null] = notices;
  return {
    executor: own ? 'own code' : reason === null ? 'vector code' : 'scalar executor',
    reason,
    operations: programs === null ? null
      : { energy: operationsOf(programs.value), withGradient: operationsOf(programs.valueAndGradient) },
    form: programs === null ? null : isLoops(programs.valueAndGradient) ? 'loops' : 'written out',
  };
}
