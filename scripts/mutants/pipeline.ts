/** Faults. */
import type { Mutant } from './mutant.ts';
export const pipeline: readonly Mutant[] = [];
