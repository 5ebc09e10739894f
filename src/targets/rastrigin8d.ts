import { np } from '../engine/numpy.ts';
import { defineTarget } from './target.ts';

const DIMENSION = 8;
/** The orthonormal cosine transform (DCT-II): an orthogonal matrix that anyone can write down. The paper prints none. [8, 8] */
const mixing = Array.from({ length: DIMENSION }, (_, i) => Array.from({ length: DIMENSION }, (__, j) =>
  Math.sqrt((j === 0 ? 1 : 2) / DIMENSION) * Math.cos((Math.PI * (2 * i + 1) * j) / (2 * DIMENSION))));

/** Σ ½z² + 12 cos 2z with z = x + tanh(xQ), Q orthogonal (arXiv 2604.05303, sequential experiments). */
export const rastrigin8d = defineTarget({
  name: 'rastrigin-8d',
  description: 'an egg carton in eight dimensions, bent by a nonlinear mixing of the coordinates',
  dimension: DIMENSION,
  energy: (point) => {
    const z = point.add(np.tanh(np.matmul(point, np.array(mixing))));
    return np.square(z).mul(0.5).add(np.cos(z.mul(2)).mul(12)).sum();
  },
  base: { mean: 0, standardDeviation: 1 },
  box: [-6, 6],
});
