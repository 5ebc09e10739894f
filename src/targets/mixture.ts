/**
 * A mixture of normal laws on the real coordinates, normalised; circles and intervals are uniform and have no part in
 * it. A base for targets with wells far apart, between which the flow of one normal law would have to draw bridges.
 */
import { np, type Array as NpArray } from '../engine/numpy.ts';

export interface Mixture {
  /** The coordinates it is a law of, in increasing order. [r] */
  readonly coordinates: readonly number[];
  /** log of the components' shares, which sum to one. [K] */
  readonly logShares: Float64Array;
  /** [K, r] */
  readonly means: Float64Array;
  /** Cholesky factors L of the covariances L Lᵀ, lower triangular, row-major. [K, r, r] */
  readonly factors: Float64Array;
  /** Their inverses. [K, r, r] */
  readonly inverses: Float64Array;
}

const LOG_2_PI = Math.log(2 * Math.PI);
/** Of a component's log share in a density: less is lost in rounding. */
const NOTHING = -40;

/** log(share) + log of the normalisation, per component. */
function constants({ coordinates: { length: r }, logShares, factors }: Mixture): Float64Array {
  return logShares.map((logShare, k) => {
    let value = logShare - 0.5 * r * LOG_2_PI;
    for (let j = 0; j < r; j++) value -= Math.log(factors[(k * r + j) * r + j]);
    return value;
  });
}

/** What looking at one point after another needs. */
interface Workspace {
  readonly constant: Float64Array;
  /** L⁻¹ (x − m) of each component. [K, r] */
  readonly whitened: Float64Array;
  /** log(share · density) of each. [K] */
  readonly logs: Float64Array;
  /** Share of each in the density. [K] */
  readonly parts: Float64Array;
}

const workspaces = new WeakMap<Mixture, Workspace>();

function workspaceOf(mixture: Mixture): Workspace {
  const known = workspaces.get(mixture);
  if (known !== undefined) return known;
  const constant = constants(mixture);
  const count = constant.length;
  const [logs, parts] = [new Float64Array(count), new Float64Array(count)];
  const whitened = new Float64Array(count * mixture.coordinates.length);
  const made = { constant, whitened, logs, parts };
  workspaces.set(mixture, made);
  return made;
}

/** Log density of a point x that begins at `from`; the workspace keeps the components' parts in it. */
function logDensity(mixture: Mixture, workspace: Workspace, x: Float64Array, from: number): number {
  const { coordinates, means, inverses } = mixture;
  const { constant, whitened, logs, parts } = workspace;
  const r = coordinates.length;
  let most = -Infinity;
  for (let k = 0; k < constant.length; k++) {
    let squares = 0;
    for (let a = 0; a < r; a++) {
      const row = (k * r + a) * r;
      let value = 0;
      for (let b = 0; b <= a; b++) value += inverses[row + b] * (x[from + coordinates[b]] - means[k * r + b]);
      whitened[k * r + a] = value;
      squares += value * value;
    }
    const value = constant[k] - 0.5 * squares;
    logs[k] = value;
    // A value that is not a number stays: nothing is above it.
    if (value > most || Number.isNaN(value)) most = value;
  }
  if (!Number.isFinite(most)) {
    parts.fill(Number.isNaN(most) ? NaN : 0);
    return most;
  }
  let sum = 0;
  for (let k = 0; k < logs.length; k++) {
    const part = logs[k] - most > NOTHING ? Math.exp(logs[k] - most) : 0;
    parts[k] = part;
    sum += part;
  }
  for (let k = 0; k < parts.length; k++) parts[k] /= sum;
  return most + Math.log(sum);
}

/** Adds −log p of n points [n, d] to energies, and where they are asked for the gradients to gradients [n, d]. */
export function addMixtureEnergies(
  mixture: Mixture, d: number, x: Float64Array, n: number, energies: Float64Array | null,
  gradients: Float64Array | null,
): void {
  const { coordinates, inverses } = mixture;
  const r = coordinates.length;
  const workspace = workspaceOf(mixture);
  const { parts, whitened } = workspace;
  for (let i = 0; i < n; i++) {
    const total = logDensity(mixture, workspace, x, i * d);
    if (energies !== null) energies[i] -= total;
    if (gradients === null) continue;
    for (let k = 0; k < parts.length; k++) {
      const share = parts[k];
      if (share === 0) continue;
      // ∇ ½|L⁻¹(x − m)|² = L⁻ᵀ L⁻¹ (x − m)
      for (let b = 0; b < r; b++) {
        let value = 0;
        for (let a = b; a < r; a++) value += inverses[(k * r + a) * r + b] * whitened[k * r + a];
        gradients[i * d + coordinates[b]] += share * value;
      }
    }
  }
}

/** The component that a uniform number in [0, 1) falls to. @param shares which sum to one */
export function componentOf(shares: Float64Array, u: number): number {
  let rest = u;
  for (let k = 0; k < shares.length - 1; k++) {
    rest -= shares[k];
    if (rest < 0) return k;
  }
  return shares.length - 1;
}

/** Standard normals [n, d] in place become points of the mixture. @param uniforms one per point, for the component */
export function placeInMixture(
  mixture: Mixture, d: number, normals: Float64Array, uniforms: Float64Array, n: number,
): void {
  const shares = mixture.logShares.map(Math.exp);
  for (let i = 0; i < n; i++) {
    const component = componentOf(shares, uniforms[i]);
    placeInComponent(mixture, component, normals.subarray(i * d, (i + 1) * d));
  }
}

/** m + L ξ of one point, in place. */
function placeInComponent({ coordinates, means, factors }: Mixture, k: number, point: Float64Array): void {
  const r = coordinates.length;
  for (let a = r - 1; a >= 0; a--) {
    let value = means[k * r + a];
    for (let b = 0; b <= a; b++) value += factors[(k * r + a) * r + b] * point[coordinates[b]];
    point[coordinates[a]] = value;
  }
}

/** The component that each point is likeliest of. @param x [n, d] */
export function wellsOf(mixture: Mixture, d: number, x: Float64Array): Int32Array {
  const workspace = workspaceOf(mixture);
  return Int32Array.from({ length: x.length / d }, (_, i) => {
    logDensity(mixture, workspace, x, i * d);
    return workspace.logs.reduce((best, value, k) => (value > workspace.logs[best] ? k : best), 0);
  });
}

/**
 * m + √(1 − s²) (u − m) + s L ξ with the mean and factor of a component drawn by its share at u: it leaves the
 * component, and so the mixture, invariant.
 * @param u [d] @param noise ξ [d], which gives way to the result @param draw uniform in [0, 1)
 */
export function stepInMixture(
  mixture: Mixture, u: Float64Array, noise: Float64Array, s: number, draw: number,
): void {
  const { coordinates, means } = mixture;
  const r = coordinates.length;
  const workspace = workspaceOf(mixture);
  logDensity(mixture, workspace, u, 0);
  const k = componentOf(workspace.parts, draw);
  const kept = Math.sqrt(1 - s * s);
  placeInComponent(mixture, k, noise);
  coordinates.forEach((j, a) => {
    const mean = means[k * r + a];
    noise[j] = mean + kept * (u[j] - mean) + s * (noise[j] - mean);
  });
}

/** −log p of a batch as an array program, [n, d] → [n]. */
export function mixtureProgram(mixture: Mixture): (x: NpArray) => NpArray {
  const { coordinates, means, inverses } = mixture;
  const r = coordinates.length;
  const constant = constants(mixture);
  const count = constant.length;
  const matrices = Array.from({ length: count }, (_, k) => np.array(Array.from({ length: r }, (__, b) =>
    Array.from({ length: r }, (___, a) => inverses[(k * r + a) * r + b]))));
  return (x) => {
    const own = np.concatenate(coordinates.map((j) => x.slice([], [j, j + 1])), 1);
    const rows = matrices.map((matrix, k) => {
      const centred = own.sub(np.array([Array.from(means.subarray(k * r, (k + 1) * r))]));
      return np.square(np.matmul(centred, matrix)).sum(1, { keepdims: true }).mul(-0.5).add(constant[k]);
    });
    const all = np.concatenate(rows, 1);
    const most = np.max(all, 1, { keepdims: true });
    return np.log(np.exp(all.sub(most)).sum(1)).add(most.reshape([x.shape[0]])).mul(-1);
  };
}
