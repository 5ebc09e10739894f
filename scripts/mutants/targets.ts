/** Faults. */
import type { Mutant } from './mutant.ts';
export const targets: readonly Mutant[] = [];
