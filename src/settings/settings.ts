/** Every setting of a run, in groups; `--set group.name=value` names one, and so does the short name of before. */
import { z } from 'zod';
import { flowSchema } from './flow.ts';
import { ladderSchema } from './ladder.ts';
import { noiseSchema } from './noise.ts';
import { outputSchema } from './output.ts';
import { ringSchema } from './ring.ts';
import { roundsSchema } from './rounds.ts';
import { samplingSchema } from './sampling.ts';
import { trainingSchema } from './training.ts';
import { weightsSchema } from './weights.ts';

/** Nine groups, one file each; strict, so that no setting is misspelt in silence. */
export const settingsSchema = z.strictObject({
  sampling: samplingSchema,
  flow: flowSchema,
  training: trainingSchema,
  ladder: ladderSchema,
  rounds: roundsSchema,
  noise: noiseSchema,
  weights: weightsSchema,
  ring: ringSchema,
  output: outputSchema,
});

/** All settings of a run, whole and checked: made by `settingsFor` or `checkSettings`. */
export type Settings = z.infer<typeof settingsSchema>;
export type Group = keyof Settings;

export const groups = Object.keys(settingsSchema.shape) as Group[];
