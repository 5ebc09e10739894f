/** What the terminal says of a path integral. */
import type { PathIntegralSummary } from '../../records/record.ts';
import { errors, extended, number, percent, plusMinus, precise } from '../text/figures.ts';
import { textTable } from '../text/table.ts';
import { formatMicroseconds, largestRing } from './ringFigures.ts';

/** Every ring in a line, and the estimates of the largest one. */
export function ringLines({ rings, beta, masses, truth, modes, beads }: PathIntegralSummary): string[] {
  const largest = largestRing({ rings });
  const withBaseline = rings.some(({ baseline }) => baseline !== null);
  return [
    `path integral at β = ${beta}, mass ${masses.join(', ')}`
      + (truth === null ? '' : `; exact log Z ${number(truth.logZ)}, levels `
        + `${truth.levels.slice(0, 3).map((level) => number(level, 3)).join(', ')}, …`),
    ...textTable([
      ['beads', 'ESS', 'k-hat', 'log Z', 'exact', 'largest gap', 'bias', 'Trotter', 'µs a ring', ...(
        withBaseline ? ['gain'] : []
      )],
      ...rings.map((ring) => [
        String(ring.beads), percent(ring.ess), extended(ring.paretoK), plusMinus(ring.logZ), number(ring.logZ.exact),
        ring.largestGap === null ? '' : `${number(ring.largestGap, 1)} s.e.`,
        number(ring.bias.total), number(ring.bias.trotter), formatMicroseconds(ring),
        ...(withBaseline ? [number(ring.baseline?.gains[0] ?? null, 1)] : []),
      ]),
    ]),
    ...(largest === null ? [] : ['', ...textTable([
      [`on ${largest.beads} beads`, 'estimate', 'exact', '', 'quantum'],
      ...largest.estimates.map((estimate) => [
        estimate.name,
        estimate.standardError === null ? plusMinus(estimate) : `${precise(estimate.value, estimate.standardError)} ± `
          + `${precise(estimate.standardError, estimate.standardError)}`,
        precise(estimate.exact, estimate.standardError), errors(estimate),
        precise(estimate.quantum, estimate.standardError),
      ]),
    ])]),
    '', `the flow on its own ${modes} modes of ${beads} beads, the rest averaged over:`,
  ];
}
