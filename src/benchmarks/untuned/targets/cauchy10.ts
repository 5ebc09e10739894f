/** Ten independent Cauchy laws, whose means chains cannot tell: U = Σ log(1 + x²). */
import { np, type TargetDefinition } from 'jeffreys-flow';
import type { Limits } from '../limits.ts';
import { untold } from '../untold.ts';

export const limits: Limits = { ess: 0.9, seconds: 60 };

const d = 10;
const below = (bound: number): number => 0.5 + Math.atan(bound) / Math.PI;

export const known: TargetDefinition = {
  name: 'cauchy10',
  dimension: d,
  energy: (point) => np.log(np.square(point).add(1)).sum(),
  logZ: d * Math.log(Math.PI),
  observables: [[0, 0], [1, 1], [4, -3], [7, 10], [9, -100]].map(([j, bound]) => ({
    name: `x${j + 1} < ${bound}`, value: (x: Float64Array) => (x[j] < bound ? 1 : 0), exact: below(bound),
  })),
};

export default untold(known);
