/** Path integrals: the ring that the flow is trained for, the rings that it is lifted to, and tempering beside them. */
import { z } from 'zod';
import { MOST_SAMPLES, positive, whole } from './values.ts';

export const ringSchema = z.strictObject({
  beta: z.number().gte(0).lt(Infinity).default(0).describe("path integrals: inverse temperature; 0: the target's own"),
  beads:
    whole(0).default(0).describe("path integrals: beads of the ring that the flow is trained for; 0: the target's own"),
  modes: whole(0).default(0).describe("path integrals: modes that the flow moves, an odd number; 0: the target's own"),
  rings: z.array(z.number().int().gte(1).lte(4096))
    .max(64).default([8, 16, 32, 64]).describe('path integrals: numbers of beads that the flow is lifted to'),
  samples:
    whole(64).lte(MOST_SAMPLES).default(200_000).describe('path integrals: weighted rings of each number of beads'),
  moves:
    whole(0).default(0).describe('path integrals: MALA steps of the weighted rings, which leave their weights right'),
  distilledFrom: z.enum(['classical', 'tempering']).default('classical').describe(
    'path integrals: what one flow is trained on, samples of the classical particle or tempering of the ring '
      + 'itself'
  ),
  modeSpread: z.number().gte(0).lte(1).default(0.5).describe(
    'path integrals: spread of the modes in training samples, between the harmonic reference (0) and free '
      + 'particles (1)'
  ),
  baselineRounds: whole(0)
    .default(0).describe('path integrals: rounds of tempering on each ring without a flow, for comparison; 0: none'),
  baselineReplicas: whole(2).lte(1000).default(4).describe('path integrals: rungs of that tempering'),
  baselineStepsPerRound: whole(1).default(2).describe('path integrals: kernel steps between its swaps'),
  baselineHottest: positive.lte(1).default(0.05).describe('path integrals: its first λ above 0'),
});

export type RingSettings = z.infer<typeof ringSchema>;
