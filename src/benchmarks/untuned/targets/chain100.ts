/**
 * A Gaussian chain of a hundred coordinates, each .99 of the one before and a new part of variance 1 − .99²: nothing
 * but a covariance, of 5050 entries.
 */
import { np, type TargetDefinition } from 'jeffreys-flow';
import type { Limits } from '../limits.ts';
import { untold } from '../untold.ts';

export const limits: Limits = { ess: 0.85, seconds: 120 };

const d = 100;
export const correlation = 0.99;
const variance = 1 - correlation ** 2;

export const known: TargetDefinition = {
  name: 'chain100',
  dimension: d,
  energy: (point) => {
    const steps = point.slice([1, d]).sub(point.slice([0, d - 1]).mul(correlation));
    return np.square(point.slice(0)).add(np.square(steps).sum().div(variance)).div(2);
  },
  logZ: 0.5 * (d * Math.log(2 * Math.PI) + (d - 1) * Math.log(variance)),
  observables: [
    ...[0, 49, 99].map((j) => ({ name: `x${j + 1}²`, value: (x: Float64Array) => x[j] ** 2, exact: 1 })),
    { name: 'x1 x100', value: (x) => x[0] * x[99], exact: correlation ** 99 },
    { name: '(x50 − x49)²', value: (x) => (x[49] - x[48]) ** 2, exact: 2 - 2 * correlation },
  ],
};

export default untold(known);
