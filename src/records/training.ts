/** What a record says of training. */
import { z } from 'zod';
import { count, figure } from './values.ts';

export const trainingPointSchema = z.object({
  step: count,
  loss: figure,
  reverse: figure,
  forward: figure,
  variation: figure,
  learningRate: z.number(),
  gradientNorm: figure,
  /** Held-out ESS of fresh base samples, as a fraction; only at evaluation steps. */
  reverseEss: figure.optional(),
  /** Held-out ESS estimated on PT samples, as a fraction: falls when a mode is missed. */
  forwardEss: figure.optional(),
});
export type TrainingPoint = z.infer<typeof trainingPointSchema>;

export const trainingSchema = z.object({
  seconds: z.number(),
  steps: count,
  stepsPlanned: count,
  millisecondsPerStep: z.number(),
  parameters: count,
  bestStep: count,
  clippedSteps: count,
  skippedSteps: count,
  stopReason: z.enum(['schedule', 'earlyStop']),
  /** Loss and held-out curves, thinned to at most a few hundred points. */
  curve: z.array(trainingPointSchema),
});
export type TrainingSummary = z.infer<typeof trainingSchema>;
