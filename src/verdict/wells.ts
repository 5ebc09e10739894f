/**
 * Wells that neither tempering nor the flow has met. Descents from all over the box and the base end in local minima;
 * where the weight exceeds every weight seen, the flow has no samples, and the mass there is estimated from the
 * curvature. It is a search: what it finds is missing, but what it does not find may still be there.
 */
import { foldIn, type Key } from '../engine/random.ts';
import { noPause, withPauses, type Pause } from '../pausing.ts';
import { exploreSteps } from '../samplers/explore.ts';
import { sampleBase, uniformInBox } from '../targets/base.ts';
import { wrapPoints, type Domain } from '../targets/domain.ts';
import type { EnergyEvaluator } from '../targets/energyEvaluator.ts';
import type { Target } from '../targets/target.ts';
import { curvature } from './curvature.ts';
import { descend, descentSteps } from './descents.ts';
import { doubt, type Doubt } from './standing.ts';
import { LOST_SHARE, MODE_MATTERS } from './trust.ts';

/** Starts, half of them anywhere in the box and half from the base, and steps of each. */
const STARTS = 128;
const STEPS = 150;
/** Minima nearer to each other than this, in widths of the box in each coordinate, are one. */
const SAME = 0.02;
/** Minima that are looked at, the lowest first. */
const MOST = 12;
/** A point from which a Newton step would still fall by more than this, in kT, is no minimum, but on the way to one. */
const STILL_FALLS = 1;
/** Further descents of such points. */
const MORE = 3;
/** Chains from a minimum, the steps of each, and the share of them that leave what is no well. */
const CHAINS = 64;
const CHAIN_STEPS = 300;
const LEFT = 0.5;
/** A weight of e³ times the mean is no sign of a missing well, whatever the largest one seen. */
const USUAL = 3;

export interface WellSearch {
  readonly target: Pick<Target, 'base' | 'dimension' | 'domain'>;
  readonly energy: EnergyEvaluator;
  /** log w of points, back through the flow. @param points [n, d] @param energies [n] */
  readonly logWeightsOf: (points: Float64Array, energies: Float64Array) => Promise<Float64Array>;
  /** Of the weighted samples: log of the mean weight, and the largest log-weight. */
  readonly logZ: number;
  readonly largest: number;
  readonly key: Key;
  /** Called between the steps of descents. */
  readonly pause?: Pause | undefined;
}

export interface MissedWell {
  /** [d] */
  readonly point: Float64Array;
  /** Estimated mass in units of what the weighted samples hold. */
  readonly share: number;
}

/** @returns wells with a share of at least {@link MODE_MATTERS}, the largest first */
export async function searchWells(
  { target, energy, logWeightsOf, logZ, largest, key, pause = noPause }: WellSearch
): Promise<MissedWell[]> {
  const { base, dimension: d, domain } = target;
  if (!Number.isFinite(logZ)) return [];
  const starts = new Float64Array(STARTS * d);
  const half = STARTS / 2;
  sampleBase(uniformInBox(base), foldIn(key, 'box'), 0, half, starts.subarray(0, half * d));
  sampleBase(base, foldIn(key, 'base'), 0, STARTS - half, starts.subarray(half * d));
  const { points, energies } = await withPauses(descentSteps(energy, domain, starts, STEPS), pause);
  wrapPoints(domain, points, STARTS);
  const finite = Array.from(energies.keys()).filter((i) => Number.isFinite(energies[i]));
  const found = Float64Array.from(finite.flatMap((i) => Array.from(points.subarray(i * d, (i + 1) * d))));
  const logWeights = await logWeightsOf(found, Float64Array.from(finite, (i) => energies[i]));
  const isSeen = (logWeight: number): boolean => logWeight <= Math.max(largest, logZ + USUAL);
  const unseen = finite.filter((_, k) => !isSeen(logWeights[k])).sort((a, b) => energies[a] - energies[b]);
  const minima: Float64Array[] = [];
  const wells: MissedWell[] = [];
  for (const i of unseen) {
    if (minima.length >= MOST) break;
    const settled = settle(energy, target, points.slice(i * d, (i + 1) * d));
    if (settled === null || minima.some((other) => isSame(settled.point, other, domain))) continue;
    minima.push(settled.point);
    // It may have come to where the flow has samples.
    const [logWeight] = await logWeightsOf(settled.point, Float64Array.of(settled.energy));
    const share = Math.exp(settled.logMass - logZ);
    if (!(share >= MODE_MATTERS) || isSeen(logWeight)) continue;
    const ends = await chainsFrom(energy, domain, settled.point, foldIn(foldIn(key, 'chains'), minima.length), pause);
    const seen = (await logWeightsOf(ends.points, ends.energies)).filter(isSeen).length;
    if (seen < LEFT * CHAINS) wells.push({ point: settled.point, share });
  }
  return wells.sort((a, b) => b.share - a.share);
}

/**
 * Where short chains from a minimum end. What they leave for where the flow has samples is a hole in it, whose mass no
 * curvature tells, and not a well.
 */
async function chainsFrom(
  energy: EnergyEvaluator, domain: Domain, point: Float64Array, key: Key, pause: Pause,
): Promise<{ points: Float64Array; energies: Float64Array }> {
  const d = point.length;
  const starts = new Float64Array(CHAINS * d);
  for (let i = 0; i < CHAINS; i++) starts.set(point, i * d);
  const { last: points } = await withPauses(
    exploreSteps(energy, domain, starts, { steps: CHAIN_STEPS, every: CHAIN_STEPS, key }), pause,
  );
  const energies = new Float64Array(CHAINS);
  energy.energies(points, CHAINS, energies);
  return { points, energies };
}

const isSame = (a: Float64Array, b: Float64Array, domain: Domain): boolean =>
  a.every((value, j) => Math.abs(value - b[j]) < SAME * (domain[j].high - domain[j].low));

interface Minimum {
  readonly point: Float64Array;
  readonly energy: number;
  /** log of the integral of exp(−U) around it (Laplace's method), in no direction wider than the box. */
  readonly logMass: number;
}

/** The minimum near a point that descents have left; null where there is none. */
function settle(energy: EnergyEvaluator, target: WellSearch['target'], start: Float64Array): Minimum | null {
  const widths = target.domain.map(({ low, high }) => high - low);
  let point = start;
  for (let turn = 0; turn <= MORE; turn++) {
    const found = curvature(energy, widths, point);
    if (found !== null && found.falls < STILL_FALLS) return { point, energy: found.energy, logMass: found.logMass };
    const { points, energies } = descend(energy, target.domain, point, STEPS);
    if (!Number.isFinite(energies[0])) return null;
    wrapPoints(target.domain, points, 1);
    point = points;
  }
  return null;
}

const shown = (point: Float64Array): string =>
  `(${Array.from(point.subarray(0, 6), (value) => value.toPrecision(3)).join(', ')}${point.length > 6 ? ', …' : ''})`;

export function wellDoubts(wells: readonly MissedWell[]): Doubt[] {
  if (wells.length === 0) return [];
  const [{ point, share }] = wells;
  const total = wells.reduce((sum, well) => sum + well.share, 0);
  const others = wells.length === 1 ? '' : ` (and ${wells.length - 1} more)`;
  const mass = share > 1 ? `about ${share.toPrecision(2)} times as much mass as all that was found`
    : `about ${(100 * share).toPrecision(2)} % as much mass as all that was found`;
  return [doubt(
    total >= LOST_SHARE ? 'unknown' : 'doubtful', 'missed-well',
    `A descent from outside found a well at ${shown(point)}${others} with ${mass}, where the flow has no `
      + 'samples. Start hotter, run more rounds, or take a base that reaches it.'
  )];
}
