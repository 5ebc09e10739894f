/** Metrics of a path integral. */
import type { PathIntegralSummary, RingSummary, RunResult } from '../../records/record.ts';
import { group, largest, smallest } from '../metric.ts';
import { formatCount, formatEstimate, formatNumber, formatPercent, formatSeconds, UNKNOWN } from '../page/format.ts';
import {
  comparedGain, formatMicroseconds, largestRing, paybackRings, paybackText, plainNumber, secondsPerRing, splitting
} from './ringFigures.ts';

const pathIntegral = (read: (p: PathIntegralSummary) => string) =>
  (result: RunResult): string => (result.pathIntegral === null ? UNKNOWN : read(result.pathIntegral));

const ringOf = ({ pathIntegral: of }: RunResult): RingSummary | null => (of === null ? null : largestRing(of));
const ring = (read: (r: RingSummary) => string) => (
  result: RunResult
): string => { const largestOne = ringOf(result); return largestOne === null ? UNKNOWN : read(largestOne); };
const ringEss = ({ pathIntegral: of }: RunResult): number | null => smallest(of?.rings.map(({ ess }) => ess) ?? []);
const gainOf = ({ pathIntegral: of }: RunResult): ReturnType<typeof comparedGain> =>
  (of === null ? null : comparedGain(of));

export const ringMetrics = group('Path integral', [
  {
    name: 'inverse temperature', meaning: 'β of the quantum particle.', text: pathIntegral((p) => plainNumber(p.beta))
  },
  {
    name: 'modes × beads', meaning: 'Modes that the flow moves, and the beads of the ring that it was trained for.',
    text: pathIntegral((p) => `${formatCount(p.modes)} of ${formatCount(p.beads)}`)
  },
  {
    name: 'largest ring',
    meaning: 'Beads N of the largest ring that the flow was lifted to; the metrics below that name no N are of it.',
    text: ring((r) => formatCount(r.beads))
  },
  {
    name: 'ESS of rings', meaning: 'Share of independent exact rings that the weighted ones are worth.',
    text: ring((r) => formatPercent(r.ess)), ranked: { better: 'higher', figure: (r) => ringOf(r)?.ess }
  },
  { name: 'least ESS of rings', meaning: 'The smallest over all N.', text: (r) => formatPercent(ringEss(r)), ranked: {
    better: 'higher', figure: ringEss
  } },
  { name: 'log Z of rings', meaning: 'The log of the canonical partition function of that ring.', text: ring(
    (r) => formatEstimate(r.logZ.value, r.logZ.standardError)
  ) },
  { name: 'log Z, quantum', meaning: 'The same as N → ∞, by diagonalisation.', text: ring(
    (r) => formatNumber(r.logZ.quantum, 6)
  ) },
  {
    name: 'largest gap, |error| / se',
    meaning: 'Over all N, all estimates and log Z: the largest distance from the exact average of the same ring.',
    text: pathIntegral((p) => formatNumber(largest(p.rings.map(({ largestGap }) => largestGap)), 2))
  },
  {
    name: 'bias of rings', meaning: 'L2 norm over the functions of the position, from the quantum averages.',
    text: ring((r) => formatNumber(r.bias.total, 3)), ranked: { better: 'lower', figure: (r) => ringOf(r)?.bias.total }
  },
  { name: 'Trotter error', meaning: 'The part of it that the number of beads leaves, exactly.', text: ring(
    (r) => formatNumber(r.bias.trotter, 3)
  ) },
  { name: 'level splitting', meaning: 'E1 − E0 of the exact levels.', text: pathIntegral(
    (p) => formatNumber(splitting(p))
  ) },
  {
    name: 'time per ring', meaning: 'Generation and weight of one ring.',
    text: ring((r) => { const text = formatMicroseconds(r); return text === UNKNOWN ? UNKNOWN : `${text} µs`; }),
    ranked: {
      better: 'lower',
      figure: (r) => { const largestOne = ringOf(r); return largestOne === null ? null : secondsPerRing(largestOne); }
    }
  },
  {
    name: 'preparation', meaning: 'Before the first ring: classical tempering, tempering of the low modes, training.',
    text: pathIntegral((p) => formatSeconds(p.preparationSeconds)),
    ranked: { better: 'lower', figure: (r) => r.pathIntegral?.preparationSeconds }
  },
  {
    name: 'gain over tempering',
    meaning: 'Time of tempering in normal modes over that of the flow for the same error of the first function of the '
      + 'position, preparation and warm-up left out.',
    text: (r) => {
      const found = gainOf(r);
      return found === null || found.gain === null ? UNKNOWN
        : `${formatNumber(found.gain, 3)} (N = ${String(found.ring.beads)})`;
    },
    ranked: { better: 'higher', figure: (r) => gainOf(r)?.gain, kind: (r) => String(gainOf(r)?.ring.beads) }
  },
  {
    name: 'paid back after', meaning: 'Rings after which that gain has made up for the preparation.',
    text: (r) => {
      const found = gainOf(r);
      return found === null || r.pathIntegral === null ? UNKNOWN : paybackText(r.pathIntegral, found.ring, found.gain);
    },
    ranked: { better: 'lower', figure: (r) => {
      const found = gainOf(r);
      return found === null || r.pathIntegral === null ? null : paybackRings(r.pathIntegral, found.ring, found.gain);
    } }
  },
]);
