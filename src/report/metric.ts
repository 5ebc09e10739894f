/** One metric of a run: its name, what it means, how it is written, and which way is better. */
import type { RunResult } from '../records/record.ts';
import { isKnown, type Figure } from './page/format.ts';

export interface Metric {
  /** Heading of the metrics that belong together. */
  readonly group: string;
  readonly name: string;
  readonly meaning: string;
  readonly text: (result: RunResult) => string;
  /** For comparisons: the figure behind the text, and which way is better. */
  readonly ranked?: {
    readonly better: 'higher' | 'lower';
    readonly figure: (result: RunResult) => Figure;
    /** Figures of different kinds are not ranked against each other. */
    readonly kind?: (result: RunResult) => string;
  };
}

/** Metrics under one heading. */
export const group = (name: string, metrics: readonly Omit<Metric, 'group'>[]): readonly Metric[] =>
  metrics.map((metric) => ({ ...metric, group: name }));

/** The smallest known value of a list; null when there is none. */
export function smallest(values: readonly Figure[]): number | null {
  const finite = values.filter(isKnown);
  return finite.length === 0 ? null : Math.min(...finite);
}

export function largest(values: readonly Figure[]): number | null {
  const finite = values.filter(isKnown);
  return finite.length === 0 ? null : Math.max(...finite);
}
