import { np } from '../engine/numpy.ts';
import { planarObservables } from './planarObservables.ts';
import { defineTarget } from './target.ts';

const centresX = [-1.4, 1.4, -4.0, 4.0];
const centresY = [-1.5, 1.5, -4.3, 4.3];

/** 4 sin(1.1x) sin y + ¼(x² + y²): an egg carton in a bowl (arXiv 2604.05303). */
export const multipleWell = defineTarget({
  name: 'multiple-well',
  description: 'an egg carton in a bowl: two deep wells, and shallower ones around them',
  dimension: 2,
  energy: (point) => {
    const [x, y] = [point.slice(0), point.slice(1)];
    return np.sin(x.mul(1.1)).mul(np.sin(y)).mul(4).add(np.square(x).add(np.square(y)).mul(0.25));
  },
  base: { mean: 0, standardDeviation: 2.2 },
  box: [-7, 7],
  // The wells are where sin(1.1x) and sin y have opposite signs.
  modes: {
    centres: centresX.flatMap((x) => centresY.filter((y) => Math.sin(1.1 * x) * Math.sin(y) < 0).map((y) => [x, y]))
  },
  observables: planarObservables,
  presets: { paper: { settings: { hottest: 0.1, replicas: 6 } } },
});
