/**
 * Standard units of a bank: its curved valleys straight, its necks as wide as all else, its heavy tails drawn in, then
 * location, scale and axes.
 */
import { bulkEss } from '../../estimators/bulkEss.ts';
import { findHeavyTails } from '../../estimators/findHeavyTails.ts';
import { findNecks } from '../../estimators/findNecks.ts';
import { findValleys } from '../../estimators/findValleys.ts';
import { followNecks } from '../../estimators/followNecks.ts';
import type { Domain } from '../../targets/domain.ts';
import type { EnergyEvaluator } from '../../targets/energyEvaluator.ts';
import { framedEvaluator, inward, type Frame } from '../../targets/frame.ts';
import { frameOf } from '../../targets/locate.ts';

/** Samples of a target, and how many effective ones those are. */
export interface Sampled {
  readonly domain: Domain;
  readonly energy: EnergyEvaluator;
  /** [n, d] */
  readonly x: Float64Array;
  readonly effective: number;
  /**
   * Of chains, [draws, ladders, d]: where tails are heavy no mean is worth anything, and ranks tell what samples are.
   * null: x is in no such order
   */
  readonly ladders: number | null;
}

/** @returns also how many energies were evaluated */
export function standardUnits(
  { domain, energy, x, effective, ladders }: Sampled,
): { frame: Frame; evaluations: number } {
  const valleys = findValleys(x, domain, effective);
  const straight = within(x, domain, { heavyTails: [], necks: [], valleys });
  const straightened = valleys.length === 0 ? energy
    : framedEvaluator(bentFrame(domain.length, { heavyTails: [], necks: [], valleys }), energy);
  const d = domain.length;
  const effectiveIn = (points: Float64Array): ((j: number) => number) => {
    const own = domain.map((_, j) => (ladders === null ? 0 : bulkEss(points, d, ladders, j)));
    return (j) => Math.max(effective, own[j]);
  };
  const worth = effectiveIn(straight);
  const { necks, evaluations } = followNecks(findNecks(straight, domain, worth), straight, d, straightened);
  const bent = { heavyTails: [], necks, valleys };
  const plain = necks.length === 0 ? straight : within(x, domain, bent);
  const heavyTails = findHeavyTails(plain, domain, necks.length === 0 ? worth : effectiveIn(plain));
  return { frame: affineUnits(x, domain, { ...bent, heavyTails }), evaluations };
}

/** Units of the same valleys and necks whose heavy tails stay as they are, for bases that have such. */
export const withTails = (x: Float64Array, domain: Domain, { necks, valleys }: Frame): Frame =>
  affineUnits(x, domain, { heavyTails: [], necks, valleys });

type Bent = Pick<Frame, 'heavyTails' | 'necks' | 'valleys'>;

const affineUnits = (x: Float64Array, domain: Domain, bent: Bent): Frame =>
  ({ ...frameOf(within(x, domain, bent), domain), ...bent });

const bentFrame = (d: number, bent: Bent): Frame =>
  ({ location: new Float64Array(d), scale: new Float64Array(d).fill(1), turn: null, ...bent });

/** Points before valleys, necks and heavy tails. */
function within(x: Float64Array, { length: d }: Domain, bent: Bent): Float64Array {
  if (bent.heavyTails.length + bent.necks.length + bent.valleys.length === 0) return x;
  return inward(bentFrame(d, bent), x, x.length / d);
}

/** Whether there are necks or valleys in the one that are none in the other: what is told there. */
export function isBentFurther({ necks, valleys }: Frame, before: Frame): boolean {
  const narrow = new Set(before.necks.flatMap(({ told }) => told));
  const straight = new Set(before.valleys.map(({ told }) => told));
  return necks.some(({ told }) => told.some((j) => !narrow.has(j))) || valleys.some(({ told }) => !straight.has(told));
}
