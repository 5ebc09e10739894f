import { np } from '../engine/numpy.ts';
import { publishedLadder } from './publishedSettings.ts';
import { defineTarget, type Observable } from './target.ts';

const DIMENSION = 8;
/**
 * The orthonormal cosine transform (DCT-II): an orthogonal matrix that anyone can write down. The paper prints none.
 * [8, 8]
 */
const mixing = Array.from({ length: DIMENSION }, (_, i) => Array.from({ length: DIMENSION }, (__, j) =>
  Math.sqrt((j === 0 ? 1 : 2) / DIMENSION) * Math.cos((Math.PI * (2 * i + 1) * j) / (2 * DIMENSION))));

/** z_j of one point x [8]. */
function bent(x: Float64Array, j: number): number {
  let mixed = 0;
  for (let i = 0; i < DIMENSION; i++) mixed += x[i] * mixing[i][j];
  return x[j] + Math.tanh(mixed);
}

const coordinates = Array.from({ length: DIMENSION }, (_, j) => j);

/** The energy is even, so means of odd functions vanish. */
const observables: readonly Observable[] = [
  ...coordinates.flatMap((j): Observable[] => [
    { name: `sin x${j + 1}`, value: (x) => Math.sin(x[j]), exact: 0 },
    { name: `cos x${j + 1}`, value: (x) => Math.cos(x[j]) },
  ]),
  // Where in its well z_j lies, and how much of it is in the outer wells, at ±3π/2.
  ...coordinates.flatMap((j): Observable[] => [
    { name: `cos z${j + 1}`, value: (x) => Math.cos(bent(x, j)) },
    { name: `z${j + 1}²`, value: (x) => bent(x, j) ** 2 },
  ]),
];

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
  // The wells are at z_j ≈ ±π/2, so the signs of z name them. Mode k and mode 255 − k are opposite and weigh the same;
  // no more is known exactly, since the density of z is exp(−Σ u(z_j)) / |det ∂z/∂x|, which does not factorise.
  modes: {
    names: Array.from({ length: 1 << DIMENSION }, (_, k) =>
      coordinates.map((j) => ((k >> j) & 1) === 0 ? '+' : '−').join('')),
    assign: (x) => coordinates.reduce((index, j) => index + (bent(x, j) < 0 ? 1 << j : 0), 0),
  },
  observables,
  projections: coordinates.map((j) => ({ name: `z${j + 1}`, value: (x) => bent(x, j), low: -6, high: 6 })),
  presets: {
    paper: {
      settings: {
        // θ goes from 0.5 to 0.2 in the paper, and keeps 0.5 here.
        ...publishedLadder, interpolation: 'hybrid', smallestLambda: 0.02, lambdaRate: 2, largestLambdaStep: 0.05,
        theta: 0.5, hidden: 512, bins: 32, stageSamples: 100_000, fixedBaseSamples: 100_000, rounds: 1000, steps: 500,
        stageSteps: 500
      },
    },
  },
});
