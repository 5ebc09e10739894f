/** What a training-step benchmark times. */
import type { Architecture } from '../flows/architecture.ts';
import type { ObjectiveSettings } from '../objectives/jeffreys.ts';
import type { Target } from '../targets/target.ts';

export interface TrainStepCase {
  readonly name: string;
  readonly target: Target;
  readonly layers: number;
  readonly hidden: number;
  readonly bins: number;
  readonly activation: Architecture['activation'];
  readonly batch: number;
  readonly objective: ObjectiveSettings;
}
