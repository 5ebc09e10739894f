/** Faults in the maps and in their log-determinants. */
import type { Mutant } from './mutant.ts';
export const flows: readonly Mutant[] = [];
