import { np } from '../engine/numpy.ts';
import { definePathIntegral } from './pathIntegral.ts';

/**
 * A light particle (m = 1) in a double well, drawn along by a heavy one (m = 4): V = 8 (x² − 1)² + x/2 + 12 (y − x/2)²,
 * as a proton between two partners whose distance follows it. Ours.
 */
export const quantumProton = definePathIntegral({
  name: 'quantum-proton',
  description: 'a light quantum particle in a double well, coupled to a heavy one: two coordinates of different mass',
  dimension: 2,
  potential: (q) => {
    const [x, y] = [q.slice(0), q.slice(1)];
    return np.square(np.square(x).sub(1)).mul(8).add(x.mul(0.5)).add(np.square(y.sub(x.mul(0.5))).mul(12));
  },
  mass: [1, 4],
  box: [[-2.2, 2.2], [-2, 2]],
  wells: { centres: [[-1, -0.5], [1, 0.5]], names: ['left', 'right'] },
  observables: [
    { name: 'x', value: ([x]) => x },
    { name: 'x²', value: ([x]) => x ** 2 },
    { name: 'y', value: ([, y]) => y },
    { name: 'y²', value: ([, y]) => y ** 2 },
    { name: 'x y', value: ([x, y]) => x * y },
  ],
});
