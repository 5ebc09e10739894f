/**
 * Thermal averages of a quantum particle: rings of every number of beads beside what is exact, and what tempering alone
 * takes for them.
 */
import type { PathIntegralSummary, RingSummary, RunResult } from '../../records/record.ts';
import { distillationFigure } from './distillation.ts';
import { ringDensitiesFigure } from './ringDensities.ts';
import { ringErrorsFigure } from './ringErrors.ts';
import { gainsChart } from './ringGains.ts';
import {
  formatBeside, formatCount, formatEstimate, formatExtended, formatNumber, formatPercent, formatSeconds, isKnown,
  typographic, UNKNOWN, type Figure
} from '../page/format.ts';
import { html, type Markup, type Part } from '../page/markup.ts';
import { figure, folded, nothing, table, type Cell } from '../page/page.ts';
import {
  byBeads, difference, formatMicroseconds, LARGE_GAP, largestRing, paybackText, plainNumber, rivalled, secondsPerRing,
  signedErrors, splitting
} from './ringFigures.ts';

/** A number of standard errors, flagged where chance does not explain it. */
function gap(errors: Figure): Cell {
  const text = formatNumber(errors, 2);
  return isKnown(errors) && Math.abs(errors) > LARGE_GAP ? html`<span class="flag">▲ ${typographic(text)}</span>`
    : text;
}

interface RingColumn {
  readonly name: string;
  readonly cell: (ring: RingSummary) => Cell;
}

const RING_COLUMNS: readonly RingColumn[] = [
  { name: 'beads N', cell: ({ beads }) => String(beads) },
  { name: 'rings', cell: ({ samples }) => formatCount(samples) },
  { name: 'ESS', cell: ({ ess }) => formatPercent(ess) },
  { name: 'Pareto k̂', cell: ({ paretoK }) => formatExtended(paretoK) },
  { name: 'not finite', cell: ({ nonFinite }) => (
    nonFinite > 0 ? html`<span class="flag">▲ ${formatCount(nonFinite)}</span>` : '0'
  ) },
  { name: 'log Z', cell: ({ logZ }) => formatEstimate(logZ.value, logZ.standardError) },
  { name: 'exact at N', cell: ({ logZ }) => formatBeside(logZ.exact, logZ.standardError) },
  { name: 'quantum', cell: ({ logZ }) => formatBeside(logZ.quantum, logZ.standardError) },
  { name: 'harmonic', cell: ({ logZ }) => formatBeside(logZ.harmonic, logZ.standardError) },
  { name: 'largest gap (s.e.)', cell: ({ largestGap }) => gap(largestGap) },
  { name: 'L2 bias', cell: ({ bias }) => formatNumber(bias.total, 3) },
  { name: 'of it Trotter', cell: ({ bias }) => formatNumber(bias.trotter, 3) },
  { name: 'moves', cell: ({ moves }) => (
    moves === null ? UNKNOWN : `${formatCount(moves.steps)}, ${formatPercent(moves.acceptance)} accepted`
  ) },
  { name: 'time', cell: ({ seconds }) => formatSeconds(seconds) },
  { name: 'estimators', cell: ({ estimatorSeconds }) => formatSeconds(estimatorSeconds) },
  { name: 'µs per ring', cell: formatMicroseconds },
];

function ringsTable(rings: readonly RingSummary[]): Markup {
  const columns = RING_COLUMNS.filter(({ cell }) => rings.some((ring) => cell(ring) !== UNKNOWN));
  return table(columns.map(({ name }) => ({ name, kind: 'number' })), byBeads(rings).map((ring) => columns.map(({ cell }) => cell(ring))),
    'Every ring is drawn anew and carries an exact weight of its own action. log Z ± one standard error; '
      + 'exact at N: of the same ring, by its transfer matrix; quantum: N → ∞, by diagonalisation; harmonic: of '
      + 'the reference that the flow starts from. Largest gap: over all estimates and log Z, from the exact '
      + 'average at N. Time: generation and weights; the estimators’ is apart.',
    true);
}

/** Sampling errors and Trotter errors of every estimate on one ring. */
function estimatesTable({ beads, estimates }: RingSummary): Markup {
  const exact = estimates.some((estimate) => isKnown(estimate.exact));
  const quantum = estimates.some((estimate) => isKnown(estimate.quantum));
  const header = [
    'average', 'estimate', ...(exact ? [`exact at N = ${String(beads)}`, 'difference (s.e.)'] : []),
    ...(quantum ? ['quantum', 'estimate − quantum'] : []), ...(exact && quantum ? ['Trotter error'] : [])
  ];
  const rows = estimates.map((estimate): Cell[] => {
    const { name, value, standardError } = estimate;
    return [
      name, formatEstimate(value, standardError),
      ...(
        exact ? [formatBeside(estimate.exact, standardError), gap(signedErrors(value, standardError, estimate.exact))]
          : []
      ),
      ...(
        quantum ? [formatBeside(estimate.quantum, standardError), formatNumber(difference(value, estimate.quantum), 2)]
          : []
      ),
      ...(exact && quantum ? [formatNumber(difference(estimate.exact, estimate.quantum), 2)] : []),
    ];
  });
  return table(header.map((name, k) => ({ name, kind: k === 0 ? 'text' : 'number' })), rows,
    exact ? 'Differences from the exact average of the same ring are errors of sampling; what that average differs '
      + 'from the quantum one is the Trotter error, which more beads take away and more rings do not.' : null);
}

/** The other rings: two columns each. */
function otherEstimates(rings: readonly RingSummary[], largest: RingSummary): Markup | null {
  const others = byBeads(rings).filter((ring) => ring !== largest);
  if (others.length === 0) return null;
  const names = [...new Set(others.flatMap(({ estimates }) => estimates.map(({ name }) => name)))];
  const columns = [{ name: 'average', kind: 'text' as const }, ...others.flatMap(
    ({ beads }) =>
      [{ name: `N = ${String(beads)}`, kind: 'number' as const }, { name: 's.e. off', kind: 'number' as const }]
  )];
  const rows = names.map((name): Cell[] => [name, ...others.flatMap(({ estimates }): Cell[] => {
    const estimate = estimates.find((one) => one.name === name);
    return estimate === undefined ? [UNKNOWN, UNKNOWN] : [formatEstimate(estimate.value, estimate.standardError), gap(
      signedErrors(estimate.value, estimate.standardError, estimate.exact)
    )];
  })]);
  return folded(`Estimates of the other ${others.length === 1 ? 'ring' : `${others.length} rings`}`, table(
    columns, rows, 'Each beside its difference, in standard errors, from the exact average at its own N.', true
  ));
}

function gainsFigure({ functions }: PathIntegralSummary, rings: readonly RingSummary[]): Markup | null {
  const runs = rivalled(rings);
  const names = runs[0]?.ring.estimates.map(({ name }) => name) ?? [];
  const lines = names.map((name, k) => ({
    name, strong: k === 0, colour: k === 0 ? 'var(--weighted)' : k < functions ? 'var(--flow)' : 'var(--third)',
    dash: k < functions ? null : '5 3',
    points: runs.map(({ ring, baseline }) => ({ beads: ring.beads, gain: baseline.gains[k] ?? null })),
  }));
  const chart = gainsChart(
    lines, `Gain of the flow over tempering in normal modes against the number of beads, for ${names.join(', ')}`
  );
  return chart === null ? null : figure(
    chart,
    html`The time that tempering takes for an error, over the time that weighted rings take for the same: training, classical tempering and warm-up are left out of it. Above the dashed line the flow is faster. <span style="color:var(--weighted)">Thick</span>: the first function of the position. <span style="color:var(--flow)">Solid</span>: the others. <span style="color:var(--third)">Dashed</span>: energies and gyration.`
  );
}

function gainsTable(pathIntegral: PathIntegralSummary, rings: readonly RingSummary[]): Markup {
  const rows = rivalled(rings).flatMap(({ ring, baseline }): Cell[][] => [
    [
      `N = ${String(ring.beads)}: ${baseline.kernel}, ${formatCount(baseline.replicas)} replicas, `
        + `${formatCount(baseline.ladders)} ladders, ${formatCount(baseline.samples)} paths recorded in `
        + `${formatSeconds(baseline.seconds)} after a warm-up of ${formatSeconds(baseline.warmupSeconds)}; `
        + `${formatCount(ring.samples)} weighted rings in ${formatSeconds(ring.seconds)}`
    ],
    ...ring.estimates.map(({ name, standardError, exact }, k): Cell[] => {
      const tempering = baseline.estimates.find((estimate) => estimate.name === name);
      const gain = baseline.gains[k] ?? null;
      return [
        name, formatNumber(gain, 3), formatEstimate(tempering?.value, tempering?.standardError),
        gap(signedErrors(tempering?.value, tempering?.standardError, exact)),
        formatSeconds(baseline.seconds), formatNumber(tempering?.standardError, 2), formatNumber(standardError, 2),
        paybackText(pathIntegral, ring, gain),
      ];
    }),
  ]);
  return table([
    { name: 'average', kind: 'text' }, { name: 'gain', kind: 'number' }, { name: 'tempering', kind: 'number' },
    { name: 'off exact (s.e.)', kind: 'number' }, { name: 'its seconds', kind: 'number' },
    { name: 'its s.e.', kind: 'number' }, { name: 'the flow’s s.e.', kind: 'number' },
    { name: 'paid back after rings', kind: 'number' },
  ], rows,
  'Gain: (standard error)² × seconds of tempering over that of the flow. Paid back: the rings n at which '
    + `the ${formatSeconds(pathIntegral.preparationSeconds)} of preparation and n rings take as long as `
    + 'tempering for the same error; never, where tempering is as fast.',
  true);
}

function gainsPart(pathIntegral: PathIntegralSummary): Part {
  const { rings } = pathIntegral;
  if (rivalled(rings).length === 0) return null;
  return html`<h3>Against tempering without a flow</h3>${gainsFigure(pathIntegral, rings) ?? nothing('No gain is known.')}${gainsTable(pathIntegral, rings)}`;
}

/** "8 beads 12 ms, 64 beads 31 ms" of the smallest and the largest ring. */
function speedText(rings: readonly RingSummary[]): string {
  const sorted = byBeads(rings);
  const ends = sorted.length > 1 ? [sorted[0], sorted[sorted.length - 1]] : sorted;
  return ends.map((ring) => {
    const seconds = secondsPerRing(ring);
    return `${formatSeconds(seconds === null ? null : 1000 * seconds)} on ${String(ring.beads)} beads`;
  }).join(', ');
}

/** Levels that are quoted. */
const SHOWN_LEVELS = 4;

function systemText(pathIntegral: PathIntegralSummary): Markup {
  const { dimension, masses, hbar, beta, beads, modes, curvature, truth, preparationSeconds, rings } = pathIntegral;
  const list = (values: readonly number[]): string => values.map(plainNumber).join(', ');
  const free = curvature.every((stiff) => stiff === 0);
  const levels = truth === null || truth.levels.length === 0 ? ''
    : ` Lowest levels: ${truth.levels.slice(0, SHOWN_LEVELS).map((level) => formatNumber(level, 5)).join(', ')}${splitting(pathIntegral) === null ? '' : `; E₁ − E₀ = ${formatNumber(splitting(pathIntegral))}, β(E₁ − E₀) = ${formatNumber(beta * (splitting(pathIntegral) ?? 0), 3)}`}.`;
  const accuracy = truth === null ? ' No exact averages are known.'
    : ` Diagonalisation is good to ${formatNumber(truth.error, 1)} in log Z.`;
  return html`<p class="lead">${typographic(`A quantum particle of p = ${dimension} ${dimension === 1 ? 'coordinate' : 'coordinates'}, of mass ${list(masses)}, at ħ = ${plainNumber(hbar)} and β = ${plainNumber(beta)}, is sampled as a ring of N beads. The flow was trained on rings of P = ${beads} beads and moves their K = ${modes} lowest modes; ` + 'the other modes of a ring come from a harmonic ' + `reference${free ? ' that is free' : ` of curvature mΩ² = ${list(curvature)}`}, and importance weights of the whole ring make up for both.${levels}${accuracy} Before the first ring: ${formatSeconds(preparationSeconds)} of classical tempering, tempering of the low modes and training. 1000 weighted rings: ${rings.length === 0 ? UNKNOWN : speedText(rings)}.`)}</p>`;
}

export function pathIntegralSection(pathIntegral: PathIntegralSummary, { ladder }: Pick<RunResult, 'ladder'>): Markup {
  const { rings, classicalLadder } = pathIntegral;
  const largest = largestRing(pathIntegral);
  const distilled = classicalLadder === null || ladder === null ? null
    : html`<h3>Classical and quantum distillation</h3>${distillationFigure(classicalLadder, ladder)}`;
  if (largest === null) return html`${systemText(pathIntegral)}${nothing('No ring is finished yet.')}${distilled}`;
  return html`${systemText(pathIntegral)}<h3>Rings</h3>${ringsTable(rings)}${ringErrorsFigure(rings)}
<h3>Averages on ${String(largest.beads)} beads</h3>${estimatesTable(largest)}${otherEstimates(rings, largest)}
${ringDensitiesFigure(pathIntegral)}
${distilled}${gainsPart(pathIntegral)}`;
}
