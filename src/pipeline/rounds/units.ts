/** Standard units of a bank: its necks as wide as all else, its heavy tails drawn in, then location, scale and axes. */
import { findHeavyTails } from '../../estimators/findHeavyTails.ts';
import { findNecks } from '../../estimators/findNecks.ts';
import { followNecks } from '../../estimators/followNecks.ts';
import type { Domain } from '../../targets/domain.ts';
import type { EnergyEvaluator } from '../../targets/energyEvaluator.ts';
import { inward, type Frame } from '../../targets/frame.ts';
import { frameOf } from '../../targets/locate.ts';

/** Samples of a target, and how many effective ones those are. */
export interface Sampled {
  readonly domain: Domain;
  readonly energy: EnergyEvaluator;
  /** [n, d] */
  readonly x: Float64Array;
  readonly effective: number;
}

/** @returns also how many energies were evaluated */
export function standardUnits({ domain, energy, x, effective }: Sampled): { frame: Frame; evaluations: number } {
  const { necks, evaluations } = followNecks(findNecks(x, domain, effective), x, domain.length, energy);
  const bent = { heavyTails: [], necks };
  const heavyTails = findHeavyTails(within(x, domain, bent), domain, effective);
  return { frame: affineUnits(x, domain, { ...bent, heavyTails }), evaluations };
}

/** Units of the same necks whose heavy tails stay as they are, for bases that have such. */
export const withTails = (x: Float64Array, domain: Domain, { necks }: Frame): Frame =>
  affineUnits(x, domain, { heavyTails: [], necks });

type Bent = Pick<Frame, 'heavyTails' | 'necks'>;

const affineUnits = (x: Float64Array, domain: Domain, bent: Bent): Frame =>
  ({ ...frameOf(within(x, domain, bent), domain), ...bent });

/** Points before necks and heavy tails. */
function within(x: Float64Array, { length: d }: Domain, bent: Bent): Float64Array {
  if (bent.heavyTails.length + bent.necks.length === 0) return x;
  return inward({
    location: new Float64Array(d), scale: new Float64Array(d).fill(1), turn: null, ...bent,
  }, x, x.length / d);
}

/** Whether there are necks in the one that are none in the other: what is told there. */
export function hasMoreNecks({ necks }: Frame, before: Frame): boolean {
  const known = new Set(before.necks.flatMap(({ told }) => told));
  return necks.some(({ told }) => told.some((j) => !known.has(j)));
}
