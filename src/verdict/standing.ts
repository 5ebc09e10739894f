/** How far a figure can be trusted: sound, doubtful (its error is widened) or unknown (it has none). */
import type { Standing, Warning } from '../records/record.ts';

const RANK: Readonly<Record<Standing, number>> = { sound: 0, doubtful: 1, unknown: 2 };

/** The worst of several; sound if there are none. */
export const worst = (standings: readonly Standing[]): Standing =>
  standings.reduce((a, b) => (RANK[b] > RANK[a] ? b : a), 'sound');

/** A warning that lowers the standing of what it is about. */
export interface Doubt extends Warning {
  readonly severity: 'warning';
  readonly standing: 'doubtful' | 'unknown';
}

export const doubt = (standing: Doubt['standing'], code: string, message: string): Doubt =>
  ({ code, severity: 'warning', message, standing });

/** The standing that warnings leave. */
export const standingOf = (warnings: readonly Warning[]): Standing =>
  worst(warnings.map(({ standing }) => standing ?? 'sound'));

/** In one phrase: the first warning of the standing that all of them leave; null where that is sound. */
export function reasonOf(warnings: readonly Warning[]): string | null {
  const standing = standingOf(warnings);
  return standing === 'sound' ? null : (warnings.find((warning) => warning.standing === standing)?.message ?? null);
}
