/**
 * Runs of one target by different generators, side by side: what one flow and a ladder of flows make of the same
 * samples.
 */
import type { ModeSummary, RunRecord } from '../../records/record.ts';
import { formatNumber, formatPercent, typographic } from '../../report/page/format.ts';
import { html } from '../../report/page/markup.ts';
import { page, table } from '../../report/page/page.ts';

export interface GeneratorTableInput {
  readonly title: string;
  readonly rows: readonly { readonly name: string; readonly record: RunRecord }[];
}

type Estimated = Pick<ModeSummary['weighted'], 'value' | 'standardError'>;

/** Least ratio of a mode's weighted mass to its exact one. */
function leastShare(masses: readonly Estimated[], modes: readonly ModeSummary[]): number | null {
  const shares =
    masses.flatMap(({ value }, k) => (modes[k].exact === null || value === null ? [] : [value / modes[k].exact]));
  return shares.length === 0 ? null : Math.min(...shares);
}

/** log Z to a ten-thousandth: what is far below it is rounding. */
const fixed = (value: number | null): string =>
  (value === null ? formatNumber(null) : typographic(value.toFixed(4).replace(/^-(0\.0*)$/, '$1')));

/** With its error where one is known. */
const errors = ({ value, standardError }: Estimated, exact: number | null): string =>
  (
    value === null || exact === null ? ''
      : standardError === null ? fixed(value) : `${fixed(value)} ± ${fixed(standardError)}`
  );

/** Header and rows as plain cells. */
export function generatorTable({ rows }: GeneratorTableInput): string[][] {
  return [
    [
      'run', 'standing', 'stages', 'least CESS', 'ESS of fresh samples', 'least mode, unweighted',
      'least mode, weighted', 'log Z', 'exact'
    ],
    ...rows.flatMap(({ name, record: { result } }) => {
      if (result === null) return [];
      const { generation, ladder } = result;
      const standing = result.standing ?? '';
      const fresh = [
        name, standing, '', '', formatPercent(generation.ess), formatPercent(generation.coverage.value),
        formatPercent(leastShare(generation.modes.map(({ weighted }) => weighted), generation.modes)),
        errors(generation.logZ, generation.logZ.exact), fixed(generation.logZ.exact)
      ];
      if (ladder === null) return [fresh];
      const least = ladder.stages.reduce((a, b) => ((b.cess ?? 0) < (a.cess ?? 0) ? b : a));
      return [
        [
          `${name}, its particles`, standing, String(ladder.stages.length), formatPercent(least.cess), '', '',
          formatPercent(leastShare(ladder.modes, generation.modes)), errors(ladder.logZ, generation.logZ.exact),
          fixed(generation.logZ.exact)
        ],
        fresh,
      ];
    }),
  ];
}

/** The table as a self-contained page. */
export function renderGeneratorTable(input: GeneratorTableInput): string {
  const [header, ...rows] = generatorTable(input);
  return page({
    title: `${input.title} · jeffreys-flow`,
    header: html`<h1>${input.title}</h1>`,
    notices: null,
    sections: [{
      id: 'generators',
      title: 'The same tempering, by each generator',
      body: html`<p class="lead">One flow learns the modes that tempering has found, and no others. The particles of a ladder start from the whole of the base; every stage asks its flow for a small change only, so a mode that tempering has missed at the end is still reached through the stages before it, where the density is wide. Each run has a report of its own in its folder.</p>
${table(header.map((name, i) => ({ name, kind: i < 2 ? 'text' : 'number' })), rows)}`,
    }],
  });
}
