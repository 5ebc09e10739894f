/** The flow on a ring of N beads, as a phase: weighted rings, and the verdict on them. */
import { z } from 'zod';
import { foldIn, type Key } from '../../engine/random.ts';
import { ringSchema, warningSchema } from '../../records/record.ts';
import type { Settings } from '../../settings/settings.ts';
import type { EnergyEvaluator } from '../../targets/energyEvaluator.ts';
import { ringOf } from '../../targets/ringBeads.ts';
import type { Target } from '../../targets/target.ts';
import { judgeRing, type RingEvidence, type RingVerdict } from '../../verdict/ring.ts';
import { checkStored, type Surroundings } from '../journal.ts';
import { arrayOf, within } from '../phase.ts';
import type { Transport } from '../transport/transport.ts';
import { drawRings } from './ringDraws.ts';

export const ringPart = (beads: number): string => `beads-${beads}`;

export interface RingPhaseOptions extends RingEvidence {
  /** Of the ring's low modes. */
  readonly target: Target;
  readonly transport: Transport;
  /** Of V. */
  readonly potential: EnergyEvaluator;
  readonly settings: Settings;
  readonly key: Key;
  readonly surroundings: Surroundings;
}

const storedSchema = z.object({
  summary: ringSchema.omit({ baseline: true }), centroids: z.array(z.array(z.number())),
  doubts: z.array(warningSchema).default([]),
});

/** @throws Interrupted when asked to stop */
export async function runRing(options: RingPhaseOptions, beads: number): Promise<RingVerdict> {
  const { target, pathIntegral, surroundings } = options;
  const journal = surroundings.journal.part(ringPart(beads));
  const finished = journal.phase('lift');
  surroundings.emit({ kind: 'ring', beads, resumed: finished !== null });
  if (finished !== null) return checkStored(storedSchema, finished.json, `ring of ${beads} beads`);
  const draws = await drawRings({
    ...options, ring: ringOf(target, pathIntegral, beads), key: foldIn(foldIn(options.key, 'ring'), beads),
    surroundings: within(surroundings, journal),
  });
  const verdict = judgeRing(options, draws);
  journal.finishPhase('lift', { json: verdict, arrays: { logWeights: arrayOf(draws.logWeights) } });
  return verdict;
}
