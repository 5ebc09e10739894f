/** What a finished run says on standard output: a few lines for people, one object for programs. */
import type { RunRecord, RunResult, Warning } from '../records/record.ts';

const percent = (value: number | null): string => (value === null ? 'n/a' : `${(100 * value).toFixed(2)} %`);
const number = (value: number | null, digits = 4): string => (value === null ? 'n/a' : Math.abs(value) >= 1e4 || (value !== 0 && Math.abs(value) < 1e-3) ? value.toExponential(2) : value.toFixed(digits));
const plusMinus = ({ value, standardError }: { value: number | null; standardError: number | null }): string => `${number(value)} ± ${number(standardError)}`;
const errors = ({ value, standardError, exact }: { value: number | null; standardError: number | null; exact: number | null }): string =>
  (value === null || standardError === null || exact === null || standardError === 0 ? '' : `${((value - exact) / standardError).toFixed(1)} s.e.`);

export function warningLines(warnings: readonly Warning[]): string[] {
  return warnings.map(({ severity, message }) => `${severity === 'warning' ? 'WARNING' : 'note'}: ${message}`);
}

/** Columns padded to a common width; the first to the left, the others to the right. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0].map((_, k) => Math.max(...rows.map((row) => row[k].length)));
  return rows.map((row) => row.map((cell, k) => (k === 0 ? cell.padEnd(widths[k]) : cell.padStart(widths[k]))).join('  ').trimEnd());
}

export function summaryText(record: RunRecord, directory: string): string {
  const { result } = record;
  const title = `${record.target}  θ ${String(record.settings['theta'])}  κ ${String(record.settings['kappa'])}  seed ${record.seed}  preset ${record.preset}`;
  if (result === null) return `${title}\n${record.state}${record.message === null ? '' : `: ${record.message}`}; go on with \`jeffreys resume ${directory}\`\n`;
  const { generation: g, parallelTempering: pt, training } = result;
  const lines = [
    title,
    ...warningLines(result.warnings),
    '',
    ...table([
      ['ESS', percent(g.ess), `of ${g.samples} samples`],
      ['ESS on PT samples', percent(g.forwardEss), ''],
      [g.coverage.kind === 'modes' ? 'coverage (least mode)' : 'coverage (neighbours)', percent(g.coverage.value), ''],
      ['Pareto k-hat', number(g.paretoK, 2), ''],
      ['log Z (flow)', plusMinus(g.logZ), g.logZ.exact === null ? '' : `exact ${number(g.logZ.exact)}  ${errors(g.logZ)}`],
      ['log Z (tempering)', pt.logZ === null ? 'n/a' : plusMinus(pt.logZ), g.logZ.exact === null || pt.logZ === null ? '' : errors({ ...pt.logZ, exact: g.logZ.exact })],
      ['L2 bias', number(g.bias), ''],
    ].map(([name, value, note]) => [name, value, note])),
  ];
  if (g.modes.length > 0) {
    lines.push('', ...table([['mode', 'weighted', 'exact', '', 'flow', 'PT'], ...g.modes.map((mode) => [mode.name, plusMinus(mode.weighted), number(mode.exact), errors({ ...mode.weighted, exact: mode.exact }), number(mode.flow.value), number(mode.pt.value)])]));
  }
  lines.push('', ...table([['observable', 'estimate', 'exact', ''], ...g.observables.map((o) => [o.name, plusMinus(o), number(o.exact), errors(o)])]));
  lines.push('', `${result.seconds.toFixed(1)} s: tempering ${pt.seconds.toFixed(1)}, training ${training.seconds.toFixed(1)} (${training.steps} steps), generation ${g.seconds.toFixed(1)}; peak memory ${(result.peakMemoryBytes / 2 ** 20).toFixed(0)} MiB`);
  lines.push(`run     ${directory}`, `report  ${directory}/report.html`);
  return `${lines.join('\n')}\n`;
}

/** The object that `--json` prints. */
export function summaryObject(record: RunRecord, result: RunResult, directory: string): object {
  const { generation: g, parallelTempering: pt, training } = result;
  return {
    target: record.target,
    preset: record.preset,
    theta: record.settings['theta'],
    kappa: record.settings['kappa'],
    seed: record.seed,
    samples: g.samples,
    ess: g.ess,
    forwardEss: g.forwardEss,
    paretoK: g.paretoK,
    coverage: g.coverage.value,
    coverageKind: g.coverage.kind,
    logZ: g.logZ.value,
    logZSE: g.logZ.standardError,
    logZExact: g.logZ.exact,
    logZTempering: pt.logZ?.value ?? null,
    logZTemperingSE: pt.logZ?.standardError ?? null,
    modes: g.modes,
    observables: g.observables,
    bias: g.bias,
    nonFinite: g.nonFinite,
    warnings: result.warnings,
    ptSeconds: pt.seconds,
    trainSeconds: training.seconds,
    sampleSeconds: g.seconds,
    seconds: result.seconds,
    peakMemoryBytes: result.peakMemoryBytes,
    runDir: directory,
  };
}
