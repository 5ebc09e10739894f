/** Runs on noisy energies as rows, and what tempering on the energy itself says of the same observables. */
import { chainMean } from '../../estimators/autocorrelation.ts';
import { valuesOf } from '../../targets/pointValues.ts';
import { textTable } from '../../report/text/table.ts';
import { isNoisy } from '../../targets/target.ts';
import { named, type FinishedRun } from '../experiment.ts';
import { noiseTable, type NoiseTableInput } from './noiseTable.ts';

export function noiseRows(title: string, runs: readonly FinishedRun[]): NoiseTableInput {
  const reference = againstReference(runs);
  return { title, rows: named(runs), ...(reference === null ? {} : { reference }) };
}

/** For a terminal. */
export function noiseRunLines(title: string, runs: readonly FinishedRun[]): string[] {
  const rows = noiseRows(title, runs);
  const lines = textTable(noiseTable(rows));
  return rows.reference === undefined ? lines
    : [...lines, '', rows.reference.title, '', ...textTable(rows.reference.rows)];
}

/**
 * Weighted estimates beside the means of the reference's tempering samples, whose errors come from independent ladders.
 */
function againstReference(runs: readonly FinishedRun[]): NoiseTableInput['reference'] | null {
  const reference =
    runs.find(({ entry: { settings, target } }) => settings.sampling.sampler === 'tempering' && isNoisy(target));
  const others = runs.filter((run) => run !== reference);
  if (reference === undefined || others.length === 0) return null;
  const { target, settings: { sampling: { ladders } } } = reference.entry;
  const { tempered } = reference.samples();
  const means = target.observables.map(
    ({ value }) => chainMean(byLadder(valuesOf(tempered, target.dimension, value), ladders), ladders)
  );
  const worst = others.map(({ entry: { id }, record }) => {
    const { observables = [] } = record.result?.generation ?? {};
    // Only where an error is known: see the standing of the run.
    const gaps = observables.flatMap(({ name, value, standardError }, k) => (
      value === null || standardError === null ? []
        : [{ name, errors: Math.abs(value - means[k].value) / Math.hypot(standardError, means[k].standardError) }]
    ));
    const largest = gaps.length === 0 ? null : gaps.reduce((a, b) => (b.errors > a.errors ? b : a));
    return [id, String(gaps.length), largest?.errors.toFixed(1) ?? 'n/a', largest?.name ?? ''];
  });
  return {
    title: 'Observables against tempering on the energy itself: the largest difference, in standard errors of both',
    rows: [['run', 'observables', 'largest', 'of'], ...worst]
  };
}

/** Round-major values as one chain per ladder. */
function byLadder(values: Float64Array, ladders: number): Float64Array {
  const rounds = values.length / ladders;
  return Float64Array.from(
    { length: values.length }, (_, i) => values[(i % rounds) * ladders + Math.floor(i / rounds)]
  );
}
