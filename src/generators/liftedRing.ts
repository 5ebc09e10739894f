/**
 * A flow of a few low modes lifted to a ring of any number of beads: it moves the low modes, all others keep the
 * harmonic
 * reference's law, and the weights are those of the whole ring. So averages are exact at every N; only the ESS depends
 * on how well
 * the reference serves the other modes (arXiv 2604.05303, path-integral experiments).
 */
import { foldIn, type Key } from '../engine/random.ts';
import { fillNormalRows } from '../engine/simd/rows.ts';
import { InputError } from '../errors.ts';
import type { Architecture } from '../flows/architecture.ts';
import { wholePairs } from '../numerics/normalModes.ts';
import { baseEnergies, baseSamplers } from '../targets/base.ts';
import type { PathIntegral } from '../targets/pathIntegral.ts';
import { beadTransform, ringOf, type Ring } from '../targets/ringBeads.ts';
import type { Target } from '../targets/target.ts';
import { FlowMap, type ParameterArray } from '../training/flowMap.ts';
import type { WeightedPiece } from './ensemble.ts';
import { networkOf, type Settings } from './settings.ts';

/** Points per call of the network, and per piece of a stream. */
const CHUNK = 4096;
const PIECE = 4 * CHUNK;

export interface LiftedFlow {
  /** Of the low modes. */
  readonly target: Target;
  readonly pathIntegral: PathIntegral;
  readonly architecture: Architecture;
  /** Of the flows that follow each other, without moves between them; null: the identity. */
  readonly flows: readonly (ParameterArray | null)[];
  readonly settings: Pick<Settings, 'precision' | 'baseSampling' | 'device' | 'executor' | 'threads'>;
}

/** −log of the standard normal's height. */
const LOG_NORMAL = 0.5 * Math.log(2 * Math.PI);

/** Modes of the flow that the ring of `beads` has too. */
export const sharedModes = ({ modes }: PathIntegral, beads: number): number => Math.min(modes, wholePairs(beads));

/**
 * `total` weighted rings in pieces, in standardised modes [count, N·p]. Ring i depends on the key and i alone. Modes of
 * the flow that a
 * shorter ring lacks are given the reference as their law: they are drawn, weighed, and left out.
 * @param from index of the first
 */
export async function* streamRings(
  { target, pathIntegral, architecture, flows, settings }: LiftedFlow, ring: Ring, key: Key, total: number, from = 0
): AsyncGenerator<WeightedPiece> {
  const { dimension: p } = pathIntegral;
  const shared = sharedModes(pathIntegral, ring.beads) * p;
  const width = ring.beads * p;
  const low = target.dimension;
  const map = await FlowMap.compile(architecture, 'forward', CHUNK, networkOf(settings));
  try {
    const most = Math.min(PIECE, map.together);
    for (let first = from; first < from + total; first += most) {
      const count = Math.min(most, from + total - first);
      const x = new Float64Array(count * low);
      baseSamplers[settings.baseSampling](target.base, foldIn(key, 'low'), first, count, x);
      const logWeights = new Float64Array(count);
      // Normal modes that keep their law have the same energy before and after.
      baseEnergies(target.base, x, count, logWeights);
      const gains = new Float64Array(count);
      for (const parameters of flows) {
        if (parameters === null) continue;
        await map.map(parameters, x.slice(), count, x, gains);
        for (let i = 0; i < count; i++) logWeights[i] += gains[i];
      }
      const samples = new Float64Array(count * width);
      const high = new Float64Array(count * (width - shared));
      if (width > shared) fillNormalRows(foldIn(key, 'high'), first, count, width - shared, high);
      for (let i = 0; i < count; i++) {
        samples.set(x.subarray(i * low, i * low + shared), i * width);
        samples.set(high.subarray(i * (width - shared), (i + 1) * (width - shared)), i * width + shared);
        let reference = 0;
        for (let j = 0; j < width - shared; j++) reference += 0.5 * high[i * (width - shared) + j] ** 2;
        for (let j = shared; j < low; j++) reference -= 0.5 * x[i * low + j] ** 2;
        logWeights[i] += reference + (width - low) * LOG_NORMAL;
      }
      const energies = new Float64Array(count);
      ring.energy.energies(samples, count, energies);
      for (let i = 0; i < count; i++) logWeights[i] -= energies[i];
      yield { first, count, samples, logWeights };
    }
  } finally {
    await map.dispose();
  }
}

/** The same as positions of the beads, [count, N, p]. */
export async function* streamBeads(
  flow: LiftedFlow, beads: number, key: Key, total: number, from = 0
): AsyncGenerator<WeightedPiece> {
  const { positions } = beadTransform(flow.pathIntegral.particle, beads);
  for await (const piece of streamRings(flow, ringOf(flow.target, flow.pathIntegral, beads), key, total, from))
    yield { ...piece, samples: positions(piece.samples) };
}

/**
 * log w of given rings, back through the flow: the inverse of {@link streamRings}. @param rings in standardised modes
 * [n, N·p] @returns [n] @throws InputError where the ring lacks modes of the flow, which a ring does not determine
 */
export async function pullBackRings(
  { target, pathIntegral, architecture, flows, settings }: LiftedFlow, ring: Ring, rings: Float64Array
): Promise<Float64Array> {
  const [low, width] = [target.dimension, ring.beads * pathIntegral.dimension];
  if (sharedModes(pathIntegral, ring.beads) * pathIntegral.dimension < low) throw new InputError(
    `pullBackRings: a ring of ${ring.beads} beads has fewer modes than the flow (${pathIntegral.modes})`
  );
  const n = rings.length / width;
  const logWeights = new Float64Array(n);
  ring.energy.energies(rings, n, logWeights);
  for (let i = 0; i < n; i++) logWeights[i] = (width - low) * LOG_NORMAL - logWeights[i];
  const x = new Float64Array(n * low);
  for (let i = 0; i < n; i++) {
    x.set(rings.subarray(i * width, i * width + low), i * low);
    for (let j = low; j < width; j++) logWeights[i] += 0.5 * rings[i * width + j] * rings[i * width + j];
  }
  const inverse = await FlowMap.compile(architecture, 'inverse', CHUNK, networkOf(settings));
  try {
    const gains = new Float64Array(n);
    for (const parameters of [...flows].reverse()) {
      if (parameters === null) continue;
      await inverse.map(parameters, x.slice(), n, x, gains);
      for (let i = 0; i < n; i++) logWeights[i] -= gains[i];
    }
  } finally {
    await inverse.dispose();
  }
  const u0 = new Float64Array(n);
  baseEnergies(target.base, x, n, u0);
  return logWeights.map((value, i) => value + u0[i]);
}
