/** Faults. */
import type { Mutant } from './mutant.ts';
export const training: readonly Mutant[] = [];
