import { np } from '../engine/numpy.ts';
import { definePathIntegral } from './pathIntegral.ts';

/** V = 2 (x² − 1)²: two equal wells shallow enough for a splitting E₁ − E₀ that temperatures can resolve. Ours. */
export const quantumTunnelling = definePathIntegral({
  name: 'quantum-tunnelling',
  description:
    'a quantum particle in two equal shallow wells: delocalised, and at low temperatures in its ground state',
  potential: (q) => np.square(np.square(q.slice(0)).sub(1)).mul(2),
  box: [-2.6, 2.6],
  wells: { centres: [[-1], [1]], names: ['left', 'right'] },
});
