/** What the stages of a ladder share, and what each hands to the next. */
import type { Key } from '../engine/random.ts';
import type { Architecture } from '../flows/architecture.ts';
import type { Rejuvenation } from '../samplers/rejuvenate.ts';
import type { EnergyEvaluator } from '../targets/energyEvaluator.ts';
import type { Target } from '../targets/target.ts';
import type { ParameterArray } from '../training/flowMap.ts';
import type { AdaptiveStep } from './interpolation.ts';
import type { Surroundings } from './journal.ts';
import type { Particles } from './particles.ts';
import type { Pool } from './pathSamples.ts';
import type { Settings } from './settings.ts';

export interface LadderContext {
  readonly target: Target;
  readonly energy: EnergyEvaluator;
  readonly architecture: Architecture;
  readonly settings: Settings;
  readonly pool: Pool;
  readonly rejuvenation: Rejuvenation;
  /** MALA's step size at λ, and how much of the way from 0 to 1 lies below λ. */
  readonly stepSize: (lambda: number) => number;
  readonly share: (lambda: number) => number;
  readonly key: Key;
  readonly surroundings: Surroundings;
}

/** What a stage hands to the next. */
export interface LadderState {
  readonly particles: Particles;
  readonly lambda: number;
  /** Of the flow before, to start from. */
  readonly initial: ParameterArray | null;
  readonly step: AdaptiveStep;
}
