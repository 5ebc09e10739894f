/** Errors of every set of samples of a run on noisy energies, on logarithmic axes: which step takes away what. */
import * as Plot from '@observablehq/plot';
import { chart } from '../page/chart.ts';
import { isKnown, type Figure } from '../page/format.ts';
import { html, type Markup } from '../page/markup.ts';
import type { SampleFigures } from './noiseFigures.ts';
import { figure } from '../page/page.ts';

interface Dot { readonly name: string; readonly value: number; readonly final: boolean }

const ROW = 26;

function panel(name: string, samples: readonly SampleFigures[], read: (sample: SampleFigures) => Figure): Markup
  | null {
  const dots = samples.flatMap((sample): Dot[] => {
    const value = read(sample);
    return isKnown(value) && value > 0 ? [{ name: sample.name, value, final: sample.final }] : [];
  });
  if (dots.length < 2) return null;
  const values = dots.map(({ value }) => value);
  const domain = [Math.min(...values) / 1.6, Math.max(...values) * 1.6];
  const svg = chart({
    label: `${name} of ${dots.map((dot) => dot.name).join(', ')}, on a logarithmic axis`,
    width: 552, height: 46 + ROW * dots.length, marginLeft: 218, marginRight: 14, marginTop: 6, marginBottom: 38,
    x: {
      type: 'log', domain, label: `${name} (log)`, labelAnchor: 'center', labelArrow: 'none', grid: true, ticks: 4,
      tickFormat: (value: number) => String(Number(value.toPrecision(2)))
    },
    y: { type: 'band', domain: dots.map((dot) => dot.name), label: null, tickSize: 0 },
    marks: [
      Plot.ruleY(dots, { y: 'name', x1: () => domain[0], x2: 'value', stroke: 'var(--rule)' }),
      Plot.dot(
        dots.filter(({ final }) => !final), { x: 'value', y: 'name', stroke: 'var(--flow)', strokeWidth: 2, r: 4 }
      ),
      Plot.dot(dots.filter(({ final }) => final), { x: 'value', y: 'name', fill: 'var(--weighted)', r: 5 }),
    ],
  });
  return html`<div><h3>${name}</h3>${svg}</div>`;
}

/** A panel per kind of error of which two sets know something; null without one. */
export function sampleErrorsFigure(samples: readonly SampleFigures[]): Markup | null {
  const panels = [panel('L2 bias', samples, ({ bias }) => bias), panel(
    'Total variation', samples, ({ totalVariation }) => totalVariation
  )].filter((one) => one !== null);
  if (panels.length === 0) return null;
  return figure(
    html`<div class="panels two">${panels}</div>`,
    html`<span style="color:var(--weighted)">Filled</span>: the samples of this run as it weighs them. <span style="color:var(--flow)">Open</span>: the others. No error falls below that of a finite number of samples.`
  );
}
