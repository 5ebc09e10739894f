import { lax, np } from '../engine/numpy.ts';
import { publishedLadder } from './publishedSettings.ts';
import { defineTarget, type Observable } from './target.ts';

interface Component {
  readonly name: string;
  readonly mean: readonly [number, number, number];
  /** Standard deviations along the principal axes. */
  readonly deviations: readonly [number, number, number];
  /** Degrees, about z, then the turned y, then the turned x. */
  readonly angles: readonly [number, number, number];
}

/** Six equal Gaussians at ±6 e_i (arXiv 2604.05303, sequential experiments). */
const components: readonly Component[] = [
  { name: '+x', mean: [6, 0, 0], deviations: [0.3, 0.3, 0.8], angles: [0, 0, 0] },
  { name: '−x', mean: [-6, 0, 0], deviations: [0.3, 0.8, 0.3], angles: [45, 45, 0] },
  { name: '+y', mean: [0, 6, 0], deviations: [0.8, 0.3, 0.3], angles: [30, 0, 0] },
  { name: '−y', mean: [0, -6, 0], deviations: [0.3, 0.6, 0.6], angles: [90, 45, 0] },
  { name: '+z', mean: [0, 0, 6], deviations: [0.4, 0.4, 0.4], angles: [15, 15, 15] },
  { name: '−z', mean: [0, 0, -6], deviations: [0.25, 0.8, 0.25], angles: [60, 0, -60] },
];

/** R_z(a) R_y(b) R_x(c): its columns are the principal axes. */
function rotation([a, b, c]: readonly [number, number, number]): number[][] {
  const [ca, cb, cc] = [a, b, c].map((degrees) => Math.cos((degrees * Math.PI) / 180));
  const [sa, sb, sc] = [a, b, c].map((degrees) => Math.sin((degrees * Math.PI) / 180));
  return [
    [ca * cb, ca * sb * sc - sa * cc, ca * sb * cc + sa * sc],
    [sa * cb, sa * sb * sc + ca * cc, sa * sb * cc - ca * sc],
    [-sb, cb * sc, cb * cc],
  ];
}

/** Rows that whiten: A (x − m) is standard normal under a component. One 3×3 block per component, stacked. [18, 3] */
const whitening = components.flatMap(({ deviations, angles }) => {
  const axes = rotation(angles);
  return deviations.map((deviation, i) => axes.map((row) => row[i] / deviation));
});
/** A m, stacked. [18] */
const offsets = components.flatMap(
  ({ mean }, k) => [0, 1, 2].map((i) => whitening[3 * k + i].reduce((sum, entry, j) => sum + entry * mean[j], 0))
);
/** log of weight over normaliser, per component. [6] */
const logWeights = components.map(
  ({ deviations }) => -Math.log(components.length) - 1.5 * Math.log(2 * Math.PI)
    - deviations.reduce((sum, deviation) => sum + Math.log(deviation), 0)
);

/** Σ_jj of every component, per coordinate. [6, 3] */
const variances = components.map(({ deviations, angles }) => rotation(angles).map((row) =>
  deviations.reduce((total, deviation, i) => total + (row[i] * deviation) ** 2, 0)));

/** ⟨sin x_j⟩ and ⟨cos x_j⟩ of a Gaussian are those of its mean, damped by exp(−Σ_jj / 2). */
const expectation = (f: (value: number) => number, j: number): number =>
  components.reduce((sum, { mean }, k) => sum + (Math.exp(-variances[k][j] / 2) * f(mean[j])) / components.length, 0);

/** Density of x_j: the components' own, N(m_j, Σ_jj). */
const marginal = (j: number) => (value: number): number => components.reduce((sum, { mean }, k) =>
  sum + Math.exp(-((value - mean[j]) ** 2) / (2 * variances[k][j])) / Math.sqrt(2 * Math.PI * variances[k][j]),
  0) / components.length;

const observables = [0, 1, 2].flatMap((j): Observable[] => [
  { name: `sin x${j + 1}`, value: (x) => Math.sin(x[j]), exact: expectation(Math.sin, j) },
  { name: `cos x${j + 1}`, value: (x) => Math.cos(x[j]), exact: expectation(Math.cos, j) },
]);

/** Six equal Gaussians at ±6 e_i, normalised: log Z = 0 (arXiv 2604.05303, sequential experiments). */
export const gmm3d = defineTarget({
  name: 'gmm-3d',
  description: 'six equal Gaussians of different shapes on the three axes, far apart',
  dimension: 3,
  energy: (point) => {
    const white = np.matmul(np.array(whitening), point).sub(np.array(offsets)).reshape([components.length, 3]);
    const logs = np.square(white).sum(1).mul(-0.5).add(np.array(logWeights));
    const largest = lax.stopGradient(logs.max());
    return np.log(np.exp(logs.sub(largest)).sum()).add(largest).mul(-1);
  },
  base: { mean: 0, standardDeviation: 2.5 },
  box: [-12, 12],
  modes: {
    names: components.map(({ name }) => name),
    // To seven digits: the borders between the axes are five deviations away.
    exact: components.map(() => 1 / components.length),
    assign: (x) => {
      const [axis] = [0, 1, 2].sort((a, b) => Math.abs(x[b]) - Math.abs(x[a]));
      return 2 * axis + (x[axis] >= 0 ? 0 : 1);
    },
  },
  projections:
    ['x', 'y', 'z'].map((name, j) => ({ name, value: (x) => x[j], low: -9, high: 9, exactDensity: marginal(j) })),
  observables,
  logZ: 0,
  presets: {
    paper: { settings: { ...publishedLadder, interpolation: 'geometric', smallestLambda: 0.08, lambdaRate: 4 } },
  },
});
