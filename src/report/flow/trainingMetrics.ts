/** How training went. */
import type { RunResult, TrainingSummary } from '../../records/record.ts';
import { group } from '../metric.ts';
import { formatCount, formatNumber, formatSeconds } from '../page/format.ts';

const training = (read: (t: TrainingSummary) => string) => (result: RunResult): string => read(result.training);

export const trainingMetrics = group('Training', [
  { name: 'steps', meaning: 'Training steps taken, of those planned.', text: training(
    (t) => `${formatCount(t.steps)} of ${formatCount(t.stepsPlanned)}`
  ) },
  {
    name: 'stopped by',
    meaning: 'The end of the schedule, or an early stop when the held-out figures no longer improved.',
    text: training((t) => (t.stopReason === 'earlyStop' ? 'early stop' : 'schedule'))
  },
  { name: 'best step', meaning: 'The step whose parameters were kept, by held-out ESS.', text: training(
    (t) => formatCount(t.bestStep)
  ) },
  { name: 'parameters', meaning: 'Trainable numbers of the flow.', text: training((t) => formatCount(t.parameters)) },
  { name: 'clipped steps', meaning: 'Steps whose gradient was longer than the limit and was shortened.', text: training(
    (t) => formatCount(t.clippedSteps)
  ) },
  { name: 'skipped steps', meaning: 'Steps dropped because the loss or its gradient was not finite.', text: training(
    (t) => formatCount(t.skippedSteps)
  ) },
  {
    name: 'time per step', meaning: 'Wall clock of one training step.',
    text: training((t) => `${formatNumber(t.millisecondsPerStep, 3)} ms`),
    ranked: { better: 'lower', figure: (r) => r.training.millisecondsPerStep }
  },
  {
    name: 'training time', meaning: 'Wall clock of training, held-out evaluations included.',
    text: training((t) => formatSeconds(t.seconds)), ranked: { better: 'lower', figure: (r) => r.training.seconds }
  },
]);
