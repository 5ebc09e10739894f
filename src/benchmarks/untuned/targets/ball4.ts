/** The unit ball in four dimensions, of even density: a wall that nothing but the energy tells of, and no slope. */
import { np, type TargetDefinition } from 'jeffreys-flow';
import type { Limits } from '../limits.ts';
import { untold } from '../untold.ts';

export const limits: Limits = { ess: 0.7, seconds: 60 };

const square = (x: Float64Array): number => x.reduce((sum, value) => sum + value * value, 0);

export const known: TargetDefinition = {
  name: 'ball4',
  dimension: 4,
  energy: (point) => {
    const r2 = np.square(point).sum();
    return np.where(r2.less(1), r2.mul(0), r2.mul(0).add(Infinity));
  },
  logZ: Math.log(Math.PI ** 2 / 2),
  observables: [
    { name: 'r²', value: square, exact: 2 / 3 },
    // Radii have density 4 r³.
    { name: 'r > .95', value: (x) => (square(x) > 0.9025 ? 1 : 0), exact: 1 - 0.9025 ** 2 },
    { name: 'x1 > 0', value: (x) => (x[0] > 0 ? 1 : 0), exact: 0.5 },
    { name: 'x2²', value: (x) => x[1] ** 2, exact: 1 / 6 },
  ],
};

export default untold(known);
