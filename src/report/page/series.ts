/**
 * One look per series, the same in every figure. Colours are the style sheet's; shapes and dashes carry them in grey.
 */
import { html, type Markup } from './markup.ts';

export interface Series {
  readonly name: string;
  /** CSS custom property of the page. */
  readonly colour: string;
  /** SVG stroke-dasharray; null for a solid line. */
  readonly dash: string | null;
}

export const PT: Series = { name: 'PT samples', colour: 'var(--pt)', dash: null };
export const FLOW: Series = { name: 'flow, unweighted', colour: 'var(--flow)', dash: null };
export const WEIGHTED: Series = { name: 'weighted', colour: 'var(--weighted)', dash: null };
export const EXACT: Series = { name: 'exact', colour: 'var(--ink)', dash: '4 3' };

/** Options of a Plot line in a series' look. */
export function lineStyle(series: Series): { stroke: string; strokeDasharray?: string } {
  return series.dash === null ? { stroke: series.colour } : { stroke: series.colour, strokeDasharray: series.dash };
}

/** What stands for a series in a key. */
export type Swatch = 'line' | 'area' | 'dot' | 'ring' | 'tick' | 'diamond' | 'square' | 'triangle';

/** A key for small multiples, where labels inside every panel would repeat. */
export function key(entries: readonly { series: Series; kind: Swatch }[]): Markup {
  return html`<p class="key">${entries.map(({ series, kind }) => html`<span><svg width="22" height="12" aria-hidden="true" style="color:${series.colour}">${swatch(kind, series)}</svg> ${series.name}</span>`)}</p>`;
}

function swatch(kind: Swatch, series: Series): Markup {
  switch (kind) {
    case 'line': return html`<line x1="0" x2="22" y1="6" y2="6" stroke="currentColor" stroke-width="2" stroke-dasharray="${series.dash ?? 'none'}"/>`;
    case 'area': return html`<rect width="22" height="12" fill="currentColor" fill-opacity="0.35"/>`;
    case 'dot': return html`<circle cx="11" cy="6" r="4" fill="currentColor"/>`;
    case 'ring': return html`<circle cx="11" cy="6" r="4" fill="none" stroke="currentColor" stroke-width="2"/>`;
    case 'diamond': return html`<path d="M11 1L16 6L11 11L6 6Z" fill="none" stroke="currentColor" stroke-width="2"/>`;
    case 'square': return html`<rect x="7" y="2" width="8" height="8" fill="currentColor"/>`;
    case 'triangle': return html`<path d="M11 1L16 10.5H6Z" fill="currentColor"/>`;
    case 'tick': return html`<line x1="11" x2="11" y1="0" y2="12" stroke="currentColor" stroke-width="2"/>`;
  }
}
