/**
 * The flow of a round, from how coordinates depend on each other in samples. A layer that transforms each by itself
 * first, which is all where none depends on another. Hubs, which many depend on, are transformed given the rest and the
 * rest given them, in turn; those that still depend on each other by halves that part them from what they depend on.
 * A flow that grows takes more layers of the same kinds, which begin as the identity.
 */
import { z } from 'zod';
import { chanceOf, dependenceOf, type Dependence } from '../../estimators/dependence.ts';
import { humpedCoordinates } from '../../estimators/humps.ts';
import { foldIn, uniform, type Key } from '../../engine/random.ts';
import { alternatingMasks, type Architecture } from '../../flows/architecture.ts';
import { masksOf } from '../../flows/masks.ts';
import { spreadRows } from '../../numerics/spreadRows.ts';
import { takeRows } from '../../samplers/resample.ts';
import { needsForward, needsReverse } from '../../objectives/jeffreys.ts';
import type { FlowSettings } from '../../settings/flow.ts';
import type { TrainingSettings } from '../../settings/training.ts';
import type { Domain } from '../../targets/domain.ts';
import { wellsOf, type Mixture } from '../../targets/mixture.ts';
import type { Target } from '../../targets/target.ts';

/** Samples that dependence is looked for in. */
const POINTS = 8000;
/** Of its location or scale that another coordinate tells, from where on a coordinate is not by itself. */
const DEPENDENT = 0.03;
/** Layers that transform each coordinate by itself: together they have the bins that a law of two humps needs. */
const MARGINALS = 3;
/** Layers of the first flow and of what is added at a time: planar; pairs for hubs; pairs of halves. */
const PLANAR = { first: 6, more: 2 } as const;
const HUB_PAIRS = 2;
const HALF_PAIRS = { beside: 1, alone: 4, more: 2 } as const;
/** What chance adds to dependence when halves are drawn, so that none is like another. */
const CHANCE = 0.3;
const SWEEPS = 8;

/** Coordinates that are transformed one by one at most, and how often at first. */
const MOST_ALONE = 12;
const PASSES = 2;

/** Layers that are kept ready. */
const MOST_LAYERS = 40;

export const structureSchema = z.object({
  /** In the order that they are taken. */
  masks: z.array(z.array(z.number())),
  /** Layers of the first flow, and of what is added at a time. */
  first: z.number(), more: z.number(),
});
export type Structure = z.infer<typeof structureSchema>;

/** What is known of samples. */
export interface Seen {
  /** How many effective ones there are. */
  readonly effective: number;
  /** Coordinates whose humps are left to layers. */
  readonly soft: readonly number[];
}

/**
 * @param mixture of the base: what it has of dependence no layer needs @param x samples in standard units [n, d]
 */
export function structureOf(
  { domain, dimension: d, blocks }: Pick<Target, 'domain' | 'dimension' | 'blocks'>, mixture: Mixture | null,
  x: Float64Array, { effective, soft }: Seen, key: Key,
): Structure {
  const all = domain.map((_, j) => j);
  const marginals = Array.from({ length: MARGINALS }, () => all);
  if (d === 1) return { masks: [...marginals, ...marginals, ...marginals], first: MARGINALS, more: MARGINALS };
  if (d === 2) return { masks: alternatingMasks(2, MOST_LAYERS), ...PLANAR };
  if (blocks !== undefined) {
    const { alone, more } = HALF_PAIRS;
    const first = MARGINALS + 2 * alone;
    return { masks: [...marginals, ...masksOf(domain, MOST_LAYERS, 'auto', blocks)], first, more: 2 * more };
  }
  const points = takeRows(x, d, spreadRows(x.length / d, POINTS));
  const wells = mixture === null ? null : wellsOf(mixture, d, points);
  return layersOf(dependenceOf(points, domain, wells), all, chanceOf(effective), key, soft);
}

/** Circles, and lines that have several humps. @param x samples in standard units [n, d] */
export function softCoordinates(x: Float64Array, domain: Domain): number[] {
  const d = domain.length;
  const points = takeRows(x, d, spreadRows(x.length / d, POINTS));
  const kinds = (circular: boolean): number[] =>
    domain.flatMap(({ kind }, j) => ((kind === 'torus') === circular ? [j] : []));
  const humped = humpedCoordinates(points, d, kinds(false)).map(({ direction }) => direction.indexOf(1));
  return [...kinds(true), ...humped].sort((a, b) => a - b);
}

/** Whether so many coordinates have each a layer of its own. */
export const canPart = ({ length }: readonly number[]): boolean => length > 1 && length <= MOST_ALONE;

/**
 * @param all coordinates @param chance dependence that may be none
 * @param soft coordinates whose humps may depend on each other: two of them in one layer cannot know of one another
 */
export function layersOf(
  { hubs, rest }: Dependence, all: readonly number[], chance: number, key: Key, soft: readonly number[] = [],
): Structure {
  const d = all.length;
  const others = all.filter((j) => !hubs.includes(j));
  const dependent = others.filter((i) => others.some((j) =>
    i !== j && Math.max(rest[i * d + j], rest[j * d + i]) > Math.max(DEPENDENT, chance)));
  // Pairs are not all that can depend on each other: what grows takes all coordinates.
  const within = dependent.length > 1 ? dependent : others;
  const alone = dependent.filter((j) => soft.includes(j));
  const hubPair = hubs.length > 0 ? [others, [...hubs].sort((a, b) => a - b)] : [];
  const marginals = Array.from({ length: MARGINALS }, () => [...all]);
  if (canPart(alone)) {
    const left = within.filter((j) => !alone.includes(j));
    return cycled(marginals, [...hubPair, ...alone.map((j) => [j]), ...(left.length > 0 ? [left] : [])]);
  }
  const halves = (k: number): number[][] => halvesOf(rest, d, within, foldIn(key, k));
  const begun = Array.from({ length: hubs.length > 0 ? HUB_PAIRS : 0 }, () => hubPair).flat();
  const first = dependent.length < 2 ? 0 : hubs.length > 0 ? HALF_PAIRS.beside : HALF_PAIRS.alone;
  const masks = [...marginals, ...begun];
  for (let k = 0; k < first; k++) masks.push(...halves(k));
  const count = masks.length;
  const more = hubs.length > 0 ? 4 : 2 * HALF_PAIRS.more;
  for (let k = first; masks.length < MOST_LAYERS; k++)
    masks.push(...halves(k), ...(hubs.length > 0 ? hubPair : []));
  return { masks, first: count, more };
}

/** The same pass of layers again and again, after layers of their own. */
function cycled(before: number[][], pass: number[][]): Structure {
  const passes = Array.from({ length: Math.ceil(MOST_LAYERS / pass.length) }, () => pass).flat();
  return { masks: [...before, ...passes], first: before.length + PASSES * pass.length, more: pass.length };
}

/** Two halves of which each has little dependence within: a cut that parts as much of it as it can. */
function halvesOf(rest: Float64Array, d: number, within: readonly number[], key: Key): number[][] {
  const m = within.length;
  const largest = rest.reduce((a, b) => Math.max(a, b), 0);
  const weights = new Float64Array(m * m);
  for (let a = 0; a < m; a++) for (let b = 0; b < a; b++) {
    const [i, j] = [within[a], within[b]];
    const own = Math.max(rest[i * d + j], rest[j * d + i]);
    weights[a * m + b] = own + CHANCE * Math.max(largest, DEPENDENT) * uniform(foldIn(key, 'chance'), a * m + b);
    weights[b * m + a] = weights[a * m + b];
  }
  const side = Int8Array.from({ length: m }, (_, a) => (uniform(foldIn(key, 'side'), a) < 0.5 ? 1 : -1));
  balance(side, key);
  // Swaps of one coordinate of each half, as long as more is parted.
  for (let sweep = 0; sweep < SWEEPS; sweep++) if (!swapped(weights, side)) break;
  return [1, -1].map((own) => within.filter((_, a) => side[a] === own)).filter((half) => half.length > 0);
}

/** As many on either side, or one more. */
function balance(side: Int8Array, key: Key): void {
  let excess = side.reduce((a, b) => a + b, 0);
  for (let t = 0; Math.abs(excess) > 1; t++) {
    const a = Math.floor(uniform(foldIn(key, 'balance'), t) * side.length);
    if (side[a] !== Math.sign(excess)) continue;
    side[a] = -side[a];
    excess += 2 * side[a];
  }
}

/** The best swap for each coordinate in turn. @returns whether there was any */
function swapped(weights: Float64Array, side: Int8Array): boolean {
  const m = side.length;
  let any = false;
  /** Dependence within its half less that with the other. */
  const bond = (a: number): number => {
    let sum = 0;
    for (let b = 0; b < m; b++) sum += b === a ? 0 : weights[a * m + b] * side[a] * side[b];
    return sum;
  };
  for (let a = 0; a < m; a++) {
    const own = bond(a);
    let [best, most] = [-1, 1e-12];
    for (let b = 0; b < m; b++) {
      if (side[b] === side[a]) continue;
      const gain = own + bond(b) + 2 * weights[a * m + b];
      if (gain > most) [best, most] = [b, gain];
    }
    if (best < 0) continue;
    [side[a], side[best]] = [side[best], side[a]];
    any = true;
  }
  return any;
}

export function roundArchitecture(
  target: Target, settings: FlowSettings, { masks, first, more }: Structure, growth: number,
): Architecture {
  return flowOf(target, settings, masks.slice(0, first + growth * more));
}

/** With given masks. */
export const flowOf = (
  { domain }: Target, { hidden, bins, activation }: FlowSettings, masks: Architecture['masks'],
): Architecture => ({ domain, masks, hidden, bins, activation, coupling: 'affine' });

/** Multiplications and additions of a training step: each term of the loss goes forward and back through all layers. */
export function stepWork(
  { domain, masks, hidden, bins }: Architecture,
  { batch, ...objective }: Pick<TrainingSettings, 'batch' | 'theta' | 'kappa'>,
): number {
  const d = domain.length;
  const perPoint = masks.reduce((sum, mask) => {
    const inputs = d - mask.length;
    const outputs = mask.length * (3 * bins + 1);
    return sum + (inputs === 0 ? outputs : inputs * hidden + hidden * hidden + hidden * outputs);
  }, 0);
  const terms = [needsReverse(objective), needsForward(objective)].filter(Boolean).length;
  return 6 * batch * terms * perPoint;
}
