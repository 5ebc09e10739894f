/** Three multivariate Student t's of three degrees of freedom in four dimensions, each of its own shape. Normalised. */
import { nn, np, type TargetDefinition } from 'jeffreys-flow';
import type { Limits } from '../limits.ts';
import { untold } from '../untold.ts';

export const limits: Limits = { ess: 0.7, seconds: 60 };

export const components = [{
  weight: 0.5, centre: [-6, 0, 3, 0], factor: [[1, 0, 0, 0], [0.6, 0.8, 0, 0], [0, 0.5, 1.2, 0], [-0.7, 0, 0.3, 0.6]],
}, {
  weight: 0.3, centre: [5, 4, 0, -2], factor: [[0.4, 0, 0, 0], [0, 1.5, 0, 0], [0.3, -1, 0.5, 0], [0, 0, 0, 0.9]],
}, {
  weight: 0.2, centre: [0, -7, -3, 4], factor: [[1.4, 0, 0, 0], [1, 0.4, 0, 0], [0, 0, 0.7, 0], [0.2, 0.2, 0.2, 0.5]],
}];

/** Rows of the inverse of a lower triangular matrix, by forward substitution. */
function inverse(factor: readonly (readonly number[])[]): number[][] {
  return factor.reduce<number[][]>((rows, row, i) => [...rows, row.map((_, j) =>
    (rows.reduce((sum, above, k) => sum - row[k] * above[j], i === j ? 1 : 0)) / row[i])], []);
}

const whitening = components.flatMap(({ factor }) => inverse(factor));
const offsets = components.flatMap(({ centre, factor }) =>
  inverse(factor).map((row) => row.reduce((sum, entry, j) => sum + entry * centre[j], 0)));
/** log of weight Γ(7/2) / (Γ(3/2) (3π)² |L|): Γ(7/2)/Γ(3/2) = 15/4. */
const logWeights = components.map(({ weight, factor }) =>
  Math.log((weight * 15) / 4) - 2 * Math.log(3 * Math.PI) - factor.reduce((sum, row, i) => sum + Math.log(row[i]), 0));

/** P(t < x) of three degrees of freedom. */
const cdf = (x: number): number =>
  0.5 + (Math.atan(x / Math.sqrt(3)) + (x / Math.sqrt(3)) / (1 + (x * x) / 3)) / Math.PI;
/** P(x_j < bound): a coordinate of a Student t is one, of scale √(LLᵀ)_jj. */
const massBelow = (j: number, bound: number): number => components.reduce((sum, { weight, centre, factor }) =>
  sum + weight * cdf((bound - centre[j]) / Math.hypot(...factor[j])), 0);
const bounds = [[0, -3], [0, 2.5], [0, 20], [1, -3.5], [1, 2], [2, -1.5], [2, 1.5], [2, -20], [3, -1], [3, 2]];

export const known: TargetDefinition = {
  name: 'student4',
  dimension: 4,
  energy: (point) => {
    const white = np.matmul(np.array(whitening), point).sub(np.array(offsets)).reshape([3, 4]);
    const logs = np.log(np.square(white).sum(1).div(3).add(1)).mul(-3.5).add(np.array(logWeights));
    return nn.logsumexp(logs).neg();
  },
  logZ: 0,
  observables: bounds.map(([j, bound]) => ({
    name: `x${j + 1} < ${bound}`, value: (x) => (x[j] < bound ? 1 : 0), exact: massBelow(j, bound),
  })),
};

export default untold(known);
