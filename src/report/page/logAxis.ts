/** Ranges and ticks of logarithmic axes. */
import type * as Plot from '@observablehq/plot';

const superscript = (exponent: number): string =>
  String(exponent).replace('-', '⁻').replace(/\d/g, (digit) => '⁰¹²³⁴⁵⁶⁷⁸⁹'[Number(digit)]);

/** 10^y: back from the place on a logarithmic axis. */
export const tenTo = (y: number): number => 10 ** y;

/** 10⁻³ for 0.001. */
export function powerOfTen(value: number): string {
  return `10${superscript(Math.round(Math.log10(value)))}`;
}

/** Powers of ten in a range of positive numbers. */
export function decades([low, high]: readonly [number, number]): number[] {
  const ticks: number[] = [];
  for (let exponent = Math.ceil(Math.log10(low) - 1e-9); exponent <= Math.log10(high) + 1e-9; exponent++)
    ticks.push(Number(`1e${exponent}`));
  return ticks;
}

/** What holds positive values, with a factor to spare on either side; null without any. */
export function logRange(values: readonly number[], spare = 1.4): [number, number] | null {
  const positive = values.filter((value) => Number.isFinite(value) && value > 0);
  return positive.length === 0 ? null : [Math.min(...positive) / spare, Math.max(...positive) * spare];
}

/** Decades, or with fewer than three of them once, twice and five times each. */
function ticksOf(range: readonly [number, number]): number[] {
  const tens = decades(range);
  if (tens.length >= 3) return tens;
  const wider = decades([range[0] / 10, range[1]]);
  return wider.flatMap((ten) => [1, 2, 5].map((times) => Number((times * ten).toPrecision(1))))
    .filter((tick) => tick >= range[0] && tick <= range[1]);
}

/** 0.05, 20, 2 · 10⁻⁴ */
function tickText(value: number): string {
  if (value >= 0.01 && value < 10_000) return String(value);
  const [digit, exponent] = value.toExponential(0).split('e');
  return digit === '1' ? powerOfTen(value) : `${digit} · 10${superscript(Number(exponent))}`;
}

export function logAxis(label: string, range: readonly [number, number]): Plot.ScaleOptions {
  return {
    type: 'log', domain: range, label, labelAnchor: 'center', labelArrow: 'none', grid: true, ticks: ticksOf(range),
    tickFormat: tickText
  };
}

/** A logarithmic axis of numbers of beads: a tick at every N that has room for its digits. @param pixels its length */
export function beadsAxis(beads: readonly number[], pixels: number): Plot.ScaleOptions & {
  readonly domain: readonly [number, number]
} {
  const range = logRange(beads, 1.15) ?? [1, 2];
  const place = (n: number): number => (pixels * Math.log(n / range[0])) / Math.log(range[1] / range[0]);
  const ticks: number[] = [];
  // From the largest N down, which every chart names.
  for (const n of [...new Set(beads)].sort((a, b) => b - a))
    if (ticks.length === 0 || place(ticks[ticks.length - 1]) - place(n) > 26) ticks.push(n);
  return {
    type: 'log', domain: range, label: 'beads N (log)', labelAnchor: 'center', labelArrow: 'none', ticks,
    tickFormat: (n: number) => String(n)
  };
}
