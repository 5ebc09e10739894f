/** How a flow is trained: the loss, its steps, and what is kept from it. */
import { z } from 'zod';
import { schedules } from '../training/schedule.ts';
import { positive, whole } from './values.ts';

export const trainingSchema = z.strictObject({
  theta: z.number().gte(0).lte(1).describe('balance of the Jeffreys loss: 0 forward KL, 1 reverse KL'),
  kappa: z.number().gte(0).lt(Infinity).describe('weight of the ratio variation'),
  renyiOrder: positive.describe('order of the Rényi divergence; 1 is the KL'),
  variationPairings: whole(1).describe('pairings per batch in the ratio variation'),
  steps: whole(1).describe('training steps'),
  batch: whole(2).lte(1_000_000).describe('target samples, and base samples, per step'),
  learningRate: positive.describe('peak learning rate of Adam'),
  schedule: z.enum(schedules).describe('learning-rate schedule'),
  clipNorm: positive.describe('longest gradient that is not shortened'),
  evaluateEvery: whole(1).describe('steps between evaluations on held-out points'),
  patience: whole(0).describe('evaluations without a better one before training stops; 0: never'),
  fixedBaseSamples: whole(0).describe('size of a fixed set of base samples; 0: fresh ones every step'),
  heldOut: z.number().gt(0).lte(0.5).describe('share of the PT samples kept from training'),
});

export type TrainingSettings = z.infer<typeof trainingSchema>;
