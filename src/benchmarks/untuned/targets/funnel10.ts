/** Neal's funnel in ten dimensions: v ~ N(0, 9), nine coordinates N(0, e^v). Normalised. */
import { np, type TargetDefinition } from 'jeffreys-flow';
import type { Limits } from '../limits.ts';
import { untold } from '../untold.ts';

export const limits: Limits = { ess: 0.85, seconds: 90, observables: { 'v²': 0.05 } };

/** Of ten normal coordinates, the first of variance 9. */
const normaliser = 5 * Math.log(2 * Math.PI) + Math.log(3);
/** Φ(−1) */
const beyondOneDeviation = 0.15865525393145705;

export const known: TargetDefinition = {
  name: 'funnel10',
  dimension: 10,
  energy: (point) => {
    const [v, x] = [point.slice(0), point.slice([1, 10])];
    const precision = np.exp(v.neg());
    return np.square(v).div(18).add(np.square(x).sum().mul(precision).div(2)).add(v.mul(4.5)).add(normaliser);
  },
  logZ: 0,
  observables: [
    { name: 'v', value: (x) => x[0], exact: 0 },
    { name: 'v²', value: (x) => x[0] ** 2, exact: 9 },
    { name: 'v < −3', value: (x) => (x[0] < -3 ? 1 : 0), exact: beyondOneDeviation },
    { name: 'v > 3', value: (x) => (x[0] > 3 ? 1 : 0), exact: beyondOneDeviation },
    { name: 'x₁ > 0', value: (x) => (x[1] > 0 ? 1 : 0), exact: 0.5 },
    { name: 'x² e^−v', value: (x) => x.subarray(1).reduce((sum, y) => sum + y * y, 0) * Math.exp(-x[0]) / 9, exact: 1 },
  ],
};

export default untold(known);
