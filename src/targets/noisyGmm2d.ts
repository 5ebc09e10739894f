import { nn, np, type Array as NpArray } from '../engine/numpy.ts';
import { publishedNoise } from './publishedSettings.ts';
import { defineTarget } from './target.ts';

interface Component {
  readonly name: string;
  readonly weight: number;
  readonly mean: readonly [number, number];
  /** Σ_xx, Σ_xy, Σ_yy */
  readonly covariance: readonly [number, number, number];
}

/** Four Gaussians of different shapes and weights (arXiv 2604.05303, noisy gradients). */
const components: readonly Component[] = [
  { name: 'lower left', weight: 0.25, mean: [-1.2, -1.2], covariance: [0.06, 0.02, 0.06] },
  { name: 'lower right', weight: 0.3, mean: [1.3, -0.8], covariance: [0.08, -0.04, 0.12] },
  { name: 'upper left', weight: 0.15, mean: [-0.5, 1.4], covariance: [0.05, 0, 0.03] },
  { name: 'upper right', weight: 0.3, mean: [1.2, 1.3], covariance: [0.04, 0.01, 0.04] },
];
/** The noise shifts the energy by up to this much per coordinate. */
const SHIFT = 4;

const determinants = components.map(({ covariance: [xx, xy, yy] }) => xx * yy - xy * xy);
/** Of x², 2xy and y² in the exponent. [4, 3] */
const precisions =
  components.map(({ covariance: [xx, xy, yy] }, k) => [yy, -xy, xx].map((entry) => entry / determinants[k]));
const logHeights = components.map(({ weight }, k) => Math.log(weight / (2 * Math.PI * Math.sqrt(determinants[k]))));

function energy(point: NpArray): NpArray {
  const offsets = point.sub(np.array(components.map(({ mean }) => mean)));
  const [x, y] = [0, 1].map((axis) => offsets.slice([], axis));
  const products = np.stack([np.square(x), x.mul(y).mul(2), np.square(y)], 1);
  return nn.logsumexp(np.array(logHeights).sub(products.mul(np.array(precisions)).sum(1).mul(0.5))).mul(-1);
}

/** A normalised mixture, log Z = 0, whose energy is seen as U(x) ± 4 cos x₁ ± 4 cos x₂, signs at random. */
export const noisyGmm2d = defineTarget({
  name: 'noisy-gmm-2d',
  description: 'four Gaussians of different weights, whose energy is seen with large waves of random sign',
  dimension: 2,
  energy,
  noise: {
    size: 2,
    draw: (random) => [0, 1].map(() => (random() < 0.5 ? -SHIFT : SHIFT)),
    energy: (x, xi) => energy(x).add(xi.mul(np.cos(x)).sum()),
  },
  base: { mean: 0, standardDeviation: 1.5 },
  box: [-6, 6],
  // To 1e-3 the weights are the masses: the borders are three deviations away and more.
  modes: { centres: components.map(({ mean }) => mean), names: components.map(({ name }) => name) },
  logZ: 0,
  presets: {
    default: { settings: { samples: 1_000_000, compared: 1_000_000, weightDraws: 16 } },
    // 40,000 samples, two units of time apart at steps of 0.01, swaps every 0.04; forty epochs, as in the single-step
    // experiments.
    paper: {
      settings: {
        ...publishedNoise, lambdas: [0.05, 0.2, 0.4, 0.7, 1], stepSize: 0.01, stepsPerRound: 4, thinning: 50,
        ladders: 100, rounds: 400, warmupRounds: 500, layers: 6, hidden: 128, bins: 32, theta: 0.5, particles: 160_000,
        samples: 160_000, stageSamples: 40_000, steps: 800, stageSteps: 800, weightSteps: 800, rejuvenation: 100,
        rejuvenationStepSize: 0.01,
      },
    },
  },
});
