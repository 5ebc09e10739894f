/**
 * The page of an experiment of path integrals: runs at several temperatures, of several targets, or by several
 * generators.
 */
import { distillationCess } from '../../report/ring/distillation.ts';
import {
  byTarget, energyFigure, runsBiasFigure, runsGainsFigure, stackedDensitiesFigure, type PathIntegralRun
} from './pathIntegralRuns.ts';
import { formatNumber, formatPercent, UNKNOWN } from '../../report/page/format.ts';
import { html, type Markup } from '../../report/page/markup.ts';
import { figure, nothing, page, table, type Cell, type Section } from '../../report/page/page.ts';
import { groundStateShare, plainNumber, splitting } from '../../report/ring/ringFigures.ts';
import { pathIntegralTable, type PathIntegralTableInput } from './pathIntegralTable.ts';

/** The run's own report, in its folder beside this page. */
const reportLink = (name: string): Markup => html`<a href="./${encodeURIComponent(name)}/report.html">${name}</a>`;

function runsTable(input: PathIntegralTableInput): Markup {
  if (input.rows.length === 0) return nothing('No run is finished yet.');
  const [header, ...rows] = pathIntegralTable(input);
  const kind = (name: string): 'text' | 'number' => (['run', 'generator'].includes(name) ? 'text' : 'number');
  return table(header.map((name) => ({ name, kind: kind(name) })), rows.map(([, ...cells], k): Cell[] => {
    const { name, record } = input.rows[k];
    return [record.result === null ? name : reportLink(name), ...cells];
  }),
  'ESS own: of the flow on its own modes and beads; ESS rings: the smallest over all rings. CESS: the '
    + 'smallest of a stage, of classical (S1) and quantum (S2) distillation. Largest gap: over all rings and '
    + 'estimates, in standard errors from the exact average of the same ring; log Z gap: of the largest ring, '
    + 'with its sign. Bias and Trotter error: L2 over the functions of the position, from quantum averages, of '
    + 'the largest ring. Gain: over tempering in normal modes, for the first function of the position, on 32 '
    + 'beads or the most that have a baseline; paid back: rings after which it has made up for preparing the '
    + 'flow.',
  true);
}

/** What the exact levels say of every run; null where none knows them. */
function levelsTable(runs: readonly PathIntegralRun[]): Markup | null {
  const known = runs.filter(({ pathIntegral }) => (pathIntegral.truth?.levels.length ?? 0) > 0);
  if (known.length === 0) return null;
  const rows = known.map(({ name, target, pathIntegral }): Cell[] => {
    const { truth, beta, masses } = pathIntegral;
    const gap = splitting(pathIntegral);
    return [
      name, target, plainNumber(beta), masses.map(plainNumber).join(', '), formatNumber(truth?.levels[0], 5),
      formatNumber(truth?.levels[1], 5), formatNumber(gap), gap === null ? UNKNOWN : formatNumber(beta * gap, 3),
      formatPercent(groundStateShare(pathIntegral))
    ];
  });
  return table([
    { name: 'run', kind: 'text' }, { name: 'target', kind: 'text' }, { name: 'β', kind: 'number' },
    { name: 'mass', kind: 'number' }, { name: 'E₀', kind: 'number' }, { name: 'E₁', kind: 'number' },
    { name: 'E₁ − E₀', kind: 'number' }, { name: 'β(E₁ − E₀)', kind: 'number' },
    { name: 'in the ground state', kind: 'number' },
  ], rows,
  'By diagonalisation. Where β(E₁ − E₀) is small, the temperature does not resolve the splitting and both '
    + 'levels are as likely; in the ground state: exp(−βE₀)/Z.');
}

interface DistilledRun { readonly name: string; readonly chart: Markup }

function distilled({ rows }: PathIntegralTableInput): DistilledRun[] {
  return rows.flatMap(({ name, record: { result } }) => {
    const classical = result?.pathIntegral?.classicalLadder ?? null;
    const quantum = result?.ladder ?? null;
    return classical === null || quantum === null ? [] : [{ name, chart: distillationCess(classical, quantum) }];
  });
}

function distillation(input: PathIntegralTableInput): Markup | null {
  const runs = distilled(input);
  if (runs.length === 0) return null;
  return figure(html`<div class="panels two">${runs.map(({ name, chart }) => html`<div><h3>${name}</h3>${chart}</div>`)}</div>`,
    'Conditional ESS of every stage: the share of the ensemble that the worst of single steps leaves is what '
      + 'a ladder is judged by. S1 learned from rings made of classical samples, S2 from the weighted particles '
      + 'of S1.');
}

const optional = (id: string, title: string, body: Markup | null): Section[] =>
  (body === null ? [] : [{ id, title, body }]);

/** One self-contained page. The same input gives the same bytes. */
export function renderPathIntegralExperiment(input: PathIntegralTableInput): string {
  const runs = input.rows.flatMap(({ name, record: { target, result } }): PathIntegralRun[] => (
    result === null || result.pathIntegral === null ? [] : [{ name, target, pathIntegral: result.pathIntegral }]
  ));
  const targets = byTarget(runs).map(({ target }) => target);
  return page({
    title: `${input.title} · jeffreys-flow`,
    header:
      html`<h1>${input.title}</h1>${targets.length === 0 ? null : html`<ul class="facts"><li>${targets.length === 1 ? 'target' : 'targets'}: <b>${targets.join(', ')}</b></li></ul>`}`,
    notices: null,
    sections: [
      {
        id: 'runs', title: 'Every run',
        body:
          html`<p class="lead">Thermal averages of quantum particles: one flow of a ring polymer’s low modes, trained on one ring, is lifted to rings of any number of beads N, each with an exact importance weight. What is left is the error of sampling, known from the standard errors, and the Trotter error, which falls as N⁻². Every run has a report of its own.</p>${runsTable(input)}`
      },
      ...(
        runs.length === 0 ? [] : [{ id: 'bias', title: 'Bias against the number of beads', body: runsBiasFigure(runs) }]
      ),
      ...optional('energies', 'Energy against temperature', energyFigure(runs)),
      ...optional('densities', 'Where the particle is', stackedDensitiesFigure(runs)),
      ...optional('levels', 'Energy levels', levelsTable(runs)),
      ...optional('gains', 'Gain over tempering without a flow', runsGainsFigure(runs)),
      ...optional('distillation', 'Classical and quantum distillation', distillation(input)),
    ],
  });
}
