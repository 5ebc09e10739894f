/** The built-in targets by name. */
import { annulus } from './annulus.ts';
import { himmelblau } from './himmelblau.ts';
import { multipleWell } from './multipleWell.ts';
import { periodicWell } from './periodicWell.ts';
import type { Target } from './target.ts';
import { threeWell } from './threeWell.ts';

export const targets: readonly Target[] = [threeWell, himmelblau, multipleWell, annulus, periodicWell];
