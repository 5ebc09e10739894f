/** Flows that a run trained one after another, whichever way it saw its energy. */
import type { RunResult } from '../records/record.ts';

export interface TrainedStages {
  readonly count: number;
  /** Of all their training, and of everything else that is not sampling or generation. */
  readonly seconds: number;
}

/** null where a single flow was trained. */
export function trainedStages({ ladder, noise, generation }: RunResult): TrainedStages | null {
  if (ladder !== null) return { count: ladder.stages.length, seconds: ladder.seconds - generation.seconds };
  if (noise === null || noise.stages.length < 2) return null;
  return {
    count: noise.stages.length, seconds: noise.stages.reduce((sum, { trainingSeconds }) => sum + trainingSeconds, 0)
  };
}
