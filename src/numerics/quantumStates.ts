/** States of a quantum particle on a grid by dense diagonalisation, in two dimensions in a contracted product basis. */
import { references, type Axis } from './quantumGrid.ts';
import { symmetricEigen } from './symmetricEigen.ts';

/** Products φ_a(x) χ_b(y) of functions that are orthonormal on their axes: Σ_g φ_a φ_a' = δ. */
export interface ProductBasis {
  readonly axes: readonly Axis[];
  /** Of x, shape [count, points of x]. */
  readonly first: Float64Array;
  /** Of y, shape [count, points of y]. */
  readonly second: Float64Array;
  /** a and b of each product, shape [size] each. */
  readonly a: Int32Array;
  readonly b: Int32Array;
}

/** Solved states, in order of falling weight. */
export interface States {
  readonly axes: readonly Axis[];
  /** V less its minimum on the grid, last coordinate fastest. */
  readonly potential: Float64Array;
  /** N log λ_j or −β E_j, for that potential. */
  readonly logWeights: Float64Array;
  /** Normalised weights of the first states; the rest would not be noticed. */
  readonly probabilities: Float64Array;
  /** State j on the grid, Σ_g ψ² = 1; overwritten by the next call. */
  readonly wave: (j: number) => Float64Array;
  /** ⟨j|q_c|l⟩ for j of probabilities and every l, shape [probabilities, states]. */
  readonly positions: (coordinate: number) => Float64Array;
}

/** What a representation has to say; potentials are V less its minimum, shape of the grid. */
export interface Representation {
  /** N; Infinity in the quantum limit. */
  readonly beads: number;
  /** The operator on the grid of one coordinate, symmetric, shape [n, n]. */
  readonly line: (axis: Axis, potential: Float64Array) => Float64Array;
  /** The operator between the functions of a basis, symmetric, shape [size, size]. */
  readonly plane: (basis: ProductBasis, potential: Float64Array) => Float64Array;
  /** log of the weight that an eigenvalue of the operator gives its state. */
  readonly logWeight: (eigenvalue: number) => number;
  readonly kinetic: (states: States, meanPotential: number) => number;
}

/** Weights, relative to the whole, of states left out of sums. */
const negligibleWeight = 1e-17;

interface Spectrum {
  /** Falling, shape [n]. */
  readonly logWeights: Float64Array;
  /** Row j is state j, shape [n, n]. */
  readonly vectors: Float64Array;
}

function diagonalise(operator: Float64Array, n: number, logWeight: (eigenvalue: number) => number): Spectrum {
  const { values, vectors } = symmetricEigen(operator, n);
  const logWeights = values.map(logWeight);
  if (logWeights[0] >= logWeights[n - 1]) return { logWeights, vectors };
  const reversed = new Float64Array(n * n);
  for (let j = 0; j < n; j++) reversed.set(vectors.subarray((n - 1 - j) * n, (n - j) * n), j * n);
  return { logWeights: logWeights.reverse(), vectors: reversed };
}

export const logSum = (falling: Float64Array): number =>
  falling[0] + Math.log(falling.reduce((sum, value) => sum + Math.exp(value - falling[0]), 0));

function probabilitiesOf(logWeights: Float64Array): Float64Array {
  const logZ = logSum(logWeights);
  return logWeights.map((value) => Math.exp(value - logZ)).filter((probability) => probability > negligibleWeight);
}

export function lineStates(axes: readonly Axis[], potential: Float64Array, representation: Representation): States {
  const { points } = axes[0];
  const n = points.length;
  const { logWeights, vectors } = diagonalise(representation.line(axes[0], potential), n, representation.logWeight);
  const probabilities = probabilitiesOf(logWeights);
  return {
    axes,
    potential,
    logWeights,
    probabilities,
    wave: (j) => vectors.subarray(j * n, (j + 1) * n),
    positions: () => {
      const moved = Float64Array.from({ length: probabilities.length * n }, (_, i) => vectors[i] * points[i % n]);
      return timesTransposed(moved, vectors, n);
    },
  };
}

export function planeStates(
  beta: number, axes: readonly Axis[], potential: Float64Array, size: number, representation: Representation
): States {
  const basis = productBasis(beta, axes, potential, size, representation);
  const { first, second, a, b } = basis;
  const m = a.length;
  const [nx, ny] = axes.map(({ points }) => points.length);
  const { logWeights, vectors } = diagonalise(representation.plane(basis, potential), m, representation.logWeight);
  const probabilities = probabilitiesOf(logWeights);
  const counts = [first.length / nx, second.length / ny];
  const half = new Float64Array(counts[1] * nx);
  const grid = new Float64Array(nx * ny);
  return {
    axes,
    potential,
    logWeights,
    probabilities,
    wave: (j) => {
      half.fill(0);
      for (let i = 0; i < m; i++) {
        const coefficient = vectors[j * m + i];
        for (let x = 0; x < nx; x++) half[b[i] * nx + x] += coefficient * first[a[i] * nx + x];
      }
      grid.fill(0);
      for (let k = 0; k < counts[1]; k++) {
        for (let x = 0; x < nx; x++) {
          const factor = half[k * nx + x];
          for (let y = 0; y < ny; y++) grid[x * ny + y] += factor * second[k * ny + y];
        }
      }
      return grid;
    },
    positions: (c) => {
      const [functions, mine, other] = c === 0 ? [first, a, b] : [second, b, a];
      const { points } = axes[c];
      const n = points.length;
      const matrix = timesTransposed(functions.map((value, i) => value * points[i % n]), functions, n);
      // ⟨l|q|i⟩ for each function i of the basis: only products that share the other factor are joined.
      const moved = new Float64Array(probabilities.length * m);
      for (let i = 0; i < m; i++) {
        for (let k = 0; k < m; k++) {
          if (other[i] !== other[k]) continue;
          const element = matrix[mine[i] * counts[c] + mine[k]];
          for (let l = 0; l < probabilities.length; l++) moved[l * m + i] += vectors[l * m + k] * element;
        }
      }
      return timesTransposed(moved, vectors, m);
    },
  };
}

/** The products of greatest weight of the states of the two reference problems. */
function productBasis(
  beta: number, axes: readonly Axis[], potential: Float64Array, size: number, representation: Representation
): ProductBasis {
  const [x, y] = references(beta, axes, potential).map((reference, c) => {
    const n = axes[c].points.length;
    return { n, ...diagonalise(representation.line(axes[c], reference.values), n, representation.logWeight) };
  });
  const products: { i: number; j: number; logWeight: number }[] = [];
  for (let i = 0; i < x.n; i++)
    for (let j = 0; j < y.n; j++) products.push({ i, j, logWeight: x.logWeights[i] + y.logWeights[j] });
  products.sort((one, other) => (
    one.logWeight === other.logWeight ? one.i + one.j - other.i - other.j : other.logWeight - one.logWeight
  ));
  const kept = products.slice(0, size);
  const count = (indices: number[]): number => 1 + indices.reduce((most, index) => Math.max(most, index), 0);
  return {
    axes,
    first: x.vectors.slice(0, count(kept.map(({ i }) => i)) * x.n),
    second: y.vectors.slice(0, count(kept.map(({ j }) => j)) * y.n),
    a: Int32Array.from(kept, ({ i }) => i),
    b: Int32Array.from(kept, ({ j }) => j),
  };
}

/** a bᵀ. @param a shape [m, k] @param b shape [n, k] @returns shape [m, n] */
export function timesTransposed(a: Float64Array, b: Float64Array, k: number): Float64Array {
  const [m, n] = [a.length / k, b.length / k];
  const product = new Float64Array(m * n);
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      let sum = 0;
      for (let l = 0; l < k; l++) sum += a[i * k + l] * b[j * k + l];
      product[i * n + j] = sum;
    }
  }
  return product;
}

/** The probability of each point of the grid, Σ = 1. */
export function densityOf({ probabilities, potential, wave }: States): Float64Array {
  const density = new Float64Array(potential.length);
  probabilities.forEach((probability, j) => {
    const psi = wave(j);
    for (let g = 0; g < density.length; g++) density[g] += probability * psi[g] ** 2;
  });
  return density;
}
