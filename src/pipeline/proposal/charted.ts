/** A proposal in other coordinates, brought back to those of the target. */
import type { Chart } from '../../targets/charts/chart.ts';
import type { Proposal } from './proposal.ts';

/**
 * @param proposal of the chart's own target
 * @returns of the target behind it; it moves nothing, and its flows stay those of the chart's coordinates
 */
export function charted(proposal: Proposal, chart: Chart, d: number): Proposal {
  return {
    shape: [d],
    transport: proposal.transport,
    chart,
    weights: proposal.weights,
    stream: async function* (key, total, from, cuts) {
      for await (const { first, count, samples: z, logWeights } of proposal.stream(key, total, from, cuts)) {
        const samples = new Float64Array(count * d);
        chart.outer(z, count, key, first, samples);
        yield { first, count, samples, logWeights };
      }
    },
    pullBack(points, pause) {
      const n = points.energies.length;
      const z = new Float64Array(n * chart.target.dimension);
      const logVolume = new Float64Array(n);
      chart.inner(points.samples, n, z, logVolume);
      return proposal.pullBack({ samples: z, energies: points.energies.map((u, i) => u - logVolume[i]) }, pause);
    },
  };
}
