/** Sixty-four tilted double wells U = 3 (x² − 1)² + 0.3 x: 2⁶⁴ modes. */
import { np, type TargetDefinition } from 'jeffreys-flow';
import { lineDensity } from '../exact.ts';
import type { Limits } from '../limits.ts';
import { untold } from '../untold.ts';

export const limits: Limits = { ess: 0.7, seconds: 300 };

const well = lineDensity((x) => 3 * (x * x - 1) ** 2 + 0.3 * x, -4, 4);
const right = well.mean((x) => (x > 0 ? 1 : 0));

export const known: TargetDefinition = {
  name: 'doublewells64',
  dimension: 64,
  energy: (x) => np.square(np.square(x).sub(1)).mul(3).add(x.mul(0.3)).sum(),
  logZ: 64 * well.logZ,
  observables: Array.from({ length: 64 }, (_, k) =>
    ({ name: `right ${k}`, value: (x: Float64Array) => (x[k] > 0 ? 1 : 0), exact: right })),
};

export default untold(known);
