import { np } from '../engine/numpy.ts';
import { planarObservables } from './planarObservables.ts';
import { defineTarget } from './target.ts';

/**
 * 0.2[(x² + y − 11)² + (x + y² − 7)²] (Himmelblau's function; arXiv 2604.05303). The wells lie one in each quadrant.
 */
export const himmelblau = defineTarget({
  name: 'himmelblau',
  description: "Himmelblau's function: four separate wells, one in each quadrant",
  dimension: 2,
  energy: (point) => {
    const [x, y] = [point.slice(0), point.slice(1)];
    return np.square(np.square(x).add(y).sub(11)).add(np.square(x.add(np.square(y)).sub(7))).mul(0.2);
  },
  base: { mean: 0, standardDeviation: 2 },
  box: [-6, 6],
  modes: {
    names: ['+ +', '− +', '− −', '+ −'],
    assign: (point) => (point[0] >= 0 ? (point[1] >= 0 ? 0 : 3) : point[1] >= 0 ? 1 : 2),
  },
  observables: planarObservables,
  presets: { paper: { settings: { hottest: 0.01, replicas: 6 } } },
});
