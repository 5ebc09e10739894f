/** Targets whose log Z is known by routes that have nothing to do with flows. */
import assert from 'node:assert/strict';
import { np, type Array as NpArray } from '../../src/engine/numpy.ts';
import { harmonicAverages } from '../../src/numerics/harmonicOscillator.ts';
import { compileEnergy } from '../../src/targets/compile.ts';
import type { NoiseDefinition } from '../../src/targets/noise.ts';
import { definePathIntegral } from '../../src/targets/pathIntegral.ts';
import { ringTruth } from '../../src/targets/ringTruth.ts';
import { defineTarget, type Target } from '../../src/targets/target.ts';
import { targetTruth } from '../../src/targets/truth.ts';

/** Seen with a noise of ±0.05 cos x. */
const noisyOf = (energy: (x: NpArray) => NpArray): NoiseDefinition => ({
  size: 1, draw: (random) => [random() < 0.5 ? -1 : 1],
  energy: (x, xi) => energy(x).add(np.cos(x.slice(0)).mul(xi.slice(0)).mul(0.05)),
});

/** A line, a circle and an interval. */
const energyOfMixed = (x: NpArray): NpArray => np.square(np.square(x.slice(0)).sub(1))
  .add(np.cos(x.slice(1)).mul(x.slice(0))).add(np.square(x.slice(2).sub(0.3)).mul(2));
export const mixed = defineTarget({
  name: 'mixed', dimension: 3, box: [[-4, 4], [0, 2 * Math.PI], [0, 1]], base: { standardDeviation: 1.2 },
  torus: { 1: [0, 2 * Math.PI] }, interval: { 2: [0, 1] }, energy: energyOfMixed, noise: noisyOf(energyOfMixed),
});

const energyOfPlane = (x: NpArray): NpArray => np.square(np.square(x.slice(0)).sub(1)).mul(0.7)
  .add(np.square(x.slice(1).sub(x.slice(0).mul(0.4))).mul(0.8));
const shapeOfPlane = { dimension: 2, box: [-4, 4], base: { standardDeviation: 1.3 } } as const;
export const plane = defineTarget({ ...shapeOfPlane, name: 'plane', energy: energyOfPlane });
/** Of which only noisy values are known. */
export const unseen = defineTarget({ ...shapeOfPlane, name: 'unseen', noise: noisyOf(energyOfPlane) });

/** The circle's integral and the others', by the trapezoidal and the midpoint rule. */
export function logZOfMixed(): number {
  const [points, turns, cells] = [1000, 64, 4000];
  let [whole, between] = [0, 0];
  for (let i = 0; i < points; i++) {
    const x = -4 + (8 * i) / points;
    for (let j = 0; j < turns; j++) whole += Math.exp(-((x * x - 1) ** 2) - Math.cos((2 * Math.PI * j) / turns) * x);
  }
  for (let i = 0; i < cells; i++) between += Math.exp(-2 * ((i + 0.5) / cells - 0.3) ** 2);
  return Math.log(((whole * 8) / points / turns) * 2 * Math.PI * (between / cells));
}

export const anharmonic = definePathIntegral({
  name: 'anharmonic', beta: 2, box: [-3, 3], modes: 3, beads: 8,
  potential: (q) => np.square(np.square(q.slice(0)).sub(1)).mul(0.8).add(q.slice(0).mul(0.2)),
});
const bowlShape = { hbar: 0.9, beta: 1.5 };
const [masses, springs] = [[0.7, 2.2, 1], [3, 1.1, 0.5]];
export const bowl = definePathIntegral({
  ...bowlShape, name: 'bowl', dimension: 3, mass: masses, box: [-6, 6], modes: 3, beads: 6,
  potential: (q) => np.square(q.sub(0.3)).mul(np.array(springs)).sum().mul(0.5),
});

/** By the transfer matrix; of harmonic coordinates, in closed form. */
export function logZOfRing(target: Target, beads: number): number {
  const { pathIntegral } = target;
  assert.ok(pathIntegral !== undefined);
  if (target === bowl) {
    const logZs = masses.map((mass, a) =>
      harmonicAverages({ ...bowlShape, mass, frequency: Math.sqrt(springs[a] / mass) }, beads).logZ);
    return logZs.reduce((sum, value) => sum + value, 0);
  }
  const truth = ringTruth(target, pathIntegral).ring(beads);
  assert.ok(truth !== null);
  return truth.logZ;
}

/** In one and two dimensions. */
export const logZByQuadrature = (target: Target): number => {
  const { logZ } = targetTruth(target, compileEnergy(target));
  assert.ok(logZ !== null);
  return logZ;
};

/** Like particles: springs between all pairs, and one that holds their centre. */
export const bonded = (count: number, p: number): Target => defineTarget({
  name: 'bonded', dimension: count * p, box: [-6, 6],
  energy: (x) => {
    const q = x.reshape([count, p]);
    const pairs = Array.from({ length: count }, (_, i) => Array.from({ length: i }, (__, j) => [i, j])).flat();
    return pairs.map(([i, j]) => np.square(q.slice(i).sub(q.slice(j))).sum().mul(0.4))
      .reduce((sum, value) => sum.add(value)).add(np.square(q.sum(0)).sum().mul(0.3));
  },
});

/** Σ_{i<j} |x_i − x_j|² is N times the square of all but the centre's mode, which is Σ x_i/√N. */
export const logZOfBonded = (count: number, p: number): number =>
  (p / 2) * ((count - 1) * Math.log((2 * Math.PI) / (0.8 * count)) + Math.log((2 * Math.PI) / (0.6 * count)));

/** Independent samples of them [n, d]. @param z standard normal [n, d] */
export function samplesOfBonded(z: Float64Array, count: number, p: number): Float64Array {
  const d = count * p;
  const [stiff, held] = [1 / Math.sqrt(0.8 * count), 1 / Math.sqrt(0.6 * count)];
  return z.map((value, at) => {
    const [row, a] = [at - (at % d), at % p];
    let mean = 0;
    for (let j = 0; j < count; j++) mean += z[row + j * p + a] / count;
    return (value - mean) * stiff + mean * held;
  });
}
