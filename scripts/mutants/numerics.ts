/** Faults. */
import type { Mutant } from './mutant.ts';
export const numerics: readonly Mutant[] = [];
