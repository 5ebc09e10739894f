/** Sixteen tilted double wells, each beside a free Gaussian: U = a⁴ − 6a² − a/2 + b²/2 (FAB's ManyWell): 2¹⁶ modes. */
import { np, type TargetDefinition } from 'jeffreys-flow';
import { lineDensity } from '../exact.ts';
import type { Limits } from '../limits.ts';
import { untold } from '../untold.ts';

export const limits: Limits = { ess: 0.9, seconds: 150, logZ: 0.004 };

const well = lineDensity((a) => a * a * (a * a - 6) - a / 2, -6, 6);
const right = well.mean((a) => (a > 0 ? 1 : 0));

export const known: TargetDefinition = {
  name: 'manywell32',
  dimension: 32,
  energy: (point) => {
    const pairs = point.reshape([16, 2]);
    const [a, b] = [pairs.slice([], 0), pairs.slice([], 1)];
    const a2 = np.square(a);
    return a2.mul(a2.sub(6)).sub(a.div(2)).add(np.square(b).div(2)).sum();
  },
  logZ: 16 * (well.logZ + Math.log(2 * Math.PI) / 2),
  observables: Array.from({ length: 16 }, (_, k) =>
    ({ name: `right ${k}`, value: (x: Float64Array) => (x[2 * k] > 0 ? 1 : 0), exact: right })),
};

export default untold(known);
