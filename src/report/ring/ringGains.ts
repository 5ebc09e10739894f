/** How much faster weighted rings are than tempering, estimate by estimate, against the number of beads. */
import * as Plot from '@observablehq/plot';
import { chart } from '../page/chart.ts';
import { isKnown } from '../page/format.ts';
import { directLabels } from '../page/directLabels.ts';
import { beadsAxis, logAxis, logRange } from '../page/logAxis.ts';
import type { Markup } from '../page/markup.ts';

export interface GainLine {
  readonly name: string;
  readonly colour: string;
  readonly dash: string | null;
  readonly strong: boolean;
  readonly points: readonly { readonly beads: number; readonly gain: number | null }[];
}

const WIDTH = 900;
const MARGINS = { marginLeft: 62, marginRight: 220, marginTop: 14, marginBottom: 36 };

/** Lines with their names at the ends on logarithmic axes; null where no gain is known. */
export function gainsChart(lines: readonly GainLine[], label: string): Markup | null {
  const shown = lines.map(
    (line) => ({
      ...line,
      points: line.points.flatMap(({ beads, gain }) => (isKnown(gain) && gain > 0 ? [{ beads, gain }] : []))
        .sort((a, b) => a.beads - b.beads)
    })
  ).filter(({ points }) => points.length > 0);
  const range = logRange([1, ...shown.flatMap(({ points }) => points.map(({ gain }) => gain))]);
  if (range === null || shown.length === 0) return null;
  const height = Math.max(270, 60 + 26 * shown.length);
  const x = beadsAxis(
    shown.flatMap(({ points }) => points.map(({ beads }) => beads)), WIDTH - MARGINS.marginLeft - MARGINS.marginRight
  );
  const ends = shown.flatMap(({ name, colour, points }) => points.slice(-1).map(
    ({ gain }) => ({ x: x.domain[1], y: Math.log10(gain), name, colour })
  ));
  return chart({
    label, width: WIDTH, height, ...MARGINS, x, y: logAxis('gain (log)', range),
    marks: [
      Plot.ruleY([1], { stroke: 'var(--muted)', strokeDasharray: '4 3' }),
      // The strong line on top.
      ...[...shown].sort((a, b) => Number(a.strong) - Number(b.strong)).flatMap(({ points, colour, dash, strong }) => [
        Plot.lineY(points, {
          x: 'beads', y: 'gain', stroke: colour, strokeDasharray: dash ?? 'none', strokeWidth: strong ? 2.4 : 1.2
        }),
        Plot.dot(points, { x: 'beads', y: 'gain', fill: colour, r: strong ? 4 : 2.6 }),
      ]),
      ...directLabels(
        ends, [Math.log10(range[0]), Math.log10(range[1])], height - MARGINS.marginTop - MARGINS.marginBottom,
        (y) => 10 ** y
      ),
    ],
  });
}
