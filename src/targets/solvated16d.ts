import { np } from '../engine/numpy.ts';
import { publishedLadder } from './publishedSettings.ts';
import { defineTarget, type Observable } from './target.ts';

const BATH = 14;
const STIFFNESS = 15;
/** α of the bath's coordinates: 2 to 4, evenly. */
const couplings = Array.from({ length: BATH }, (_, k) => 2 + (2 * k) / (BATH - 1));

const energyOfAngle = (x: number): number => 2 * Math.cos(4 * x);
/** The trapezoid rule on a circle: exact to rounding for these functions. */
const NODES = 64;
const angles = Array.from({ length: NODES }, (_, i) => (2 * Math.PI * i) / NODES - Math.PI);
const densities = angles.map((x) => Math.exp(-energyOfAngle(x)));
const circleIntegral = (2 * Math.PI / NODES) * densities.reduce((sum, density) => sum + density, 0);

/** ⟨cos x_k⟩: given the angles, x_k is normal with mean α s₁ s₂ and variance 1 / (2 · stiffness). */
function bathCosine(coupling: number): number {
  let sum = 0;
  angles.forEach((a, i) => angles.forEach(
    (b, j) => { sum += densities[i] * densities[j] * Math.cos(coupling * Math.sin(a) * Math.sin(b)); }
  ));
  return (Math.exp(-1 / (4 * STIFFNESS)) * sum * (2 * Math.PI / NODES) ** 2) / circleIntegral ** 2;
}

const observables = Array.from({ length: 2 + BATH }, (_, j): Observable[] => [
  { name: `sin x${j + 1}`, value: (x) => Math.sin(x[j]), exact: 0 },
  { name: `cos x${j + 1}`, value: (x) => Math.cos(x[j]), exact: j < 2 ? 0 : bathCosine(couplings[j - 2]) },
]).flat();

/** Each angle has four equal wells, between the maxima of cos 4x. */
const well = (x: number): number => Math.min(3, Math.max(0, Math.floor((x + Math.PI) / (Math.PI / 2))));
const wells = Array.from({ length: 16 }, (_, k) => [k >> 2, k & 3]);

/** 2[cos 4x₁ + cos 4x₂] + 15 Σ (x_k − α_k sin x₁ sin x₂)² on T² × R¹⁴ (arXiv 2604.05303, sequential experiments). */
export const solvated16d = defineTarget({
  name: 'solvated-16d',
  description: 'two angles with sixteen equal wells, dragging a stiff bath of fourteen coordinates',
  dimension: 2 + BATH,
  energy: (point) => {
    const [first, second, bath] = [point.slice(0), point.slice(1), point.slice([2, 2 + BATH])];
    const lead = np.sin(first).mul(np.sin(second));
    const strain = np.square(bath.sub(np.array(couplings).mul(lead))).sum();
    return np.cos(first.mul(4)).add(np.cos(second.mul(4))).mul(2).add(strain.mul(STIFFNESS));
  },
  torus: { 0: [-Math.PI, Math.PI], 1: [-Math.PI, Math.PI] },
  box: [-6, 6],
  base: { mean: 0, standardDeviation: 1 },
  modes: {
    names: wells.map(([a, b]) => `(${[a, b].map((i) => `${2 * i - 3}π/4`).join(', ')})`),
    assign: (x) => 4 * well(x[0]) + well(x[1]),
    exact: wells.map(() => 1 / wells.length),
  },
  // Each angle given everything else, then the bath, whose coordinates are independent given the angles.
  blocks: [[0], [1], Array.from({ length: BATH }, (_, k) => 2 + k)],
  // The bath integrates to the same constant at all angles.
  projections: [0, 1].map((j) => ({
    name: `x${j + 1}`, value: (x) => x[j], low: -Math.PI, high: Math.PI,
    exactDensity: (angle) => Math.exp(-energyOfAngle(angle)) / circleIntegral,
  })),
  observables,
  logZ: 2 * Math.log(circleIntegral) + (BATH / 2) * Math.log(Math.PI / STIFFNESS),
  presets: {
    paper: {
      settings: {
        ...publishedLadder, interpolation: 'hybrid', smallestLambda: 1e-3, lambdaRate: 1.5, largestLambdaStep: 0.05,
        renyiOrder: 1.5, hidden: 1024, bins: 50, batch: 32_768, stageSamples: 500_000, fixedBaseSamples: 500_000,
        rounds: 5000, steps: 153, stageSteps: 153, particles: 500_000, samples: 500_000, rejuvenationStepSize: 1e-3,
        rejuvenation: 1000,
      },
    },
  },
});
