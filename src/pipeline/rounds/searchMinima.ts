/** Minima among the ends of descents that may be wells of their own: with mass, and without samples. */
import type { Steps } from '../../pausing.ts';
import type { EnergyEvaluator } from '../../targets/energyEvaluator.ts';
import { curvature } from '../../verdict/curvature.ts';
import type { Ends } from './searchDescents.ts';
import { laplaceLaw, reachOfNormal, squaredDistance, type WellLaw } from './searchMetric.ts';

/** Minima that are looked at, the lowest first, and those of them that are worth chains. */
const LOOKED_AT = 128;
const CANDIDATES = 16;
/** Newton steps towards a minimum, how near to it, in kT, they go, and how near they must come. */
const NEWTON = 12;
const SETTLED = 0.05;
const STILL_FALLS = 1;
/** Ends this near to one that led to no minimum, in standard units, are not tried again. */
const BARREN = 0.5;
/** Laplace's method may be wrong by this factor. */
const ROUGHLY = 0.03;
/** A known well has at least this much of the samples that its mass asks for. */
const KNOWN = 0.1;

/** What is known of the target, in standard units. */
export interface KnownBulk {
  /** Some of the samples. [n, d] */
  readonly points: Float64Array;
  readonly logZ: number;
  /** Share of the mass below which a well is of no account. */
  readonly least: number;
}

/** Share of the mass of a well beside a bulk. */
export const shareOf = ({ logMass }: Pick<WellLaw, 'logMass'>, logZ: number): number =>
  1 / (1 + Math.exp(logZ - logMass));

/** Whether there are as many samples in a well as its mass asks for. */
export function isKnown(law: WellLaw, { points, logZ }: KnownBulk): boolean {
  const d = law.centre.length;
  const reach = reachOfNormal(d);
  const n = points.length / d;
  const wanted = Math.max(1, KNOWN * n * shareOf(law, logZ));
  let inside = 0;
  for (let i = 0; i < n && inside < wanted; i++) if (squaredDistance(law, points, i * d, reach) <= reach) inside += 1;
  return inside >= wanted;
}

/** What is known of coordinates. [d] each */
export interface Coordinates {
  /** Of flat directions, and units of differences. */
  readonly widths: ArrayLike<number>;
  /** Of circles; Infinity of lines. */
  readonly periods: ArrayLike<number>;
}

interface End {
  readonly value: number;
  /** [d] */
  readonly point: Float64Array;
}

/** @returns what is worth chains, the heaviest first */
export function* candidatesOf(
  energy: EnergyEvaluator, ends: readonly Ends[], known: KnownBulk, { widths, periods }: Coordinates,
): Steps<{ readonly wells: readonly WellLaw[]; readonly evaluations: number }> {
  const d = widths.length;
  let left = ends.flatMap(({ points, energies }) =>
    Array.from(energies, (value, i): End => ({ value, point: points.subarray(i * d, (i + 1) * d) })))
    .filter(({ value }) => Number.isFinite(value)).sort((a, b) => a.value - b.value);
  const wells: WellLaw[] = [];
  let evaluations = 0;
  for (let looked = 0; looked < LOOKED_AT && left.length > 0; looked++) {
    const [first] = left;
    const { well, least, steps } = settle(energy, first.point, { widths, periods });
    evaluations += steps * (2 * d + 1);
    const barren = well === null ? BARREN : 0;
    left = left.filter(({ value, point }) => {
      // Ends that have not quite come down are as far out as their energy says.
      const reach = d + 4 * Math.max(0, value - least);
      return (well === null || squaredDistance(well, point, 0, reach) > reach) && distance(point, first.point) > barren;
    });
    const matters = well !== null && shareOf(well, known.logZ) >= ROUGHLY * known.least
      && wells.every((other) => squaredDistance(other, well.centre, 0, 1) > 1);
    if (matters && !isKnown(well, known)) wells.push(well);
    yield;
  }
  return { wells: wells.sort((a, b) => b.logMass - a.logMass).slice(0, CANDIDATES), evaluations };
}

const distance = (a: Float64Array, b: Float64Array): number =>
  Math.sqrt(a.reduce((sum, value, j) => sum + (value - b[j]) * (value - b[j]), 0));

interface Settled {
  /** null where there is no minimum */
  readonly well: WellLaw | null;
  readonly least: number;
  readonly steps: number;
}

/** The minimum that Newton's steps lead to. */
function settle(energy: EnergyEvaluator, start: Float64Array, { widths, periods }: Coordinates): Settled {
  let point: Float64Array = start.slice();
  let here = curvature(energy, widths, point);
  let steps = 1;
  while (here !== null && here.falls > SETTLED && steps < NEWTON) {
    const there = curvature(energy, widths, here.towards);
    steps += 1;
    if (there === null || !(there.energy < here.energy)) break;
    point = here.towards;
    here = there;
  }
  const well = here === null || here.falls > STILL_FALLS ? null : laplaceLaw(point, here, widths, periods);
  return { well, least: here?.energy ?? Infinity, steps };
}
