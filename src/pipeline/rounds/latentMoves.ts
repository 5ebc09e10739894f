/**
 * Metropolis moves in the latent space of a flow: exact for the target whatever the flow is, without gradients, and as
 * far-reaching as the flow is good. A move that leaves the base invariant, u → u', is accepted by the ratio of
 * importance weights.
 * @see Cotter, Roberts, Stuart & White 2013, "MCMC methods for functions" (the preconditioned Crank–Nicolson move)
 */
import { foldIn, type Key } from '../../engine/random.ts';
import { fillNormalRows, fillUniformRows } from '../../engine/simd/rows.ts';
import { power } from '../../numerics/power.ts';
import type { Pause } from '../../pausing.ts';
import { baseEnergies, sampleBase, type Base } from '../../targets/base.ts';
import { moreNormals, stepInMixture } from '../../targets/mixture.ts';
import { stepInTails } from '../../targets/tails.ts';
import { wrapCoordinate, wrapPoints } from '../../targets/domain.ts';
import type { EnergyEvaluator } from '../../targets/energyEvaluator.ts';
import { energiesOf } from '../../training/evaluation.ts';
import type { FlowMap, ParameterArray } from '../../training/flowMap.ts';

/** Every so many moves a chain is offered a point of the base that has nothing to do with where it is. */
const INDEPENDENT_EVERY = 4;
/** Shares s of new noise in the others are log-uniform from here to 1. */
const SMALLEST_STEP = 0.05;

export interface LatentTarget {
  readonly base: Base;
  readonly energy: EnergyEvaluator;
  /** Base to target. */
  readonly forward: FlowMap;
  readonly parameters: ParameterArray;
}

/** Chains of a flow's latent space. */
export interface LatentChains {
  /** [n, d] */
  readonly latent: Float64Array;
  /** Their images. [n, d] */
  readonly points: Float64Array;
  /** U of the images. [n] */
  readonly energies: Float64Array;
  /** log w. [n] */
  readonly logWeights: Float64Array;
}

export interface LatentCounts {
  readonly accepted: number;
  readonly proposed: number;
}

/** Chains at the images of latent points. */
async function chainsAt(
  { base, energy, forward, parameters }: LatentTarget, latent: Float64Array, pause: Pause,
): Promise<LatentChains> {
  const d = base.domain.length;
  const n = latent.length / d;
  const points = new Float64Array(n * d);
  const [gains, energies, baseValues] = [0, 1, 2].map(() => new Float64Array(n));
  await forward.map(parameters, latent, n, points, gains, pause);
  wrapPoints(base.domain, points, n);
  await energiesOf(energy, points, n, energies, pause);
  baseEnergies(base, latent, n, baseValues);
  const logWeights = gains.map((gain, i) => baseValues[i] - energies[i] + gain);
  return { latent, points, energies, logWeights };
}

/** @param latent preimages of where chains start [n, d] */
export const startChains = (target: LatentTarget, latent: Float64Array, pause: Pause): Promise<LatentChains> =>
  chainsAt(target, latent, pause);

/** One move of every chain. @returns the chains after it */
export async function moveChains(
  target: LatentTarget, chains: LatentChains, step: number, key: Key, pause: Pause,
): Promise<{ chains: LatentChains; independent: boolean } & LatentCounts> {
  const { base } = target;
  const d = base.domain.length;
  const n = chains.logWeights.length;
  const own = foldIn(key, step);
  const independent = step % INDEPENDENT_EVERY === INDEPENDENT_EVERY - 1;
  const proposals = new Float64Array(n * d);
  sampleBase(base, foldIn(own, 'noise'), 0, n, proposals);
  const draws = new Float64Array(3 * n);
  fillUniformRows(foldIn(own, 'draws'), 0, n, 3, draws);
  if (!independent) mixAll(base, chains.latent, proposals, draws, own);
  const offered = await chainsAt(target, proposals, pause);
  let accepted = 0;
  const next = { ...chains, latent: chains.latent.slice(), points: chains.points.slice(),
    energies: chains.energies.slice(), logWeights: chains.logWeights.slice() };
  for (let i = 0; i < n; i++) {
    // A weight that is not a number, or of no density, is never gone to.
    const ratio = offered.logWeights[i] - chains.logWeights[i];
    if (!(Math.log(draws[3 * i + 1]) < ratio) || offered.logWeights[i] === Infinity) continue;
    accepted += 1;
    next.latent.set(offered.latent.subarray(i * d, (i + 1) * d), i * d);
    next.points.set(offered.points.subarray(i * d, (i + 1) * d), i * d);
    next.energies[i] = offered.energies[i];
    next.logWeights[i] = offered.logWeights[i];
  }
  return { chains: next, independent, accepted, proposed: n };
}

function mixAll(base: Base, latent: Float64Array, proposals: Float64Array, draws: Float64Array, key: Key): void {
  const { mixture, tails, domain: { length: d } } = base;
  const n = latent.length / d;
  const apart = mixture !== undefined || tails !== undefined;
  // The steps of laws in parts are made of standard normals, and a uniform number for the part.
  const normals = new Float64Array(apart ? n * d : 0);
  if (apart) fillNormalRows(foldIn(key, 'normals'), 0, n, d, normals);
  const laws = new Float64Array(mixture === undefined && tails !== undefined ? n * d : 0);
  if (laws.length > 0) fillUniformRows(foldIn(key, 'laws'), 0, n, d, laws);
  const widths = mixture === undefined ? 0 : moreNormals(mixture);
  const each = widths === 0 ? 0 : widths + d;
  const more = new Float64Array(n * each);
  if (each > 0) fillNormalRows(foldIn(key, 'widths'), 0, n, each, more);
  for (let i = 0; i < n; i++) {
    const s = power(SMALLEST_STEP, draws[3 * i]);
    mix(base, latent, proposals, i, s);
    const [from, to] = [i * d, (i + 1) * d];
    if (mixture !== undefined) {
      const own = normals.subarray(from, to);
      stepInMixture(
        mixture, latent.subarray(from, to), own, s, draws[3 * i + 2], more.subarray(i * each, (i + 1) * each),
      );
      for (const j of mixture.coordinates) proposals[from + j] = own[j];
    } else if (tails !== undefined) {
      const { mean, standardDeviation: scale, domain } = base;
      for (let j = 0; j < d; j++) {
        if (domain[j].kind !== 'real') continue;
        const z = (latent[from + j] - mean[j]) / scale[j];
        proposals[from + j] = mean[j] + scale[j] * stepInTails(tails, z, normals[from + j], s, laws[from + j]);
      }
    }
  }
}

/**
 * u' = m + √(1 − s²) (u − m) + s ξ of a normal coordinate, which leaves it invariant. On a circle a step of s times a
 * uniform one; between walls the same, folded back: both are symmetric, and the base is uniform there.
 * @param noise points of the base [n, d], which give way to the proposals
 */
function mix(base: Base, latent: Float64Array, noise: Float64Array, i: number, s: number): void {
  const d = base.domain.length;
  const kept = Math.sqrt(1 - s * s);
  for (let j = 0; j < d; j++) {
    const { kind, low, high } = base.domain[j];
    const at = i * d + j;
    if (kind === 'real') {
      const mean = base.mean[j];
      noise[at] = mean + kept * (latent[at] - mean) + s * (noise[at] - mean);
      continue;
    }
    const moved = latent[at] + s * (noise[at] - 0.5 * (low + high));
    noise[at] = kind === 'torus' ? wrapCoordinate(moved, low, high) : folded(moved, low, high);
  }
}

const folded = (value: number, low: number, high: number): number =>
  (value < low ? 2 * low - value : value > high ? 2 * high - value : value);
