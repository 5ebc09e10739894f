import { np } from '../engine/numpy.ts';
import { planarObservables } from './planarObservables.ts';
import { defineTarget } from './target.ts';

/** Radius of the ridge between the centre and the ring: r²(r² − 4)² is largest at r² = 4/3. */
const RIDGE = Math.sqrt(4 / 3);

/** 10 (r⁶ − 8r⁴ + 16r² + 1)^{1/3} with r² = x² + y²: a ring around a spike (arXiv 2604.05303). */
export const annulus = defineTarget({
  name: 'annulus',
  description: 'a ring of radius 2 around a spike at the origin',
  dimension: 2,
  energy: (point) => {
    const r2 = np.square(point).sum();
    const inside = r2.mul(np.square(r2.sub(4))).add(1);
    return np.exp(np.log(inside).div(3)).mul(10);
  },
  base: { mean: 0, standardDeviation: 1 },
  box: [-4, 4],
  modes: {
    names: ['spike', 'ring + +', 'ring − +', 'ring − −', 'ring + −'],
    assign: (point) => {
      if (Math.hypot(point[0], point[1]) < RIDGE) return 0;
      return point[0] >= 0 ? (point[1] >= 0 ? 1 : 4) : point[1] >= 0 ? 2 : 3;
    },
  },
  observables: planarObservables,
  presets: { paper: { settings: { hottest: 0.2, replicas: 6 } } },
});
