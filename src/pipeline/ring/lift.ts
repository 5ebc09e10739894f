/**
 * A flow of a few low modes lifted to a ring of any number of beads: it moves the low modes, all others keep the
 * harmonic reference's law, and the weights are those of the whole ring. So averages are exact at every N; only the ESS
 * depends on how well the reference serves the other modes (arXiv 2604.05303, path-integral experiments).
 */
import { foldIn, type Key } from '../../engine/random.ts';
import { fillNormalRows } from '../../engine/simd/rows.ts';
import { InputError } from '../../errors.ts';
import { noPause, uncut, type Cuts } from '../../pausing.ts';
import { wholePairs } from '../../numerics/normalModes.ts';
import type { PathIntegral } from '../../targets/pathIntegral.ts';
import { beadTransform, ringOf, type Ring } from '../../targets/ringBeads.ts';
import type { Target } from '../../targets/target.ts';
import type { Proposal } from '../proposal/proposal.ts';
import { CHUNK, pull, push, type Transport, type WeightedPiece } from '../transport/transport.ts';
import { endsWeigher } from '../weigh/exact.ts';

/** Rings of a piece of a stream at most: each has many more coordinates than the flow. */
const PIECE = 4 * CHUNK;

/** −log of the standard normal's height. */
const LOG_NORMAL = 0.5 * Math.log(2 * Math.PI);

/** Modes of the flow that the ring of `beads` has too. */
export const sharedModes = ({ modes }: PathIntegral, beads: number): number => Math.min(modes, wholePairs(beads));

/** Samples are rings in standardised modes [N·p]; they are written as the positions of their beads [N, p]. */
export function liftedProposal(
  target: Target, pathIntegral: PathIntegral, transport: Transport, beads: number,
): Proposal {
  const ring = ringOf(target, pathIntegral, beads);
  const { positions } = beadTransform(pathIntegral.particle, beads);
  return {
    shape: [beads, pathIntegral.dimension],
    transport,
    weights: 'exact',
    written: positions,
    stream: (key, total, from = 0, cuts = uncut) => streamRings(transport, pathIntegral, ring, key, total, from, cuts),
    pullBack: ({ samples, energies }, pause = noPause) =>
      pullBackRings(transport, pathIntegral, beads, samples, energies, pause),
    lift: (other) => liftedProposal(target, pathIntegral, transport, other),
  };
}

/**
 * `total` weighted rings in pieces, in standardised modes [count, N·p]. Ring i depends on the key and i alone. Modes of
 * the flow that a shorter ring lacks are given the reference as their law: they are drawn, weighed, and left out.
 * @param from index of the first
 */
export async function* streamRings(
  transport: Transport, pathIntegral: PathIntegral, ring: Ring, key: Key, total: number, from = 0, cuts: Cuts = uncut,
): AsyncGenerator<WeightedPiece> {
  const { dimension: p } = pathIntegral;
  const shared = sharedModes(pathIntegral, ring.beads) * p;
  const [width, low] = [ring.beads * p, transport.target.dimension];
  const rest = width - shared;
  // Normal modes that keep their law have the same energy before and after.
  const weighers = [endsWeigher(transport.target.base, null, transport.stages.length)];
  const own = { key: foldIn(key, 'low'), total, from, most: PIECE, cuts };
  for await (const { first, count, samples: x, logWeights: [logWeights] } of push(transport, () => weighers, own)) {
    const samples = new Float64Array(count * width);
    const high = new Float64Array(count * rest);
    if (rest > 0) fillNormalRows(foldIn(key, 'high'), first, count, rest, high);
    for (let i = 0; i < count; i++) {
      samples.set(x.subarray(i * low, i * low + shared), i * width);
      samples.set(high.subarray(i * rest, (i + 1) * rest), i * width + shared);
      let reference = 0;
      for (let j = 0; j < rest; j++) reference += 0.5 * high[i * rest + j] ** 2;
      for (let j = shared; j < low; j++) reference -= 0.5 * x[i * low + j] ** 2;
      logWeights[i] += reference + (width - low) * LOG_NORMAL;
    }
    const energies = new Float64Array(count);
    ring.energy.energies(samples, count, energies);
    for (let i = 0; i < count; i++) logWeights[i] -= energies[i];
    yield { first, count, samples, logWeights };
  }
}

/**
 * log w of given rings with their actions, back through the flow. @param rings in standardised modes [n, N·p] @returns
 * [n] @throws InputError where the ring lacks modes of the flow, which a ring does not determine
 */
async function pullBackRings(
  transport: Transport, pathIntegral: PathIntegral, beads: number, rings: Float64Array, energies: Float64Array,
  pause: () => Promise<void>,
): Promise<Float64Array> {
  const [low, width] = [transport.target.dimension, beads * pathIntegral.dimension];
  if (sharedModes(pathIntegral, beads) * pathIntegral.dimension < low) throw new InputError(
    `pullBack: a ring of ${beads} beads has fewer modes than the flow (${pathIntegral.modes})`,
  );
  const n = rings.length / width;
  const x = new Float64Array(n * low);
  for (let i = 0; i < n; i++) x.set(rings.subarray(i * width, i * width + low), i * low);
  const weigher = endsWeigher(transport.target.base, null, transport.stages.length);
  const logWeights = await pull(transport, weigher, x, pause);
  for (let i = 0; i < n; i++) {
    logWeights[i] += (width - low) * LOG_NORMAL - energies[i];
    for (let j = low; j < width; j++) logWeights[i] += 0.5 * rings[i * width + j] * rings[i * width + j];
  }
  return logWeights;
}
