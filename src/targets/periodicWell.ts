import { np } from '../engine/numpy.ts';
import { toroidalObservables } from './planarObservables.ts';
import { defineTarget } from './target.ts';

const QUARTER = Math.PI / 4;
const centres = [-3, -1, 1, 3].flatMap((i) => [-3, -1, 1, 3]
  .filter((j) => Math.sin(2 * i * QUARTER) * Math.sin(2 * j * QUARTER) < 0)
  .map((j) => [i * QUARTER, j * QUARTER]));

/** 4 sin(2x) sgn(sin 2y) |sin 2y|^{7/5} on the torus [−π, π)² (arXiv 2604.05303): eight equal wells. */
export const periodicWell = defineTarget({
  name: 'periodic-well',
  description: 'eight equal wells on the torus, with a kink on their edges',
  dimension: 2,
  energy: (point) => {
    const s = np.sin(point.mul(2));
    const [sx, sy] = [s.slice(0), s.slice(1)];
    // sgn(s)|s|^{7/5} = s (s²)^{1/5}; the tiny shift keeps the derivative finite at s = 0.
    return sx.mul(sy).mul(np.exp(np.log(np.square(sy).add(1e-30)).div(5))).mul(4);
  },
  torus: 'all',
  box: [-Math.PI, Math.PI],
  modes: { centres },
  observables: toroidalObservables,
  presets: { paper: { settings: { hottest: 0.2, replicas: 8, steps: 1000 } } },
});
