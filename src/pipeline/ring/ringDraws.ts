/** Weighted rings of N beads from the lifted flow, and the values of every estimator on them. */
import { foldIn, type Key } from '../../engine/random.ts';
import { pathValues } from '../../estimators/ringPolymer.ts';
import type { Settings } from '../../settings/settings.ts';
import type { EnergyEvaluator } from '../../targets/energyEvaluator.ts';
import type { PathIntegral } from '../../targets/pathIntegral.ts';
import { beadTransform, ringPaths, type Ring } from '../../targets/ringBeads.ts';
import { valueCount, type RingDraws } from '../../verdict/ring.ts';
import { shownHistogram } from '../../verdict/ringDensities.ts';
import type { Surroundings } from '../journal.ts';
import { pace } from '../pace.ts';
import type { Transport } from '../transport/transport.ts';
import { sharedModes, streamRings } from './lift.ts';
import { RingMoves } from './ringMoves.ts';

export interface RingDrawOptions {
  readonly transport: Transport;
  readonly pathIntegral: PathIntegral;
  readonly ring: Ring;
  /** Of V. */
  readonly potential: EnergyEvaluator;
  readonly settings: Settings;
  readonly key: Key;
  readonly surroundings: Surroundings;
}

/** Values of every estimator. @param rings in standardised modes [n, N·p] @returns [n, m], and the beads' positions */
export function ringValues(
  { particle, functions }: PathIntegral, beads: number, potential: EnergyEvaluator, rings: Float64Array,
): { values: Float64Array; positions: Float64Array } {
  const paths = ringPaths(beadTransform(particle, beads), potential, rings);
  const { masses, hbar, beta } = particle;
  const values = pathValues(paths, { masses, hbar, beta, beads }, functions.map(({ value }) => value));
  return { values, positions: paths.positions };
}

/** @throws Interrupted when asked to stop */
export async function drawRings(
  { transport, pathIntegral, ring, potential, settings, key, surroundings }: RingDrawOptions,
): Promise<RingDraws> {
  const { dimension: p } = pathIntegral;
  const { beads } = ring;
  const { samples: n, moves: steps } = settings.ring;
  const m = valueCount(pathIntegral);
  const logWeights = new Float64Array(n);
  const values = new Float64Array(n * m);
  const moves = steps === 0 ? null : new RingMoves(
    ring, steps, settings.ladder.rejuvenationStepSize, settings.output.threads, foldIn(key, 'moves'),
  );
  const [positions, centroids] = ['positions', 'centroids'].map(() =>
    Array.from({ length: p }, (_, a) => shownHistogram(pathIntegral, a)));
  const clock = pace(surroundings, 0);
  const lap = laps(surroundings);
  let [seconds, estimatorSeconds] = [0, 0];
  try {
    for await (const { first, count, samples, logWeights: own } of streamRings(transport, pathIntegral, ring, key, n)) {
      moves?.move(samples, first);
      seconds += lap();
      logWeights.set(own, first);
      const found = ringValues(pathIntegral, beads, potential, samples);
      values.set(found.values, first * m);
      for (let a = 0; a < p; a++) {
        positions[a].add(found.positions, p, a, own, beads);
        centroids[a].add(samples, beads * p, a, own, 1);
      }
      estimatorSeconds += lap();
      const report = (): void => surroundings.emit({ kind: 'generation', done: first + count, total: n });
      await clock.tick(report, () => undefined);
    }
  } finally {
    moves?.dispose();
  }
  const moved = moves === null ? null : { steps, stepSize: moves.stepSize, acceptance: moves.acceptance };
  const modes = sharedModes(pathIntegral, beads);
  return { beads, modes, logWeights, values, positions, centroids, moves: moved, seconds, estimatorSeconds };
}

/** Seconds since it was last asked. */
function laps({ now }: Pick<Surroundings, 'now'>): () => number {
  let before = now();
  return () => {
    const time = now();
    const spent = (time - before) / 1000;
    before = time;
    return spent;
  };
}
