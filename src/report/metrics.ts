/** Every metric that runs have: of the flow, of their kinds, of tempering and of the whole. */
import type { RunRecord } from '../records/record.ts';
import { generationMetrics } from './flow/generationMetrics.ts';
import { runMetrics } from './flow/runMetrics.ts';
import { temperingMetrics } from './flow/temperingMetrics.ts';
import { trainingMetrics } from './flow/trainingMetrics.ts';
import { kinds } from './kinds.ts';
import type { Metric } from './metric.ts';
import { UNKNOWN } from './page/format.ts';

/** The metrics that say something of these runs: those of a kind only where one of them is of it. */
export function metricsOf(records: readonly RunRecord[]): readonly Metric[] {
  const present = kinds.filter(({ is }) => records.some(({ result }) => result !== null && is(result)));
  return [
    ...generationMetrics, ...present.flatMap(({ metrics }) => metrics), ...trainingMetrics, ...temperingMetrics,
    ...runMetrics
  ];
}

/** The text of a metric; "n/a" for a run without a result. */
export function metricText(metric: Metric, record: RunRecord): string {
  return record.result === null ? UNKNOWN : metric.text(record.result);
}
