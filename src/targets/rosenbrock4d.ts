import { np } from '../engine/numpy.ts';
import { compositeGaussLegendre } from '../numerics/quadratureRules.ts';
import { publishedLadder } from './publishedSettings.ts';
import { defineTarget, type Observable } from './target.ts';

const DIMENSION = 4;
const STIFFNESS = 200;
/** Of x_{i+1} given x_i², where nothing else pulls on it (as on x4). */
const DEVIATION = 1 / Math.sqrt(2 * STIFFNESS);

/**
 * The energy is a chain: x4 given x3 is N(x3², 1/400), and x3, pulled to x2² and to 1, is N(m, 1/402) given x2, with
 * m = (200 x2² + 1)/201. Both integrate in closed form, which leaves a plane: the density of (x1, x2), times Z.
 */
const planeDensity = (x1: number, x2: number): number =>
  (Math.PI / Math.sqrt(STIFFNESS * (STIFFNESS + 1)))
  * Math.exp(
    -STIFFNESS * (x2 - x1 * x1) ** 2 - (1 - x1) ** 2 - (1 - x2) ** 2
      - (STIFFNESS / (STIFFNESS + 1)) * (x2 * x2 - 1) ** 2,
  );

/** The trapezoid rule along x2, over 8 deviations around x1²: exact to rounding for an entire function this smooth. */
const STEP = DEVIATION / 1.5;
const REACH = 12;
const firstNode = (x1: number): number => Math.round((x1 * x1) / STEP) - REACH;

/** The density of x1, times Z. */
function lineDensity(x1: number): number {
  const first = firstNode(x1);
  let sum = 0;
  for (let k = first; k <= first + 2 * REACH; k++) sum += STEP * planeDensity(x1, k * STEP);
  return sum;
}

/** E exp(i x) of N(m, s²), as [cos, sin]. */
const ofNormal = (mean: number, variance: number): [number, number] => {
  const modulus = Math.exp(-variance / 2);
  return [modulus * Math.cos(mean), modulus * Math.sin(mean)];
};

/** E exp(i x²) of N(m, s²): (1 − 2is²)^{−1/2} exp(i m² / (1 − 2is²)). */
function ofSquare(mean: number, variance: number): [number, number] {
  const norm = 1 + 4 * variance ** 2;
  const modulus = (1 / Math.sqrt(Math.sqrt(norm))) * Math.exp((-2 * variance * mean ** 2) / norm);
  const phase = mean ** 2 / norm + 0.5 * Math.atan(2 * variance);
  return [modulus * Math.cos(phase), modulus * Math.sin(phase)];
}

/** E exp(i x_j) of x2, x3 and x4, given x2. */
function givenSecond(x2: number): [number, number][] {
  const [mean, variance] = [(STIFFNESS * x2 * x2 + 1) / (STIFFNESS + 1), 1 / (2 * (STIFFNESS + 1))];
  const damping = Math.exp(-(DEVIATION ** 2) / 2);
  const [cos, sin] = ofSquare(mean, variance);
  return [ofNormal(x2, 0), ofNormal(mean, variance), [damping * cos, damping * sin]];
}

/** Regions of x1: the tails reach far along the valley, where x4 ≈ x1⁸. */
const borders = [-0.5, 0.5, 1.2];
/** Beyond these ends the density of x1 is below 1e-24. */
const edges = [-1.7, ...borders, 1.8];

interface Truths {
  readonly z: number;
  /** Of the regions of x1. */
  readonly masses: readonly number[];
  readonly observables: readonly Observable[];
}

/** By quadrature over the plane, Gauss–Legendre along x1 and the trapezoid rule along x2: 3000 nodes, good to 1e-8. */
function truths(): Truths {
  const masses = new Float64Array(edges.length - 1);
  const [cosines, sines] = [new Float64Array(DIMENSION), new Float64Array(DIMENSION)];
  const add = (j: number, mass: number, [cos, sin]: [number, number]): void => {
    cosines[j] += mass * cos;
    sines[j] += mass * sin;
  };
  /** Mass at x2 = k · STEP. */
  const second = new Map<number, number>();
  masses.forEach((_, region) => {
    const panels = Math.ceil((edges[region + 1] - edges[region]) / 0.4);
    const { nodes, weights } = compositeGaussLegendre(panels, 12, edges[region], edges[region + 1]);
    nodes.forEach((x1, i) => {
      const first = firstNode(x1);
      let line = 0;
      for (let k = first; k <= first + 2 * REACH; k++) {
        const mass = weights[i] * STEP * planeDensity(x1, k * STEP);
        second.set(k, (second.get(k) ?? 0) + mass);
        line += mass;
      }
      masses[region] += line;
      add(0, line, ofNormal(x1, 0));
    });
  });
  for (const [k, mass] of second) givenSecond(k * STEP).forEach((value, j) => add(j + 1, mass, value));
  const z = masses.reduce((a, b) => a + b);
  return {
    z,
    masses: Array.from(masses, (mass) => mass / z),
    observables: Array.from({ length: DIMENSION }, (_, j): Observable[] => [
      { name: `sin x${j + 1}`, value: (x) => Math.sin(x[j]), exact: sines[j] / z },
      { name: `cos x${j + 1}`, value: (x) => Math.cos(x[j]), exact: cosines[j] / z },
    ]).flat(),
  };
}

const { z, masses, observables } = truths();

/** Σ_{i<4} 200 (x_{i+1} − x_i²)² + (1 − x_i)² (arXiv 2604.05303, sequential experiments). */
export const rosenbrock4d = defineTarget({
  name: 'rosenbrock-4d',
  description: 'a thin curved valley in four dimensions, with long tails',
  dimension: DIMENSION,
  energy: (point) => {
    const [lead, next] = [point.slice([0, DIMENSION - 1]), point.slice([1, DIMENSION])];
    return np.square(next.sub(np.square(lead))).mul(STIFFNESS).add(np.square(lead.sub(1))).sum();
  },
  base: { mean: [0, 0.6, 1, 2], standardDeviation: [1, 1, 1.5, 2] },
  // The published boxes (preset paper) cut off 0.3 % of the target, which the flow then leaves alone, and half of the
  // base.
  // These hold the target to 1e-9 (it spans [−1.5, 1.5] [−0.3, 2.3] [−0.3, 5] [−0.3, 24.5]) and the base to 4.5
  // deviations.
  box: [[-4.5, 4.5], [-4, 5.2], [-6, 8], [-7, 27]],
  modes: {
    names: ['x1 < −0.5', '−0.5 < x1 < 0.5', '0.5 < x1 < 1.2', '1.2 < x1'],
    assign: (x) => borders.filter((border) => x[0] >= border).length,
    exact: masses,
  },
  // One coordinate at a time given all the others, down the chain, which is narrow given its neighbours.
  blocks: [[0], [1], [2], [3], [1], [2], [3]],
  projections: [{ name: 'x1', value: (x) => x[0], low: -1.6, high: 1.6, exactDensity: (x1) => lineDensity(x1) / z }],
  observables,
  logZ: Math.log(z),
  presets: {
    paper: {
      settings: {
        ...publishedLadder, interpolation: 'geometric', smallestLambda: 1e-3, lambdaRate: 2, layers: 8, bins: 32,
        stageSamples: 100_000, fixedBaseSamples: 100_000, steps: 1000, stageSteps: 1000, rounds: 1000,
        particles: 500_000, samples: 500_000
      },
      box: [[-1.6, 2], [-0.5, 2], [-0.5, 3], [-0.5, 6.5]],
    },
  },
});
