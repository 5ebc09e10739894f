/** Observable Plot rendered without a browser: options in, inline SVG out. */
import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import { escapeHtml, Markup } from './markup.ts';

export interface ChartOptions extends Plot.PlotOptions {
  /** What the chart shows, for readers who do not see it. */
  readonly label: string;
}

/** Plot writes 15 digits; a hundredth of a pixel is enough and makes pages three times smaller. */
function shortenNumbers(svg: string): string {
  return svg.replace(/ (?:d|transform|x|y|x1|x2|y1|y2|width|height|cx|cy)="[^"]*"/g, (attribute) =>
    attribute.replace(/-?\d*\.\d{3,}(?:e[-+]?\d+)?/g, (number) => String(Math.round(100 * Number(number)) / 100)));
}

/** An SVG chart. Its style rules live in the page's style sheet under the class `chart`. */
export function chart({ label, ...options }: ChartOptions): Markup {
  // linkedom ships no DOM types of its own and this library compiles without the DOM's.
  const { document } = parseHTML('<html></html>') as unknown as { document: object };
  const svg = Plot.plot({ ...options, document, className: 'chart' }) as unknown as { outerHTML: string };
  const inner = shortenNumbers(svg.outerHTML)
    .replace(/<style>[\s\S]*?<\/style>/, '')
    .replace(/ aria-(?:label|hidden|description)="[^"]*"/g, '');
  return new Markup(inner.replace('<svg ', () => `<svg role="img" aria-label="${escapeHtml(label)}" `));
}

/**
 * Plot numbers its clip paths over the life of the process; number them within the page instead, so that pages are
 * pure.
 */
export function renumberClips(page: string): string {
  const names = new Map<string, string>();
  return page.replace(/(id="|url\(#)plot-clip-(\d+)/g, (_, before: string, number: string) => {
    const name = names.get(number) ?? `clip-${names.size + 1}`;
    names.set(number, name);
    return before + name;
  });
}
