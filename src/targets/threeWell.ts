import { np } from '../engine/numpy.ts';
import { planarObservables } from './planarObservables.ts';
import { defineTarget } from './target.ts';

/** 3[(x² − 1)² + (y² − 1)² + sin(x + 2y)] (arXiv 2604.05303, single-step experiments). */
export const threeWell = defineTarget({
  name: 'three-well',
  description: 'double wells in x and y tilted by sin(x + 2y): four wells of unequal mass',
  dimension: 2,
  energy: (point) => {
    const [x, y] = [point.slice(0), point.slice(1)];
    return np.square(np.square(x).sub(1)).add(np.square(np.square(y).sub(1))).add(np.sin(x.add(y.mul(2)))).mul(3);
  },
  base: { mean: 0, standardDeviation: 1 },
  box: [-4, 4],
  modes: { centres: [[-1, -1], [-1, 1], [1, -1], [1, 1]], names: ['− −', '− +', '+ −', '+ +'] },
  observables: planarObservables,
  presets: { paper: { settings: { hottest: 0.1, replicas: 5 } } },
});
