/**
 * The weighted samples of a run, as a phase: independent draws of its proposal, and held-out samples back through it.
 */
import { z } from 'zod';
import { foldIn, keyFromSeed, type Key } from '../../engine/random.ts';
import { truncatedForwardEss } from '../../estimators/ess.ts';
import { scanLogWeights } from '../../estimators/scaledWeights.ts';
import type { Cuts } from '../../pausing.ts';
import { storedFigure } from '../../records/figure.ts';
import type { TrainingData } from '../../training/trainer.ts';
import type { Ensemble } from '../../verdict/ensemble.ts';
import { checkStored, type Piece, type PhaseName, type Surroundings } from '../journal.ts';
import { pace, portions } from '../pace.ts';
import { arrayOf, float64, phase, pointArrays } from '../phase.ts';
import { essOf } from '../../samplers/particles.ts';
import type { Proposal } from './proposal.ts';

/** Samples for the figures without moves, at most. */
const WITHOUT_MOVES = 50_000;

/** Runs of before there were figures of training samples, or of the largest weight, have none. */
const drawnSchema = z.object({
  seconds: z.number(), trainedEss: z.number().nullable().default(null), ess: z.number().nullable().default(null),
  largest: z.number().nullable().default(null),
});

export interface DrawOptions {
  readonly proposal: Proposal;
  /** Langevin moves between stages. */
  readonly moves: number;
  /** The same without moves, where its figures are to be told apart; null where there is no such difference. */
  readonly plain: Proposal | null;
  readonly samples: number;
  /** Of those that there are, how many there should be: further ones are drawn until there are. Default: as many. */
  readonly enough?: (drawn: Drawn) => number;
  /** Samples of the target that neither training nor the choice of parameters saw. */
  readonly heldOut: TrainingData;
  /** As many that training saw, to compare with; null for none. */
  readonly seen: TrainingData | null;
  readonly key: Key;
  /** Its journal is that of the place where the samples are kept. */
  readonly surroundings: Surroundings;
}

export interface Drawn {
  readonly samples: Float64Array;
  readonly logWeights: Float64Array;
}

/** The stream that `jeffreys sample --seed` draws from: not the one of the run's own ensemble. */
export const sampleKey = (seed: number): Key => foldIn(keyFromSeed(seed), 'sample');

/** @param name of the phase @throws Interrupted when asked to stop */
export function drawEnsemble(name: PhaseName, options: DrawOptions): Promise<Ensemble> {
  return phase(options.surroundings, name, {
    tell: true,
    read: (piece) => readEnsemble(piece, options.plain !== null),
    compute: async () => {
      const ensemble = await draw(options);
      const { samples, logWeights, heldOutLogWeights, trainedEss, plain, seconds } = ensemble;
      const figures = plain === null ? { trainedEss } : { ess: plain.ess, largest: storedFigure(plain.largest) };
      const d = samples.length / logWeights.length;
      return {
        value: ensemble,
        piece: {
          json: { seconds, ...figures },
          arrays: { ...pointArrays(samples, d, { logWeights }), heldOutLogWeights: arrayOf(heldOutLogWeights) },
        },
      };
    },
  });
}

function readEnsemble({ json, arrays }: Piece, withPlain: boolean): Ensemble {
  const { seconds, trainedEss, ess, largest } = checkStored(drawnSchema, json, 'weighted samples');
  const [samples, logWeights, heldOutLogWeights] =
    ['samples', 'logWeights', 'heldOutLogWeights'].map((name) => float64(arrays[name]));
  const plain = withPlain ? { ess: ess ?? NaN, largest: largest ?? Infinity } : null;
  return { samples, logWeights, heldOutLogWeights, trainedEss, plain, seconds };
}

async function draw(options: DrawOptions): Promise<Ensemble> {
  const { proposal, moves, plain, samples: n, heldOut, seen, key, surroundings } = options;
  const clock = pace(surroundings, 0);
  const without = plain === null || moves === 0 ? 0 : Math.min(n, WITHOUT_MOVES);
  let [done, total] = [0, n + without];
  const tick = (): Promise<void> =>
    clock.tick(() => surroundings.emit({ kind: 'generation', done, total }), () => undefined);
  const cuts = portions(surroundings, Math.max(1, moves), tick);
  const progress = (from: number) => (count: number): Promise<void> => {
    done = from + count;
    return tick();
  };
  let drawn = await collect(proposal, key, 0, n, cuts, progress(0));
  for (;;) {
    const have = drawn.logWeights.length;
    const more = (options.enough?.(drawn) ?? have) - have;
    if (more <= 0) break;
    total = have + more;
    drawn = joined(drawn, await collect(proposal, key, have, more, cuts, progress(have)));
  }
  const { samples, logWeights } = drawn;
  const still = plain === null || without === 0 ? logWeights
    : (await collect(plain, key, 0, without, cuts, progress(n))).logWeights;
  const seconds = clock.seconds();
  const heldOutLogWeights = await proposal.pullBack(heldOut, tick);
  const trainedEss = seen === null ? null
    : storedFigure(truncatedForwardEss(await proposal.pullBack(seen, tick)).fraction);
  const figures = plain === null ? null : { ess: essOf(still), largest: scanLogWeights(still).logScale };
  return { samples, logWeights, heldOutLogWeights, trainedEss, plain: figures, seconds };
}

async function collect(
  proposal: Proposal, key: Key, from: number, n: number, cuts: Cuts, progress: (done: number) => Promise<void>,
): Promise<Drawn> {
  const d = proposal.shape.reduce((product, length) => product * length, 1);
  const samples = new Float64Array(n * d);
  const logWeights = new Float64Array(n);
  for await (const piece of proposal.stream(key, n, from, cuts)) {
    const at = piece.first - from;
    samples.set(piece.samples, at * d);
    logWeights.set(piece.logWeights, at);
    await progress(at + piece.count);
  }
  return { samples, logWeights };
}

function joined(a: Drawn, b: Drawn): Drawn {
  const of = (x: Float64Array, y: Float64Array): Float64Array => {
    const both = new Float64Array(x.length + y.length);
    both.set(x);
    both.set(y, x.length);
    return both;
  };
  return { samples: of(a.samples, b.samples), logWeights: of(a.logWeights, b.logWeights) };
}
