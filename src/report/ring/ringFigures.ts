/**
 * What the rings of a path integral amount to, in figures and plain cells: shared by reports, tables and experiments.
 */
import type { PathIntegralSummary, RingSummary } from '../../records/record.ts';
import { formatNumber, isKnown, UNKNOWN, type Figure, formatEvaluations } from '../page/format.ts';

export type RingEstimate = RingSummary['estimates'][number];

/** More standard errors than this from the exact average of the same ring are no chance. */
export const LARGE_GAP = 5;

/** The ring of the most beads; null where none is finished. */
export function largestRing({ rings }: Pick<PathIntegralSummary, 'rings'>): RingSummary | null {
  return rings.reduce<RingSummary | null>(
    (largest, ring) => (largest === null || ring.beads > largest.beads ? ring : largest), null
  );
}

/** In ascending number of beads. */
export const byBeads = (rings: readonly RingSummary[]): RingSummary[] => [...rings].sort((a, b) => a.beads - b.beads);

/** Seconds for one weighted ring; null where none was drawn. */
export function secondsPerRing({ seconds, samples }: Pick<RingSummary, 'seconds' | 'samples'>): number | null {
  return samples > 0 && isKnown(seconds) ? seconds / samples : null;
}

/**
 * Rings after which the flow has paid back what it took to prepare it: n with preparation + n t = gain n t, where t is
 * the time for a ring and gain n t is what tempering takes for the same error. null where tempering is as fast (gain ≤
 * 1) or something is unknown.
 */
export function paybackRings(
  { preparationSeconds }: Pick<PathIntegralSummary, 'preparationSeconds'>,
  ring: Pick<RingSummary, 'seconds' | 'samples'>, gain: Figure
): number | null {
  const seconds = secondsPerRing(ring);
  if (!isKnown(gain) || gain <= 1 || seconds === null || seconds <= 0 || !isKnown(preparationSeconds)) return null;
  return preparationSeconds / (seconds * (gain - 1));
}

/** "12.4 k"; "never" where tempering is as fast. */
export function paybackText(
  summary: Pick<PathIntegralSummary, 'preparationSeconds'>, ring: Pick<RingSummary, 'seconds' | 'samples'>, gain: Figure
): string {
  if (isKnown(gain) && gain <= 1) return 'never';
  const rings = paybackRings(summary, ring, gain);
  return rings === null ? UNKNOWN : formatEvaluations(Math.ceil(rings));
}

/** (value − reference) in standard errors, with its sign; null where one of the three is unknown. */
export function signedErrors(value: Figure, standardError: Figure, reference: Figure): number | null {
  return isKnown(value) && isKnown(standardError) && standardError > 0
    && isKnown(reference) ? (value - reference) / standardError : null;
}

/** value − reference; null where one is unknown. */
export const difference = (value: Figure, reference: Figure): number | null =>
  (isKnown(value) && isKnown(reference) ? value - reference : null);

/** E1 − E0; null without two levels. */
export function splitting({ truth }: Pick<PathIntegralSummary, 'truth'>): number | null {
  const [ground, excited] = truth?.levels ?? [];
  return difference(excited, ground);
}

/** exp(−β E0) / Z; null without levels. */
export function groundStateShare({ truth, beta }: Pick<PathIntegralSummary, 'truth' | 'beta'>): number | null {
  const ground = truth?.levels[0];
  return truth !== null && isKnown(ground) && isKnown(truth.logZ) ? Math.exp(-beta * ground - truth.logZ) : null;
}

/** Rings that tempering alone was run on too. */
export function rivalled(rings: readonly RingSummary[]): {
  readonly ring: RingSummary; readonly baseline: NonNullable<RingSummary['baseline']>
}[] {
  return byBeads(rings).flatMap((ring) => (ring.baseline === null ? [] : [{ ring, baseline: ring.baseline }]));
}

/** Where gains of runs are compared: 32 beads, or else the most that have a baseline. */
const COMPARED_BEADS = 32;

/** Gain of the first function of the position there; null without a baseline. */
export function comparedGain({ rings }: Pick<PathIntegralSummary, 'rings'>): {
  readonly ring: RingSummary; readonly gain: number | null
} | null {
  const all = rivalled(rings);
  const found = all.find(({ ring }) => ring.beads === COMPARED_BEADS) ?? all.at(-1);
  return found === undefined ? null : { ring: found.ring, gain: found.baseline.gains[0] ?? null };
}

/** β, masses, curvatures as they were set: no more digits than they have. */
export const plainNumber = (value: number): string => (isKnown(value) ? String(Number(value.toPrecision(6))) : UNKNOWN);

/** Time for one ring in microseconds. */
export function formatMicroseconds(ring: Pick<RingSummary, 'seconds' | 'samples'>): string {
  const seconds = secondsPerRing(ring);
  return seconds === null ? UNKNOWN : formatNumber(1e6 * seconds, 3);
}
