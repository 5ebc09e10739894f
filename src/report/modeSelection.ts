/** Which of many modes to look at: those that hold most mass, and those whose mass is most in doubt. */
import type { Estimate, ModeSummary } from '../records/record.ts';
import { isKnown } from './page/format.ts';
import { descending } from './ranking.ts';

/** Up to this many modes are all shown. */
export const MOST_MODES = 32;

export interface ModeSelection {
  /** By reference mass, largest first. */
  readonly heaviest: readonly ModeSummary[];
  /**
   * Of the others, by the distance of the weighted mass from its reference, farthest first; empty when all are shown.
   */
  readonly farthest: readonly ModeSummary[];
  readonly hidden: number;
}

/** What a weighted mass is measured by: the exact mass, or else PT's. */
export function referenceMass(mode: ModeSummary): Estimate {
  return isKnown(mode.exact) ? { value: mode.exact, standardError: 0 } : mode.pt;
}

/**
 * |weighted − reference| in standard errors (of both, where the reference is PT's). Infinite where they differ and no
 * error is known, as for a mode that got no sample at all: such a mode must not be hidden. −1 where either is unknown.
 */
export function massDistance(mode: ModeSummary): number {
  const reference = referenceMass(mode);
  if (!isKnown(mode.weighted.value) || !isKnown(reference.value)) return -1;
  const difference = Math.abs(mode.weighted.value - reference.value);
  const error = Math.hypot(mode.weighted.standardError ?? 0, reference.standardError ?? 0);
  if (difference === 0) return 0;
  return error > 0 ? difference / error : Infinity;
}

const massOf = (mode: ModeSummary): number => referenceMass(mode).value ?? mode.weighted.value ?? 0;

export function selectModes(modes: readonly ModeSummary[]): ModeSelection {
  if (modes.length <= MOST_MODES) return { heaviest: modes, farthest: [], hidden: 0 };
  const sorted = [...modes].sort((a, b) => descending(massOf(a), massOf(b)));
  const half = MOST_MODES / 2;
  const rest =
    sorted.slice(half).sort((a, b) => descending(massDistance(a), massDistance(b)) || descending(massOf(a), massOf(b)));
  return { heaviest: sorted.slice(0, half), farthest: rest.slice(0, half), hidden: modes.length - MOST_MODES };
}
