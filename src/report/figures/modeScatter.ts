/** All modes at once: weighted mass against its reference, on logarithmic axes. */
import * as Plot from '@observablehq/plot';
import type { ModeSummary } from '../../records/record.ts';
import { chart } from '../page/chart.ts';
import { isKnown } from '../page/format.ts';
import type { Markup } from '../page/markup.ts';
import { referenceMass } from '../modeSelection.ts';
import { nothing } from '../page/page.ts';
import { WEIGHTED } from '../page/series.ts';

interface Point {
  readonly reference: number; readonly weighted: number; readonly low: number; readonly high: number;
  readonly onEdge: boolean
}

/** Masses this far below the largest stand on the edge of the chart. */
const DECADES = 1e-8;

export interface ModeScatter {
  readonly chart: Markup;
  /** Modes that stand on the lower or left edge because one of their masses is 0. */
  readonly onEdge: number;
  readonly reference: 'exact' | 'PT' | 'exact or PT';
}

export function modeScatter(modes: readonly ModeSummary[]): ModeScatter {
  const exact = modes.filter((mode) => isKnown(mode.exact)).length;
  const reference = exact === modes.length ? 'exact' : exact === 0 ? 'PT' : 'exact or PT';
  const masses = modes.flatMap((mode) => {
    const x = referenceMass(mode).value;
    const { value, standardError } = mode.weighted;
    return isKnown(x) && isKnown(value) ? [{ x, value, error: 2 * (standardError ?? 0) }] : [];
  });
  const positive = masses.flatMap(({ x, value }) => [x, value]).filter((mass) => mass > 0);
  if (positive.length === 0) return { chart: nothing('No mass is known.'), onEdge: 0, reference };
  const largest = Math.max(...positive);
  const domain = [Math.max(Math.min(...positive), DECADES * largest) / 2, 2 * largest] as const;
  const inside = (mass: number): number => Math.max(domain[0], mass);
  const points = masses.map(
    ({ x, value, error }): Point => ({
      reference: 100 * inside(x), weighted: 100 * inside(value), low: 100 * inside(value - error),
      high: 100 * Math.min(domain[1], inside(value + error)), onEdge: x <= domain[0] || value <= domain[0]
    })
  );
  const axis = (label: string): Plot.ScaleOptions => ({
    type: 'log', domain: domain.map((mass) => 100 * mass), label, labelAnchor: 'center', labelArrow: 'none', ticks: 5,
    tickFormat: (value: number) => String(Number(value.toPrecision(3))), grid: true
  });
  const svg = chart({
    label: `Weighted mass of ${modes.length} modes against their ${reference} mass, with the diagonal`,
    width: 450, height: 420, marginLeft: 58, marginBottom: 38, marginTop: 10, marginRight: 16,
    x: axis(`${reference} mass (%, log)`), y: axis('weighted mass (%, log)'),
    marks: [
      Plot.line([domain[0], domain[1]], {
        x: (mass: number) => 100 * mass, y: (mass: number) => 100 * mass, stroke: 'var(--ink)', strokeDasharray: '4 3',
        strokeWidth: 1.2
      }),
      Plot.ruleX(
        points, { x: 'reference', y1: 'low', y2: 'high', stroke: WEIGHTED.colour, strokeOpacity: 0.4, strokeWidth: 1 }
      ),
      Plot.dot(points.filter(({ onEdge }) => onEdge), {
        x: 'reference', y: 'weighted', stroke: 'var(--warn)', strokeWidth: 2, r: 5
      }),
      Plot.dot(points, { x: 'reference', y: 'weighted', fill: WEIGHTED.colour, fillOpacity: 0.75, r: 2.6 }),
    ],
  });
  return { chart: svg, onEdge: points.filter(({ onEdge }) => onEdge).length, reference };
}
