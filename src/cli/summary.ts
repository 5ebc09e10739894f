/** What a finished run says on standard output: a few lines for people, one object for programs. */
import { noiseLines } from '../report/noise/lines.ts';
import { formatMicroseconds, largestRing } from '../report/ring/ringFigures.ts';
import type { ExtendedFigure } from '../records/figure.ts';
import type {
  Estimate, LadderSummary, ModeSummary, PathIntegralSummary, RunRecord, RunResult
} from '../records/record.ts';
import { textTable as table } from '../report/text/table.ts';
import { reasonsOf, warningLines } from '../report/text/warnings.ts';

export { table, warningLines };

const percent = (value: number | null): string => (value === null ? 'n/a' : `${(100 * value).toFixed(2)} %`);
const number = (value: number | null, digits = 4): string => (
  value === null ? 'n/a'
    : Math.abs(value) >= 1e4 || (value !== 0 && Math.abs(value) < 1e-3) ? value.toExponential(2) : value.toFixed(digits)
);
/** With its error and, where that is in doubt, a mark; an error that is not known is not shown. */
const plusMinus = ({ value, standardError, standing }: Estimate): string =>
  (
    value === null ? 'n/a'
      : standardError === null ? `${number(value)} (error unknown)`
        : `${number(value)} ± ${number(standardError)}${standing === 'doubtful' ? ' (doubtful)' : ''}`
  );
const extended = (figure: ExtendedFigure): string => (typeof figure === 'string' ? figure : number(figure, 2));
const errors = (
  { value, standardError, exact }: { value: number | null; standardError: number | null; exact: number | null }
): string =>
  (
    value === null || standardError === null || exact === null || standardError === 0 ? ''
      : `${((value - exact) / standardError).toFixed(1)} s.e.`
  );

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
  const { generation: g, parallelTempering: pt, training } = result;
  const moves = result.ladder?.fresh.rejuvenationSteps ?? 0;
  const lines = [
    standingText(result),
    title,
    ...(result.choice === null ? [] : [
      `${result.choice.generator === 'flow' ? 'one flow' : 'ladder of flows'} `
        + `(${result.choice.by === 'automatic' ? 'chosen automatically' : 'by setting'}). ${result.choice.reason}`
    ]),
    ...warningLines(
      [...reasonsOf(result.warnings), ...result.warnings.filter(({ standing }) => standing === undefined)]
    ),
    ...(result.ladder === null ? [] : ['', ...ladderLines(result.ladder)]),
    ...(result.noise === null ? [] : ['', ...noiseLines(result.noise)]),
    ...(result.pathIntegral === null ? [] : [
      '', ...ringLines(result.pathIntegral), '',
      `the flow on its own ${result.pathIntegral.modes} modes of ${result.pathIntegral.beads} beads, the rest `
        + 'averaged over:'
    ]),
    '',
    ...table([
      [
        'ESS', percent(g.ess),
        `of ${g.samples} samples${moves === 0 ? '' : `, ${moves} moves between stages`}`
      ],
      [
        'ESS on PT samples', percent(g.forwardEss),
        moves === 0 ? '' : 'without moves'
      ],
      [g.coverage.kind === 'modes' ? 'coverage (least mode)' : 'coverage (neighbours)', percent(g.coverage.value), ''],
      ['Pareto k-hat', extended(g.paretoK), ''],
      [
        result.ladder === null ? 'log Z (flow)' : 'log Z (fresh samples)', plusMinus(g.logZ),
        g.logZ.exact === null ? '' : `exact ${number(g.logZ.exact)}  ${errors(g.logZ)}`
      ],
      [
        'log Z (tempering)', pt.logZ === null ? 'n/a' : plusMinus(pt.logZ),
        g.logZ.exact === null || pt.logZ === null ? '' : errors({ ...pt.logZ, exact: g.logZ.exact })
      ],
      ['L2 bias', number(g.bias), ''],
    ].map(([name, value, note]) => [name, value, note])),
  ];
  if (g.modes.length > 0) {
    const shown = notableModes(g.modes);
    if (shown.length < g.modes.length)
      lines.push('', `${g.modes.length} modes; those farthest from what is known of them:`);
    lines.push('', ...table(
      [['mode', 'weighted', 'exact', '', 'flow', 'PT'], ...shown.map(
        (mode) => [
          mode.name, plusMinus(mode.weighted), number(mode.exact), errors({ ...mode.weighted, exact: mode.exact }),
          number(mode.flow.value), number(mode.pt.value)
        ]
      )]
    ));
  }
  lines.push('', ...table(
    [['observable', 'estimate', 'exact', ''], ...g.observables.map(
      (o) => [o.name, plusMinus(o), number(o.exact), errors(o)]
    )]
  ));
  if (g.projections.length > 0) {
    lines.push('', ...table([
      ['density of', 'against', 'largest error', 'of F, in kT', 'at'],
      ...g.projections.map((p) => [
        p.name, p.reference, p.errors === null ? '' : `${number(p.errors, 1)} s.e.`,
        plusMinus({ value: p.deviation, standardError: p.standardError }),
        `${number(p.at, 2)}${p.empty > 0 ? ` (${p.empty} of ${p.judged} bins empty)` : ''}`
      ]),
    ]));
  }
  const learning = result.ladder === null ? `training ${training.seconds.toFixed(1)} (${training.steps} steps)`
    : `ladder ${(result.ladder.seconds - g.seconds).toFixed(1)} (${result.ladder.stages.length} stages)`;
  lines.push(
    '',
    `${result.seconds.toFixed(1)} s: tempering ${pt.seconds.toFixed(1)}, ${learning}, generation `
      + `${g.seconds.toFixed(1)}; peak memory ${(result.peakMemoryBytes / 2 ** 20).toFixed(0)} MiB`
  );
  lines.push(`run     ${directory}`, `report  ${directory}/report.html`);
  return `${lines.join('\n')}\n`;
}

/** More modes than this are not read but skimmed. */
const MOST_MODES = 24;

/** All modes, or of many the farthest from their exact mass (else from tempering's), in standard errors. */
function notableModes(modes: readonly ModeSummary[]): readonly ModeSummary[] {
  if (modes.length <= MOST_MODES) return modes;
  const distance = ({ weighted, pt, exact }: ModeSummary): number => {
    const error = exact === null ? Math.hypot(weighted.standardError ?? 0, pt.standardError ?? 0)
      : (weighted.standardError ?? 0);
    return Math.abs((weighted.value ?? 0) - (exact ?? pt.value ?? 0)) / (error || Infinity);
  };
  return [...modes].sort((a, b) => distance(b) - distance(a)).slice(0, MOST_MODES / 2);
}

/** A ladder's table, and its three figures. */
function ladderLines({ stages, logZ, fresh, particles, interpolation }: LadderSummary): string[] {
  // A resample sets the ESS back, so what stands there later says nothing of the flows.
  const unreset = stages.find(({ resampled }) => resampled) ?? stages[stages.length - 1];
  const least = Math.min(...stages.map(({ cess }) => cess ?? 0));
  return [
    `${stages.length} stages (${interpolation}), ${particles} particles, log Z of the particles ${plusMinus(logZ)}`,
    ...table([
      ['stage', 'λ', 'map', 'CESS', 'flow', 'without', 'ESS', '', 'coverage', 'log Z', 'tempering', 'seconds'],
      ...stages.map((stage) => [
        String(stage.stage), stage.lambda.toPrecision(3), stage.map, percent(stage.cess), percent(stage.cessFlow),
        percent(stage.cessIdentity), percent(stage.ess), stage.resampled ? 'resampled' : '',
        percent(stage.coverage.value), number(stage.logZ.value, 3), number(stage.logZTempering.value, 3),
        stage.seconds.toFixed(1),
      ]),
    ]),
    `least CESS ${percent(least)}; ESS before any reset ${percent(unreset.ess)} (at stage ${unreset.stage}); `
      + `ESS of fresh samples ${percent(fresh.ess)} without moves`
      + (fresh.essRejuvenated === null ? ''
        : `, ${percent(fresh.essRejuvenated)} with ${fresh.rejuvenationSteps} moves between stages`),
  ];
}

/** With as many digits as the error leaves, and two more. */
function precise(value: number | null, standardError: number | null): string {
  if (value === null || standardError === null || !(standardError > 0)) return number(value);
  return value.toFixed(Math.min(12, Math.max(0, 1 - Math.floor(Math.log10(standardError)))));
}

/** Every ring in a line, and the estimates of the largest one. */
function ringLines({ rings, beta, masses, truth }: PathIntegralSummary): string[] {
  const largest = largestRing({ rings });
  const withBaseline = rings.some(({ baseline }) => baseline !== null);
  return [
    `path integral at β = ${beta}, mass ${masses.join(', ')}`
      + (truth === null ? '' : `; exact log Z ${number(truth.logZ)}, levels `
        + `${truth.levels.slice(0, 3).map((level) => number(level, 3)).join(', ')}, …`),
    ...table([
      ['beads', 'ESS', 'k-hat', 'log Z', 'exact', 'largest gap', 'bias', 'Trotter', 'µs a ring', ...(
        withBaseline ? ['gain'] : []
      )],
      ...rings.map((ring) => [
        String(ring.beads), percent(ring.ess), extended(ring.paretoK), plusMinus(ring.logZ), number(ring.logZ.exact),
        ring.largestGap === null ? '' : `${number(ring.largestGap, 1)} s.e.`,
        number(ring.bias.total), number(ring.bias.trotter), formatMicroseconds(ring),
        ...(withBaseline ? [number(ring.baseline?.gains[0] ?? null, 1)] : []),
      ]),
    ]),
    ...(largest === null ? [] : ['', ...table([
      [`on ${largest.beads} beads`, 'estimate', 'exact', '', 'quantum'],
      ...largest.estimates.map((estimate) => [
        estimate.name,
        estimate.standardError === null ? plusMinus(estimate) : `${precise(estimate.value, estimate.standardError)} ± `
          + `${precise(estimate.standardError, estimate.standardError)}`,
        precise(estimate.exact, estimate.standardError), errors(estimate),
        precise(estimate.quantum, estimate.standardError),
      ]),
    ])]),
  ];
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
