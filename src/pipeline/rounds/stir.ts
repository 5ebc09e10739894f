/** Refresh: chains from the bank, moved in the latent space of a flow, are the next round's bank. */
import { z } from 'zod';
import { foldIn, type Key } from '../../engine/random.ts';
import { nestedRhat } from '../../estimators/nestedRhat.ts';
import { spreadRows } from '../../numerics/spreadRows.ts';
import { withPauses } from '../../pausing.ts';
import { storedFigure } from '../../records/figure.ts';
import { extendedFigure, figure } from '../../records/values.ts';
import { chainFunctions, mixingSteps } from '../../samplers/diagnostics.ts';
import { takeRows } from '../../samplers/resample.ts';
import type { Domain } from '../../targets/domain.ts';
import { FlowMap } from '../../training/flowMap.ts';
import type { Architecture } from '../../flows/architecture.ts';
import { networkOf, type OutputSettings } from '../../settings/output.ts';
import { checkStored, type Surroundings } from '../journal.ts';
import { pace } from '../pace.ts';
import { float64, phase, pointArrays } from '../phase.ts';
import { CHUNK } from '../transport/transport.ts';
import { moveChains, startChains, type LatentChains, type LatentTarget } from './latentMoves.ts';

/** Moves between the states that are kept, of the second half. */
const KEPT_EVERY = 4;

const mixingSchema = z.object({
  autocorrelationTimes: z.array(z.object({ name: z.string(), rounds: figure })),
  splitRhat: z.array(z.object({ name: z.string(), value: extendedFigure })),
  effectiveSampleSize: figure,
});
const stirredSchema = z.object({
  accepted: figure, acceptedIndependent: figure, chains: z.number(), seconds: z.number(), mixing: mixingSchema,
});

export type StirredFigures = z.infer<typeof stirredSchema>;

/** What refresh leaves, in the flow's coordinates. */
export interface Stirred extends StirredFigures {
  /** Draw by draw, all chains of each: [draws, chains, d] */
  readonly positions: Float64Array;
  /** [draws, chains] */
  readonly energies: Float64Array;
}

export interface StirOptions {
  readonly target: Omit<LatentTarget, 'forward'>;
  readonly architecture: Architecture;
  readonly network: Pick<OutputSettings, 'precision' | 'device' | 'executor' | 'threads'>;
  /** Where chains may start. [n, d] */
  readonly points: Float64Array;
  readonly chains: number;
  readonly moves: number;
  /** Functions that R̂ is taken of: those of the target's own coordinates. @param positions [draws, chains, d] */
  readonly outward: (positions: Float64Array, n: number) => Float64Array;
  readonly domain: Domain;
  readonly key: Key;
  readonly surroundings: Surroundings;
}

/** @throws Interrupted when asked to stop: what is under way is done again */
export function stir(options: StirOptions): Promise<Stirred> {
  const d = options.architecture.domain.length;
  return phase(options.surroundings, 'stirred', {
    tell: true,
    read: ({ json, arrays }) => ({
      ...checkStored(stirredSchema, json, 'refreshed chains'), positions: float64(arrays.positions),
      energies: float64(arrays.energies),
    }),
    compute: async () => {
      const stirred = await move(options);
      const { positions, energies, ...json } = stirred;
      return { value: stirred, piece: { json, arrays: pointArrays(positions, d, { energies }, 'positions') } };
    },
  });
}

async function move(options: StirOptions): Promise<Stirred> {
  const { target, architecture, network, points, chains: most, moves, key, surroundings, domain } = options;
  const d = architecture.domain.length;
  const rows = spreadRows(points.length / d, most);
  const n = rows.length;
  const clock = pace(surroundings, 0);
  let done = 0;
  const pause = (): Promise<void> =>
    clock.tick(() => surroundings.emit({ kind: 'moves', done, total: moves }), () => undefined);
  let chains = await startsIn(options, takeRows(points, d, rows), pause);
  const starts = [...chainFunctions(domain, options.outward(chains.points, n), chains.energies, n)];
  const kept = Array.from({ length: moves }, (_, step) => step)
    .filter((step) => 2 * step >= moves && (moves - 1 - step) % KEPT_EVERY === 0);
  const positions = new Float64Array(kept.length * n * d);
  const energies = new Float64Array(kept.length * n);
  const [accepted, proposed] = [[0, 0], [0, 0]];
  const forward = await FlowMap.compile(architecture, 'forward', CHUNK, networkOf(network));
  try {
    for (let step = 0; step < moves; step++) {
      await pause();
      const moved = await moveChains({ ...target, forward }, chains, step, foldIn(key, 'moves'), pause);
      ({ chains } = moved);
      const which = moved.independent ? 1 : 0;
      accepted[which] += moved.accepted;
      proposed[which] += moved.proposed;
      const row = kept.indexOf(step);
      if (row >= 0) {
        positions.set(chains.points, row * n * d);
        energies.set(chains.energies, row * n);
      }
      done = step + 1;
    }
  } finally {
    await forward.dispose();
  }
  const x = options.outward(positions, kept.length * n);
  const mixing = await withPauses(mixingSteps(
    chainFunctions(domain, x, energies, n), n, (values, k) => nestedRhat(values, starts[k].values).value,
  ), pause);
  const rate = (which: number): number | null => storedFigure(accepted[which] / proposed[which]);
  return {
    positions, energies, chains: n, seconds: clock.seconds(), accepted: rate(0), acceptedIndependent: rate(1), mixing,
  };
}

async function startsIn(
  { target, architecture, network }: StirOptions, points: Float64Array, pause: () => Promise<void>,
): Promise<LatentChains> {
  const d = architecture.domain.length;
  const n = points.length / d;
  const latent = new Float64Array(n * d);
  const inverse = await FlowMap.compile(architecture, 'inverse', CHUNK, networkOf(network));
  try {
    await inverse.map(target.parameters, points, n, latent, new Float64Array(n), pause);
  } finally {
    await inverse.dispose();
  }
  const forward = await FlowMap.compile(architecture, 'forward', CHUNK, networkOf(network));
  try {
    return await startChains({ ...target, forward }, latent, pause);
  } finally {
    await forward.dispose();
  }
}
