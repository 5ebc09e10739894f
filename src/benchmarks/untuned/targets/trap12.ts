/**
 * An entropic trap in twelve dimensions: a wide round well around the origin with 30 % of the mass, and a narrow one
 * ten of its deviations away with the rest, in a direction that no coordinate follows.
 */
import { nn, np, type TargetDefinition } from 'jeffreys-flow';
import { dot, orthonormalRows } from '../directions.ts';
import type { Limits } from '../limits.ts';
import { untold } from '../untold.ts';

export const limits: Limits = { ess: 0.85, seconds: 120, planted: true };

const d = 12;
const [direction] = orthonormalRows(1, d, 12);
const wells = [
  { mass: 0.3, deviation: 1.2, distance: 0 },
  { mass: 0.7, deviation: 0.3, distance: 12 },
];
export const centres = wells.map(({ distance }) => direction.map((entry) => distance * entry));
const precisions = wells.map(({ deviation }) => 1 / (deviation * deviation));
const logWeights = wells.map(({ mass, deviation }) =>
  Math.log(mass) - d * (Math.log(deviation) + Math.log(2 * Math.PI) / 2));

export const known: TargetDefinition = {
  name: 'trap12',
  dimension: d,
  energy: (point) => {
    const squares = np.square(point.sub(np.array(centres))).sum(1);
    return nn.logsumexp(squares.mul(np.array(precisions)).div(-2).add(np.array(logWeights))).neg();
  },
  logZ: 0,
  // Of the wells no observable knows: one that is nought everywhere but in the narrow one would give it away.
  observables: [
    ...direction.map((_, j) => ({
      name: `x${j + 1}`, value: (x: Float64Array) => x[j],
      exact: wells.reduce((sum, { mass }, k) => sum + mass * centres[k][j], 0),
    })),
    {
      name: '|x|²', value: (x) => dot(x, x),
      exact: wells.reduce((sum, { mass, deviation, distance }) => sum + mass * (d * deviation ** 2 + distance ** 2), 0),
    },
  ],
};

export default untold(known);
