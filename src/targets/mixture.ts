/**
 * A mixture of normal laws and Student t's on the real coordinates, normalised; circles and intervals are uniform and
 * have no part in it. A base for targets with wells far apart, between which the flow of one normal law would have to
 * draw bridges. A Student t of ν degrees of freedom is m + L ξ / √τ, with ν τ the sum of ν squares of normal numbers.
 */
import { np, type Array as NpArray } from '../engine/numpy.ts';
import { logGamma } from '../numerics/special.ts';

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
  /** ν, a whole number; Infinity of a normal law. [K] */
  readonly freedom: Float64Array;
}

const LOG_2_PI = Math.log(2 * Math.PI);
/** Of a component's log share in a density: less is lost in rounding. */
const NOTHING = -40;

/** log(share) + log of the normalisation, per component. */
function constants({ coordinates: { length: r }, logShares, factors, freedom }: Mixture): Float64Array {
  return logShares.map((logShare, k) => {
    let value = logShare + logPeak(r, freedom[k]);
    for (let j = 0; j < r; j++) value -= Math.log(factors[(k * r + j) * r + j]);
    return value;
  });
}

/** log of the density of a standard law of r coordinates at its middle. @param freedom ν; Infinity of a normal law */
export function logPeak(r: number, freedom: number): number {
  if (freedom === Infinity) return -0.5 * r * LOG_2_PI;
  return logGamma(0.5 * (freedom + r)) - logGamma(0.5 * freedom) - 0.5 * r * Math.log(Math.PI * freedom);
}

/** Normal numbers that a law of the mixture needs at most, besides those of a point. */
export const moreNormals = ({ freedom }: Mixture): number =>
  freedom.reduce((most, value) => (value < Infinity ? Math.max(most, value) : most), 0);

/** What looking at one point after another needs. */
interface Workspace {
  readonly constant: Float64Array;
  /** L⁻¹ (x − m) of each component. [K, r] */
  readonly whitened: Float64Array;
  /** |L⁻¹ (x − m)|² [K] */
  readonly squares: Float64Array;
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
  const made = { constant, whitened, squares: new Float64Array(count), logs, parts };
  workspaces.set(mixture, made);
  return made;
}

/** Log density of a point x that begins at `from`; the workspace keeps the components' parts in it. */
function logDensity(mixture: Mixture, workspace: Workspace, x: Float64Array, from: number): number {
  const { coordinates, means, inverses, freedom } = mixture;
  const { constant, whitened, squares: all, logs, parts } = workspace;
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
    all[k] = squares;
    const nu = freedom[k];
    const value = constant[k] - (nu === Infinity ? 0.5 * squares : 0.5 * (nu + r) * Math.log1p(squares / nu));
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
  const { parts, whitened, squares } = workspace;
  for (let i = 0; i < n; i++) {
    const total = logDensity(mixture, workspace, x, i * d);
    if (energies !== null) energies[i] -= total;
    if (gradients === null) continue;
    for (let k = 0; k < parts.length; k++) {
      if (parts[k] === 0) continue;
      const share = parts[k] * narrowness(mixture, k, squares[k]);
      // ∇ ½|L⁻¹(x − m)|² = L⁻ᵀ L⁻¹ (x − m)
      for (let b = 0; b < r; b++) {
        let value = 0;
        for (let a = b; a < r; a++) value += inverses[(k * r + a) * r + b] * whitened[k * r + a];
        gradients[i * d + coordinates[b]] += share * value;
      }
    }
  }
}

/** Mean of τ of a law at a point with so many squares: 1 of a normal one. */
function narrowness({ freedom, coordinates: { length: r } }: Mixture, k: number, squares: number): number {
  return freedom[k] === Infinity ? 1 : (freedom[k] + r) / (freedom[k] + squares);
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

/**
 * Standard normals [n, d] in place become points of the mixture.
 * @param uniforms one per point, for the component @param more other normal numbers [n, {@link moreNormals}]
 */
export function placeInMixture(
  mixture: Mixture, d: number, normals: Float64Array, uniforms: Float64Array, more: Float64Array, n: number,
): void {
  const shares = mixture.logShares.map(Math.exp);
  const each = more.length / n;
  for (let i = 0; i < n; i++) {
    const k = componentOf(shares, uniforms[i]);
    const nu = mixture.freedom[k];
    const width = nu === Infinity ? 1 : Math.sqrt(nu / sumOfSquares(more, i * each, nu));
    placeInComponent(mixture, k, normals.subarray(i * d, (i + 1) * d), width);
  }
}

function sumOfSquares(normals: Float64Array, from: number, count: number): number {
  let sum = 0;
  for (let at = from; at < from + count; at++) sum += normals[at] * normals[at];
  return sum;
}

/** m + width · L ξ of one point, in place. */
function placeInComponent(
  { coordinates, means, factors }: Mixture, k: number, point: Float64Array, width: number,
): void {
  const r = coordinates.length;
  for (let a = r - 1; a >= 0; a--) {
    let value = 0;
    for (let b = 0; b <= a; b++) value += factors[(k * r + a) * r + b] * point[coordinates[b]];
    point[coordinates[a]] = means[k * r + a] + width * value;
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
 * What share of the density each component has, point by point, and how narrow it is there: the mean of τ.
 * @param each parts and means of τ [K], which are not to be kept
 */
export function partsAt(
  mixture: Mixture, d: number, x: Float64Array, each: (i: number, parts: Float64Array, tau: Float64Array) => void,
): void {
  const workspace = workspaceOf(mixture);
  const tau = new Float64Array(workspace.parts.length);
  for (let i = 0; i < x.length / d; i++) {
    logDensity(mixture, workspace, x, i * d);
    for (let k = 0; k < tau.length; k++) tau[k] = narrowness(mixture, k, workspace.squares[k]);
    each(i, workspace.parts, tau);
  }
}

/**
 * m + √(1 − s²) (u − m) + s L ξ / √τ with the mean and factor of a component drawn by its share at u, and τ by its law
 * there, (ν + |L⁻¹(u − m)|²) τ the sum of ν + r squares: given both, the move leaves their normal law invariant, and so
 * the mixture.
 * @param u [d] @param noise ξ [d], which gives way to the result @param draw uniform in [0, 1)
 * @param more other normal numbers [≥ r + {@link moreNormals}]
 */
export function stepInMixture(
  mixture: Mixture, u: Float64Array, noise: Float64Array, s: number, draw: number, more: Float64Array,
): void {
  const { coordinates, means, freedom } = mixture;
  const r = coordinates.length;
  const workspace = workspaceOf(mixture);
  logDensity(mixture, workspace, u, 0);
  const k = componentOf(workspace.parts, draw);
  const kept = Math.sqrt(1 - s * s);
  const width = freedom[k] === Infinity ? 1
    : Math.sqrt((freedom[k] + workspace.squares[k]) / sumOfSquares(more, 0, freedom[k] + r));
  placeInComponent(mixture, k, noise, width);
  coordinates.forEach((j, a) => {
    const mean = means[k * r + a];
    noise[j] = mean + kept * (u[j] - mean) + s * (noise[j] - mean);
  });
}

/** −log p of a batch as an array program, [n, d] → [n]. */
export function mixtureProgram(mixture: Mixture): (x: NpArray) => NpArray {
  const { coordinates, means, inverses, freedom } = mixture;
  const r = coordinates.length;
  const constant = constants(mixture);
  const count = constant.length;
  const matrices = Array.from({ length: count }, (_, k) => np.array(Array.from({ length: r }, (__, b) =>
    Array.from({ length: r }, (___, a) => inverses[(k * r + a) * r + b]))));
  return (x) => {
    const own = np.concatenate(coordinates.map((j) => x.slice([], [j, j + 1])), 1);
    const rows = matrices.map((matrix, k) => {
      const centred = own.sub(np.array([Array.from(means.subarray(k * r, (k + 1) * r))]));
      const squares = np.square(np.matmul(centred, matrix)).sum(1, { keepdims: true });
      const nu = freedom[k];
      return (nu === Infinity ? squares.mul(-0.5)
        : np.log(squares.div(nu).add(1)).mul(-0.5 * (nu + r))).add(constant[k]);
    });
    const all = np.concatenate(rows, 1);
    const most = np.max(all, 1, { keepdims: true });
    return np.log(np.exp(all.sub(most)).sum(1)).add(most.reshape([x.shape[0]])).mul(-1);
  };
}
