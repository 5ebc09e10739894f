/** What a finished run says on standard output: a few lines for people, one object for programs. */
import type { RunRecord, RunResult } from '../records/record.ts';
import { flowLines } from '../report/flow/lines.ts';
import { kindLines, wordingOf } from '../report/kinds.ts';
import { textTable } from '../report/text/table.ts';
import { reasonsOf, warningLines } from '../report/text/warnings.ts';

export { textTable as table, warningLines };

/** The standing in a phrase. */
function standingText({ standing, warnings }: RunResult): string {
  const reasons = reasonsOf(warnings).length;
  if (standing === null) return 'NOT JUDGED: this run is of before there were standings';
  if (standing === 'sound') return 'SOUND: every check was passed';
  const why = `${reasons} ${reasons === 1 ? 'reason' : 'reasons'} below`;
  return standing === 'doubtful' ? `DOUBTFUL: errors are widened to cover what is known; ${why}`
    : `UNKNOWN: nothing is known of the errors, so none are shown; ${why}`;
}

export function summaryText(record: RunRecord, directory: string): string {
  const { result } = record;
  const title = `${record.target}  θ ${String(record.settings['theta'])}  κ ${String(record.settings['kappa'])}  seed `
    + `${record.seed}  preset ${record.preset}`;
  if (result === null)
    return `${title}\n${record.state}${record.message === null ? '' : `: ${record.message}`}; go on with \`jeffreys `
      + `resume ${directory}\`\n`;
  const unjudged = result.warnings.filter(({ standing }) => standing === undefined);
  const lines = [
    standingText(result),
    title,
    ...choiceLines(result),
    ...warningLines([...reasonsOf(result.warnings), ...unjudged]),
    ...kindLines(result),
    '',
    ...flowLines(result),
    '',
    costLine(result),
    `run     ${directory}`, `report  ${directory}/report.html`,
  ];
  return `${lines.join('\n')}\n`;
}

function choiceLines({ choice }: RunResult): string[] {
  if (choice === null) return [];
  const what = choice.generator === 'flow' ? 'one flow' : 'ladder of flows';
  return [`${what} (${choice.by === 'automatic' ? 'chosen automatically' : 'by setting'}). ${choice.reason}`];
}

function costLine(result: RunResult): string {
  const { training, parallelTempering, generation, peakMemoryBytes } = result;
  const learning = wordingOf(result).learning ?? `training ${training.seconds.toFixed(1)} (${training.steps} steps)`;
  return `${result.seconds.toFixed(1)} s: tempering ${parallelTempering.seconds.toFixed(1)}, ${learning}, generation `
    + `${generation.seconds.toFixed(1)}; peak memory ${(peakMemoryBytes / 2 ** 20).toFixed(0)} MiB`;
}

/** The object that `--json` prints. */
export function summaryObject(record: RunRecord, result: RunResult, directory: string): object {
  const { generation: g, parallelTempering: pt, training } = result;
  return {
    target: record.target,
    preset: record.preset,
    standing: result.standing,
    reasons: reasonsOf(result.warnings).map(({ code, standing, message }) => ({ code, standing, message })),
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
    projections: g.projections,
    bias: g.bias,
    choice: result.choice,
    ladder: result.ladder,
    rounds: result.rounds,
    noise: result.noise,
    pathIntegral: result.pathIntegral,
    nonFinite: g.nonFinite,
    warnings: result.warnings,
    ptSeconds: pt.seconds,
    trainSeconds: result.ladder === null ? training.seconds
      : result.ladder.stages.reduce((sum, { trainingSeconds }) => sum + trainingSeconds, 0),
    sampleSeconds: g.seconds,
    seconds: result.seconds,
    peakMemoryBytes: result.peakMemoryBytes,
    runDir: directory,
  };
}
