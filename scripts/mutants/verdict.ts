/** Faults. */
import type { Mutant } from './mutant.ts';
export const verdict: readonly Mutant[] = [];
