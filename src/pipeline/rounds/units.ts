/** Standard units of a bank: its necks as wide as all else, then location, scale and axes. */
import { findNecks } from '../../estimators/findNecks.ts';
import type { Domain } from '../../targets/domain.ts';
import { inward, type Frame } from '../../targets/frame.ts';
import { frameOf } from '../../targets/locate.ts';

/** @param x [n, d] @param effective how many effective samples those are */
export function standardUnits(x: Float64Array, domain: Domain, effective: number): Frame {
  const necks = findNecks(x, domain, effective);
  const d = domain.length;
  const plain: Frame = {
    location: new Float64Array(d), scale: new Float64Array(d).fill(1), turn: null, necks,
  };
  return { ...frameOf(necks.length === 0 ? x : inward(plain, x, x.length / d), domain), necks };
}

/** Whether there are necks in the one that are none in the other: what is told there. */
export function hasMoreNecks({ necks }: Frame, before: Frame): boolean {
  const known = new Set(before.necks.flatMap(({ told }) => told));
  return necks.some(({ told }) => told.some((j) => !known.has(j)));
}
