/** Chains that go on round by round: taken up where the journal left off, saved, and told of. */
import { z } from 'zod';
import type { Surroundings } from '../journal.ts';
import type { Pace } from '../pace.ts';
import { underWay, type Arrays } from '../phase.ts';

/** Of a target's own samples, of the bridge, or of a ring beside its flow. */
export type TemperingPhase = 'pt' | 'path' | 'baseline';

/** @typeParam A the arrays that its snapshots hold */
interface Chains<A extends Arrays> {
  readonly progress: {
    readonly phase: 'warmup' | 'main' | 'done'; readonly round: number; readonly rounds: number;
    readonly smallestSwapRate: number | null; readonly roundTrips: number;
  };
  snapshot(): { readonly json: Record<string, number | string>; readonly arrays: A };
  restore(snapshot: { readonly json: Record<string, number | string>; readonly arrays: A }): void;
}

const checkpointSchema = z.object({
  seconds: z.number(), state: z.record(z.string(), z.union([z.number(), z.string()])),
});

/** @param what the chains are called in messages @returns their clock, what tells of them, and what looks at both */
export function chainsUnderWay<A extends Arrays>(
  run: Chains<A>, name: TemperingPhase, what: string, surroundings: Surroundings,
): { readonly clock: Pace; readonly report: () => void; readonly pause: () => Promise<void> } {
  const { clock, save } = underWay(surroundings, {
    phase: name, schema: checkpointSchema, what,
    save: (seconds) => {
      const { json, arrays } = run.snapshot();
      return { json: { seconds, state: json }, arrays };
    },
    restore: ({ seconds, state }, arrays) => {
      run.restore({ json: state, arrays: arrays as A });
      return seconds;
    },
  });
  const report = (): void => {
    const { phase: stage, round, rounds, smallestSwapRate, roundTrips } = run.progress;
    surroundings.emit({ kind: 'sampling', stage, done: round, total: rounds, smallestSwapRate, roundTrips });
  };
  return { clock, report, pause: () => clock.tick(report, save) };
}
