/** The published single-step experiment, ours beside the published figures: targets × θ. */
import { COVERAGE_FLOOR, coverageFlag, type ExperimentRow } from './row.ts';
import { densityGrid } from './densityGrid.ts';
import { biasFigure, essFigure } from './thetaCurves.ts';
import { formatDate, formatNumber, formatPercent, formatScientific, typographic } from '../../report/page/format.ts';
import { html, type Markup, type Part } from '../../report/page/markup.ts';
import { cellText, nothing, page } from '../../report/page/page.ts';
import type { PublishedFigures } from '../../report/input.ts';

export interface ExperimentInput {
  readonly title: string;
  readonly rows: readonly ExperimentRow[];
}

/** Distinct values in order of first appearance. */
function distinct<T>(values: readonly T[]): T[] {
  return [...new Set(values)];
}

/** One line of the table: three cells per θ. */
function line(name: string, thetas: readonly number[], triple: (theta: number) => readonly Part[]): Markup {
  return html`<tr><th scope="row">${name}</th>${thetas.map((theta) => triple(theta).map((cell, i) => html`<td class="number${i === 0 ? ' first' : ''}">${cell}</td>`))}</tr>
`;
}

function ours(row: ExperimentRow | undefined): readonly Part[] {
  const generation = row?.record.result?.generation;
  const coverage = typographic(formatNumber(generation?.coverage.value, 2));
  return [
    html`<b>${cellText(formatPercent(generation?.ess))}</b>`,
    cellText(typographic(formatScientific(generation?.bias))),
    row !== undefined && coverageFlag(row) !== null ? html`<span class="flag">▲ ${coverage}</span>`
      : cellText(coverage),
  ];
}

function published(paper: PublishedFigures | undefined): readonly Part[] {
  return [formatPercent(paper?.ess), typographic(formatScientific(paper?.bias)), '']
    .map((text) => html`<span class="muted">${text}</span>`);
}

function gridTable(rows: readonly ExperimentRow[]): Markup {
  const thetas = distinct(rows.map(({ theta }) => theta)).sort((a, b) => a - b);
  const targets = distinct(rows.map(({ target }) => target)).map((target) => {
    const here = rows.filter((row) => row.target === target);
    const seeds = distinct(here.map(({ seed }) => seed)).map((seed) => line(
      `ours, seed ${seed}`, thetas, (theta) => ours(here.find((row) => row.theta === theta && row.seed === seed))
    ));
    return html`<tr class="group"><th scope="rowgroup" colspan="${String(1 + 3 * thetas.length)}">${target}</th></tr>
${seeds}${line('published', thetas, (theta) => published(here.find((row) => row.theta === theta && row.paper !== undefined)?.paper))}`;
  });
  return html`<div class="scroll"><table class="dense"><caption>ESS, L2 bias over the observables, and coverage for every target, seed and θ. ▲ marks runs that miss part of their target.</caption>
<thead><tr><th></th>${thetas.map((theta) => html`<th scope="colgroup" colspan="3" class="first">θ = ${String(theta)}${theta === 0 ? ', forward KL' : theta === 1 ? ', reverse KL' : null}</th>`)}</tr>
<tr><th scope="col">run</th>${thetas.map(() => html`<th scope="col" class="number first">ESS</th><th scope="col" class="number">bias</th><th scope="col" class="number">coverage</th>`)}</tr></thead>
<tbody>${targets}</tbody></table></div>`;
}

function flagged(rows: readonly ExperimentRow[]): Markup {
  const items = rows.flatMap((row) => {
    const flag = coverageFlag(row);
    return flag === null ? [] : [
      html`<li class="warning"><b>${row.target}, θ = ${String(row.theta)}, seed ${String(row.seed)}:</b> ${flag}; coverage ${typographic(formatNumber(row.record.result?.generation.coverage.value, 2))}, ESS ${formatPercent(row.record.result?.generation.ess)}.</li>`
    ];
  });
  return html`<ul class="notices" aria-label="Warnings">${items.length > 0 ? items : html`<li class="good"><b>Every run covers its target.</b> No coverage below ${String(COVERAGE_FLOOR)}, no mode reported missing.</li>`}</ul>`;
}

/** One self-contained page. The same input gives the same bytes. */
export function renderExperiment(input: ExperimentInput): string {
  const { title, rows } = input;
  const empty = nothing('No runs were given.');
  const dates = rows.map(({ record }) => record.startedAt).sort();
  const facts = [
    `${rows.length} runs`,
    `targets: ${distinct(rows.map(({ target }) => target)).join(', ')}`,
    `seeds: ${distinct(rows.map(({ seed }) => String(seed))).join(', ')}`,
    `presets: ${distinct(rows.map(({ record }) => record.preset)).join(', ')}`,
    ...(dates.length > 0 ? [`first started ${formatDate(dates[0])}`] : []),
  ];
  const versions = distinct(
    rows.flatMap(({ record }) => Object.entries(record.versions).map(([name, version]) => `${name} ${version}`))
  );
  return page({
    title: `${title} · jeffreys-flow`,
    header:
      html`<h1>${title}</h1><ul class="facts">${facts.map((fact) => html`<li>${fact}</li>`)}</ul><ul class="facts"><li>${versions.join(' · ')}</li></ul>`,
    notices: flagged(rows),
    sections: [
      { id: 'table', title: 'Ours beside the published figures', body: rows.length === 0 ? empty : gridTable(rows) },
      { id: 'ess', title: 'Effective sample size against θ', body: rows.length === 0 ? empty : essFigure(rows) },
      { id: 'bias', title: 'Bias against θ', body: rows.length === 0 ? empty : biasFigure(rows) },
      {
        id: 'densities', title: 'Unweighted flow samples', body: densityGrid(rows) ?? nothing('No samples were given.')
      },
      {
        id: 'reading', title: 'How to read this page',
        body:
          html`<p>θ weighs the two divergences: θ = 0 is the forward KL alone, which covers every mode but spreads between them; θ = 1 is the reverse KL alone, which may collapse on some modes and still show a high ESS there. That is why every ESS stands beside a coverage: the smallest ratio of flow mass to reference mass over the modes, or the share of PT points with a generated neighbour.</p>`
      },
    ],
  });
}
