/** Rounds of bank, flow and refresh in reports. */
import { defineKind } from '../kind.ts';
import { roundsLines } from './lines.ts';
import { roundsMetrics, roundsSeconds } from './metrics.ts';
import { roundsSection } from './section.ts';

export const roundsKind = defineKind(({ rounds }) => rounds, {
  metrics: roundsMetrics,
  lines: roundsLines,
  wording: (summary) => {
    const [count, seconds] = [summary.rounds.length, roundsSeconds(summary)];
    return {
      samplerCaveat: ', moved on by the flows',
      temperingLead: 'Of the last tempering run. Its samples were then moved in the latent space of the flows, round '
        + 'after round; agreement of the chains and effective samples are of the last round’s.',
      trained: { count, each: 'round', name: 'rounds', seconds },
      learning: `${count} ${count === 1 ? 'round' : 'rounds'} ${seconds.toFixed(1)}`,
    };
  },
  sections: (summary) => (summary === null ? []
    : [{ after: 'ladder', id: 'rounds', title: 'Rounds', body: roundsSection(summary) }]),
});
