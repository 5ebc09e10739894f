/** Warnings of a run for a terminal. */
import type { Warning } from '../../records/record.ts';

/** Warnings that lower the standing, the gravest first. */
export function reasonsOf(warnings: readonly Warning[]): Warning[] {
  return (['unknown', 'doubtful'] as const).flatMap((level) => warnings.filter(({ standing }) => standing === level));
}

export function warningLines(warnings: readonly Warning[]): string[] {
  return warnings.map(({ severity, message }) => `${severity === 'warning' ? 'WARNING' : 'note'}: ${message}`);
}
