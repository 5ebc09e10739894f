/**
 * Runs of path integrals side by side, as plain cells: what the weights are worth, how far the averages are off, and
 * what it cost.
 */
import type { LadderSummary, PathIntegralSummary, RunRecord, RunResult } from '../../records/record.ts';
import { formatNumber, formatPercent, formatSeconds, UNKNOWN } from '../../report/page/format.ts';
import { leastCess } from '../../report/ladder/ladderFigures.ts';
import { largest, smallest } from '../../report/metric.ts';
import { withoutUnknown } from '../../report/text/table.ts';
import { comparedGain, largestRing, paybackText, plainNumber, signedErrors } from '../../report/ring/ringFigures.ts';

export interface PathIntegralTableInput {
  readonly title: string;
  readonly rows: readonly { readonly name: string; readonly record: RunRecord }[];
}

const HEADER = [
  'run', 'β', 'generator', 'ESS own', 'ESS rings', 'CESS S1', 'CESS S2', 'largest gap', 'log Z gap', 'bias', 'Trotter',
  'gain', 'paid back', 'time'
] as const;

const cess = (ladder: LadderSummary | null): string => (ladder === null ? '' : formatPercent(leastCess(ladder)?.value));

function cells(pathIntegral: PathIntegralSummary, { generation, ladder, choice, seconds }: RunResult): string[] {
  const { rings, classicalLadder, beta } = pathIntegral;
  const ring = largestRing(pathIntegral);
  const gain = comparedGain(pathIntegral);
  return [
    plainNumber(beta), choice?.generator ?? (ladder === null ? 'flow' : 'ladder'),
    formatPercent(generation.ess), formatPercent(smallest(rings.map(({ ess }) => ess))), cess(classicalLadder),
    cess(ladder),
    formatNumber(largest(rings.map(({ largestGap }) => largestGap)), 2),
    ring === null ? UNKNOWN : formatNumber(signedErrors(ring.logZ.value, ring.logZ.standardError, ring.logZ.exact), 2),
    formatNumber(ring?.bias.total, 3), formatNumber(ring?.bias.trotter, 3),
    gain === null ? '' : formatNumber(gain.gain, 3),
    gain === null ? '' : paybackText(pathIntegral, gain.ring, gain.gain),
    formatSeconds(seconds),
  ];
}

/** Header and rows as plain cells; columns of which no run knows anything are left out. */
export function pathIntegralTable({ rows }: PathIntegralTableInput): string[][] {
  const blank = (name: string, why: string): string[] =>
    [name, why, ...Array.from({ length: HEADER.length - 2 }, () => '')];
  return withoutUnknown([
    [...HEADER],
    ...rows.map(({ name, record: { result } }) => {
      if (result === null) return blank(name, 'no result yet');
      return result.pathIntegral === null ? blank(name, 'no path integral')
        : [name, ...cells(result.pathIntegral, result)];
    }),
  ]);
}
