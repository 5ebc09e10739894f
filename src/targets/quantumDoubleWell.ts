import { np } from '../engine/numpy.ts';
import { definePathIntegral } from './pathIntegral.ts';
import type { Observable } from './target.ts';

/** Functions of the position whose averages were published, after the mean position. */
const observables: readonly Observable[] = [
  { name: 'x', value: ([x]) => x },
  { name: 'sin x', value: ([x]) => Math.sin(x) },
  { name: 'cos x', value: ([x]) => Math.cos(x) },
  { name: 'exp(−x²/2)', value: ([x]) => Math.exp(-0.5 * x ** 2) },
  { name: 'exp(−(x−1)²/2)', value: ([x]) => Math.exp(-0.5 * (x - 1) ** 2) },
  { name: 'exp(−(x+1)²)', value: ([x]) => Math.exp(-((x + 1) ** 2)) },
];

/**
 * V = 20 (x − 1)² (x + 0.9)(x + 1.1): two wells 20 k_B T deep, where zero-point energy is as large as k_B T six times
 * over (arXiv 2604.05303, pimc-double-well).
 */
export const quantumDoubleWell = definePathIntegral({
  name: 'quantum-double-well',
  description: 'a quantum particle in two stiff, slightly unequal wells: path-integral Monte Carlo at β = 1',
  potential: (q) => {
    const x = q.slice(0);
    return np.square(x.sub(1)).mul(x.add(0.9)).mul(x.add(1.1)).mul(20);
  },
  box: [-2.2, 2.2],
  wells: { centres: [[-1], [1]], names: ['left', 'right'] },
  observables,
  presets: {
    paper: {
      // An odd number of modes in place of the published eight: whole pairs are modes of every larger ring.
      settings: { beads: 9, modes: 9 },
      // Three deviations of the base on every mode.
      box: new Array<[number, number]>(9).fill([-3, 3]),
    },
  },
});
