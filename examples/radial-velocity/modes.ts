/**
 * The modes of the posterior: the strongest period and its aliases, which differ by whole cycles from one campaign to
 * the next.
 */
import { campaigns, prior } from './model.ts';

/** The strongest period, in days. */
const strongest = 41.3;

/** Aliases to both sides that are modes of their own. */
const aliases = [-2, -1, 0, 1];

/** In cycles per day. */
const frequency = (alias: number): number => 1 / strongest + alias / campaigns.every;

export const modeNames =
  [...aliases.map((alias) => `${(1 / frequency(alias)).toFixed(1)} days`), 'other periods'];

/** What evidence.ts finds with a tolerance of 1e-4: log Z, good to 0.001, and the modes' masses. */
export const known = { logZ: -378.8707, error: 0.0009, masses: [0.0124, 0.2688, 0.6638, 0.0533, 0.0017] };

/** The mode of a log period: within half of the distance of aliases of one of them, or the last. */
export function modeOf(logPeriod: number): number {
  const alias = Math.round((Math.exp(-logPeriod) - frequency(0)) * campaigns.every);
  const k = aliases.indexOf(alias);
  return k < 0 ? aliases.length : k;
}

/**
 * Panels of log P that cover its range, ascending in frequency. They are as wide as the frequencies that the data
 * resolve, and the borders of modes are borders of panels; periods beyond the span of the data are split evenly.
 */
export function panelEdges(): [number, number][] {
  const width = 1 / (2 * campaigns.every);
  const [low, high] = [1 / prior.period[1], 1 / prior.period[0]];
  const first = frequency(0) - width * Math.floor((frequency(0) - low) / width - 1);
  const slow = Array.from({ length: 4 }, (_, i) => low * Math.exp((i / 4) * Math.log(first / low)));
  const fast = Array.from({ length: Math.ceil((high - first) / width) }, (_, i) => first + i * width);
  const logs = [...slow, ...fast, high].map((each) => -Math.log(each));
  return logs.slice(1).map((log, i) => [log, logs[i]]);
}
