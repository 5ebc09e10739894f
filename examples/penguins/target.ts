/**
 * A Bayesian posterior with six modes, from real data: three groups of penguins by their bills, where nothing says which group is
 * the first. The energy is a sum over birds, of which mini-batches can be looked at.
 *
 *   jeffreys run examples/penguins/target.ts                              mini-batches of 34 birds, corrected by the flow
 *   jeffreys run examples/penguins/target.ts --set sampler=tempering      tempering on all of the data
 *
 * penguins.csv: the Palmer penguins (Horst, Hill & Gorman 2020, doi:10.5281/zenodo.3960218; measured by Gorman, Williams & Fraser
 * 2014, doi:10.1371/journal.pone.0090081; CC0), from vega-datasets 3.2.1. Two of the 344 birds have no measurements and are left out.
 */
import { defineTarget, nn, np, readTable } from 'jeffreys-flow';

const penguins = readTable(new URL('./penguins.csv', import.meta.url), { columns: ['bill_length_mm', 'bill_depth_mm'] });

// Every column about its mean, in units of its standard deviation.
const scales = [0, 1].map((j) => {
  const column = penguins.data.filter((_, i) => i % 2 === j);
  const mean = column.reduce((sum, value) => sum + value, 0) / column.length;
  return { mean, deviation: Math.sqrt(column.reduce((sum, value) => sum + (value - mean) ** 2, 0) / column.length) };
});
const standardised = penguins.data.map((value, i) => (value - scales[i % 2].mean) / scales[i % 2].deviation);

// A point: the means of three groups of equal weight, (length, depth) of each in turn, then the logarithms of the standard
// deviations within groups, of length and of depth. Means are N(0, 1) before the data, logarithms N(−0.5, 0.5²).
const priorMeans = np.array([0, 0, 0, 0, 0, 0, -0.5, -0.5]);
const priorDeviations = np.array([1, 1, 1, 1, 1, 1, 0.5, 0.5]);
const priorConstant = 4 * Math.log(2 * Math.PI) + 2 * Math.log(0.5);

/** The groups in the order of their bills' lengths, which is that of the species: no renaming of the groups changes it. */
const byLength = (x: Float64Array): number[] => [0, 1, 2].sort((a, b) => x[2 * a] - x[2 * b]);
const species = ['Adelie', 'gentoo', 'chinstrap'];
const orders = ['1 < 2 < 3', '1 < 3 < 2', '2 < 1 < 3', '2 < 3 < 1', '3 < 1 < 2', '3 < 2 < 1'];

export default defineTarget({
  name: 'penguins',
  dimension: 8,
  sum: {
    data: { ...penguins, data: standardised },
    batch: 34,
    // Once per point: the means, half the precisions, and the constant of −log(1/3 N(row | mean, deviations)).
    features: (x) => {
      const logDeviations = x.slice([6, 8]);
      const constant = logDeviations.sum().add(Math.log(3 * 2 * Math.PI));
      return np.concatenate([x.slice([0, 6]), np.exp(logDeviations.mul(-2)).div(2), constant.reshape([1])]);
    },
    term: (features, row) => {
      const [means, halfPrecisions, constant] = [features.slice([0, 6]).reshape([3, 2]), features.slice([6, 8]), features.slice(8)];
      const exponents = np.square(row.sub(means)).mul(halfPrecisions).sum(1).mul(-1);
      return constant.sub(nn.logsumexp(exponents));
    },
    prior: (x) => np.square(x.sub(priorMeans).div(priorDeviations)).sum().div(2).add(priorConstant),
  },
  box: [[-4, 4], [-4, 4], [-4, 4], [-4, 4], [-4, 4], [-4, 4], [-2.5, 1.5], [-2.5, 1.5]],
  base: { mean: [0, 0, 0, 0, 0, 0, -0.5, -0.5], standardDeviation: [1.2, 1.2, 1.2, 1.2, 1.2, 1.2, 0.5, 0.5] },
  modes: {
    names: orders,
    assign: (x) => orders.indexOf(byLength(x).map((k) => k + 1).join(' < ')),
    exact: orders.map(() => 1 / 6), // The density is the same after a renaming of the groups, which takes any mode to any other.
  },
  observables: [
    ...species.flatMap((name, rank) => ['length', 'depth'].map((what, j) => ({
      name: `bill ${what} of ${name} (mm)`,
      value: (x: Float64Array) => scales[j].mean + scales[j].deviation * x[2 * byLength(x)[rank] + j],
    }))),
    ...['length', 'depth'].map((what, j) => ({
      name: `deviation of bill ${what} (mm)`,
      value: (x: Float64Array) => scales[j].deviation * Math.exp(x[6 + j]),
    })),
  ],
  // Mini-batches of a tenth of the data are noisy here (about 60 in every coordinate of the gradient): control variates take most of it off.
  settings: { path: 'interpolation', hottest: 0.003, replicas: 12, controlVariates: true, trainingEnergies: 'full', stepSize: 1e-3, ladders: 16, warmupRounds: 200, rounds: 900, steps: 3000, batch: 1000, evaluateEvery: 300 },
});
