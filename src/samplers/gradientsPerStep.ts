/** What a step of a kernel costs. */
import type { Kernel } from './kernel.ts';

/** Stages of each kernel's step that need a gradient of their own; the last one of a step serves the next. */
const stages: Readonly<Record<string, number>> = { mala: 1, tamedEuler: 1, heun: 2 };

/** Gradients of one chain in one step: of HMC, as many as its trajectory has steps. */
export const gradientsPerStep = ({ name, options }: Pick<Kernel, 'name' | 'options'>): number =>
  options['leapfrogSteps'] ?? stages[name] ?? 1;
