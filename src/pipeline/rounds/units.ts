/** Standard units of a bank: its necks as wide as all else, its heavy tails drawn in, then location, scale and axes. */
import { findHeavyTails } from '../../estimators/findHeavyTails.ts';
import { findNecks } from '../../estimators/findNecks.ts';
import type { Domain } from '../../targets/domain.ts';
import { inward, type Frame } from '../../targets/frame.ts';
import { frameOf } from '../../targets/locate.ts';

/** @param x [n, d] @param effective how many effective samples those are */
export function standardUnits(x: Float64Array, domain: Domain, effective: number): Frame {
  const bent = { heavyTails: [], necks: findNecks(x, domain, effective) };
  return affineUnits(x, domain, { ...bent, heavyTails: findHeavyTails(within(x, domain, bent), domain, effective) });
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
