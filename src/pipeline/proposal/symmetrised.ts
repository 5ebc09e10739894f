/**
 * A proposal q made symmetric: its points go under a random element of the group G, so that their density is
 *
 *   q_G(x) = (1/|G|) Σ_{g ∈ G} q(g x)
 *
 * and weights are exp(−U)/q_G: exact whatever q knows of the symmetry, and also where U has none. What q puts into the
 * domains of other orders is no loss, for all images count. Where G is too large for that, a subgroup H is summed over,
 * and of q's points those beyond H's images of the representatives have no weight (symmetry/group.ts).
 */
import { noPause, type Pause } from '../../pausing.ts';
import type { EnergyEvaluator } from '../../targets/energyEvaluator.ts';
import type { SymmetryGroup } from '../../targets/symmetry/group.ts';
import { energiesOf } from '../../training/evaluation.ts';
import type { Proposal } from './proposal.ts';

/** Numbers of images that are held at once: 32 MB. */
const MOST_NUMBERS = 4e6;
/** Energies above the least of those drawn together, at which a density would have to be below e^−100,000 to matter. */
const HOPELESS = 1e5;

/** @param proposal without moves, of [d] coordinates @param energy of its target */
export function symmetrised(proposal: Proposal, group: SymmetryGroup, energy: EnergyEvaluator): Proposal {
  const { dimension: d } = group;
  return {
    shape: proposal.shape,
    transport: proposal.transport,
    ...(proposal.chart === undefined ? {} : { chart: proposal.chart }),
    weights: proposal.weights,
    stream: async function* (key, total, from, cuts) {
      for await (const { first, count, samples } of proposal.stream(key, total, from, cuts)) {
        const inside = Array.from({ length: count }, (_, i) => i).filter((i) => group.contains(samples, i));
        const logDensities = await logDensitiesOf(proposal, group, rowsOf(samples, inside, d), cuts?.pause);
        group.scatter(key, first, count, samples);
        const energies = new Float64Array(count);
        await energiesOf(energy, samples, count, energies, cuts?.pause ?? noPause);
        const logWeights = new Float64Array(count).fill(-Infinity);
        const hopeless = HOPELESS + energies.reduce((least, value) => (value < least ? value : least), Infinity);
        inside.forEach((i, row) => { logWeights[i] = logWeightOf(energies[i], logDensities[row], hopeless); });
        yield { first, count, samples, logWeights };
      }
    },
    async pullBack({ samples, energies }, pause) {
      const canonical = group.canonical(samples, energies.length);
      const logDensities = await logDensitiesOf(proposal, group, canonical, pause);
      return logDensities.map((value, i) => -energies[i] - value);
    },
  };
}

/**
 * −U − log q. Of a point so far out that its way back ends beyond all numbers, and with it its density, there is none
 * where no density that is a number would leave it any weight.
 */
const logWeightOf = (energy: number, logDensity: number, hopeless: number): number =>
  (!(logDensity > -Infinity) && !(energy <= hopeless) ? -Infinity : -energy - logDensity);

function rowsOf(x: Float64Array, rows: readonly number[], d: number): Float64Array {
  const out = new Float64Array(rows.length * d);
  rows.forEach((row, i) => { out.set(x.subarray(row * d, (row + 1) * d), i * d); });
  return out;
}

/** log q_G of points that H's images reach. @param x [n, d] @returns [n] */
async function logDensitiesOf(
  proposal: Proposal, group: SymmetryGroup, x: Float64Array, pause: Pause = noPause,
): Promise<Float64Array> {
  const { dimension: d, order } = group;
  const n = x.length / d;
  const logDensities = new Float64Array(n);
  const together = Math.max(1, Math.floor(MOST_NUMBERS / (order * d)));
  for (let start = 0; start < n; start += together) {
    const count = Math.min(together, n - start);
    const images = new Float64Array(count * order * d);
    group.images(x.subarray(start * d, (start + count) * d), count, images);
    // Of an energy of zero the weight is 1/q.
    const logWeights = await proposal.pullBack({ samples: images, energies: new Float64Array(count * order) }, pause);
    for (let i = 0; i < count; i++) {
      logDensities[start + i] = logSumOfInverses(logWeights, i * order, order) - group.logOrder;
    }
  }
  return logDensities;
}

/** log Σ exp(−vᵢ) of some values: +∞ adds nothing. NaN propagates. */
function logSumOfInverses(values: Float64Array, from: number, count: number): number {
  let most = -Infinity;
  for (let i = from; i < from + count; i++) {
    if (Number.isNaN(values[i])) return NaN;
    most = Math.max(most, -values[i]);
  }
  if (!Number.isFinite(most)) return most;
  let sum = 0;
  for (let i = from; i < from + count; i++) sum += Math.exp(-values[i] - most);
  return most + Math.log(sum);
}
