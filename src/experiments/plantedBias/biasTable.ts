/** The planted-bias experiment: mode masses of the unweighted flow for every loss, beside the exact ones. */
import type { RunRecord } from '../../records/record.ts';
import { formatNumber, formatPercent } from '../../report/page/format.ts';
import { html } from '../../report/page/markup.ts';
import { page, table } from '../../report/page/page.ts';

export interface BiasTableInput {
  readonly title: string;
  /** Masses of the samples that the flows were trained on. shape [modes] */
  readonly trainingMasses: readonly number[];
  readonly rows: readonly { readonly name: string; readonly record: RunRecord }[];
}

/** Header and rows as plain cells: modes, then ESS, then the largest error of a mass. */
export function biasTable({ trainingMasses, rows }: BiasTableInput): string[][] {
  const first = rows.find(({ record }) => record.result !== null)?.record.result?.generation.modes ?? [];
  const exact = first.map((mode) => mode.exact);
  const masses = (values: readonly (number | null)[]): string[] => values.map((value) => formatNumber(value, 3));
  const worst = (values: readonly (number | null)[]): string =>
    formatNumber(Math.max(...values.map((value, k) => Math.abs((value ?? NaN) - (exact[k] ?? NaN)))), 2);
  return [
    ['loss', ...first.map(({ name }) => name), 'largest error', 'ESS'],
    ['exact', ...masses(exact), '', ''],
    ['training samples', ...masses(trainingMasses), worst(trainingMasses), ''],
    ...rows.map(({ name, record }) => {
      const flow = record.result?.generation.modes.map((mode) => mode.flow.value) ?? first.map(() => null);
      return [name, ...masses(flow), worst(flow), formatPercent(record.result?.generation.ess)];
    }),
  ];
}

/** The table as a self-contained page. */
export function renderBiasTable(input: BiasTableInput): string {
  const [header, ...rows] = biasTable(input);
  return page({
    title: `${input.title} · jeffreys-flow`,
    header: html`<h1>${input.title}</h1>`,
    notices: null,
    sections: [{
      id: 'masses',
      title: 'Masses of the unweighted flow',
      body: html`<p class="lead">A loss that only fits its samples (forward KL) inherits their bias. The reverse term and the ratio variation know the energy and undo it, before any weight is applied; importance weights then remove what is left.</p>
${table(header.map((name, i) => ({ name, kind: i === 0 ? 'text' : 'number' })), rows)}`,
    }],
  });
}
