/**
 * Thermal averages of H = Σ_a p_a² / 2m_a + V(q) in one or two dimensions by dense diagonalisation: what the
 * representations
 * (sinc DVR in the quantum limit, transfer matrix at finite N) share. A representation turns the potential on a uniform
 * grid into
 * a symmetric operator; here are the grid, in two dimensions the contracted product basis, and the sums over states.
 * They are one file,
 * since the grid is settled by solving on it: grid, states and densities call each other.
 */
import { InputError } from '../errors.ts';
import { integerPower } from './power.ts';
import { symmetricEigen } from './symmetricEigen.ts';

export interface QuantumSystem {
  /** One per coordinate, p = 1 or 2 of them, > 0. */
  readonly masses: readonly number[];
  readonly hbar: number;
  readonly beta: number;
  /** Per coordinate: where the particle is found classically; wave functions may leak out of it. */
  readonly box: readonly (readonly [number, number])[];
  /** Writes V of n points. @param q shape [n, p] @param values shape [n] */
  readonly potential: (q: Float64Array, n: number, values: Float64Array) => void;
  /**
   * How far log Z may still change from one grid or basis to the next, relative to max(1, |log Z|); default 1e-10, and
   * 2e-8 in two dimensions.
   */
  readonly accuracy?: number;
}

/**
 * Of one position, shape [p]. Smooth ones converge like log Z; one that jumps is good to the spacing of the grid only.
 */
export type PositionFunction = (q: Float64Array) => number;

export interface ThermalAverages {
  readonly logZ: number;
  /** ⟨f⟩ of the functions asked for. */
  readonly functions: number[];
  readonly potential: number;
  readonly kinetic: number;
  readonly energy: number;
  /** ⟨|x_i − x̄|²⟩ of the ring polymer, summed over coordinates. */
  readonly gyration: number;
  /** Per coordinate the marginal density of position, with ∫ = 1, on a uniform grid. */
  readonly density: readonly { readonly points: Float64Array; readonly values: Float64Array }[];
  /**
   * How much log Z changed between the last two grids or bases: an estimate, mostly from above, of the error of log Z.
   */
  readonly error: number;
  /**
   * The lowest energy levels, ascending, at most 12; with N beads −(N/β) log λ_j of the transfer matrix. Good where
   * they weigh, up to about 25 kT.
   */
  readonly levels: Float64Array;
}

/** A uniform grid on one coordinate. */
export interface Axis {
  readonly points: Float64Array;
  readonly spacing: number;
  readonly mass: number;
}

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

/** Densities at the edge of the grid, relative to the highest, that are as good as none. */
const negligibleDensity = 1e-14;
/** Weights, relative to the whole, of states left out of sums. */
const negligibleWeight = 1e-17;
const mostPoints = [450, 150];
const basisSizes = [100, 180, 300, 450, 640];

/**
 * Thermal averages in a representation: the grid is refined, in two dimensions with the basis, until log Z stands
 * still.
 * @throws InputError if p is not 1 or 2, a parameter is not positive, V is not finite in the box, or V does not confine
 */
export function thermalAverages(
  name: string, system: QuantumSystem, functions: readonly PositionFunction[], representation: Representation
): ThermalAverages {
  const p = validate(name, system);
  const settled = settle(name, system, representation);
  const stages = p === 1 ? 8 : basisSizes.length;
  const tolerance = system.accuracy ?? (p === 1 ? 1e-10 : 2e-8);
  let error = Infinity;
  let logZ = NaN;
  let solved: { states: States; minimum: number } | undefined;
  for (let stage = 0; stage < stages; stage++) {
    const axes = settled.map((axis) => refine(axis, integerPower(p === 1 ? 1.25 : 1.08, stage), 2 * mostPoints[p - 1]));
    const { values, minimum } = evaluate(name, system, axes);
    const states = p === 1 ? lineStates(axes, values, representation)
      : planeStates(system.beta, axes, values, basisSizes[stage], representation);
    const next = logSum(states.logWeights) - system.beta * minimum;
    if (stage > 0) error = Math.abs(next - logZ);
    logZ = next;
    solved = { states, minimum };
    if (error <= tolerance * Math.max(1, Math.abs(logZ))) break;
  }
  if (solved === undefined) throw new Error('no stage');
  return { ...sums(name, system.beta, solved.states, solved.minimum, functions, representation), logZ, error };
}

function validate(name: string, { masses, hbar, beta, box }: QuantumSystem): number {
  const p = masses.length;
  if (p !== 1 && p !== 2) throw new InputError(`${name}: dense diagonalisation takes 1 or 2 coordinates, got ${p}`);
  if (box.length !== p) throw new InputError(`${name}: box must have ${p} intervals, one per mass, got ${box.length}`);
  for (const value of [...masses, hbar, beta])
    if (!(value > 0 && value < Infinity))
      throw new InputError(`${name}: masses, hbar and beta must be > 0, got ${value}`);
  for (const [low, high] of box)
    if (!(high > low && high - low < Infinity))
      throw new InputError(`${name}: an interval of the box must ascend, got [${low}, ${high}]`);
  return p;
}

function makeAxis(low: number, high: number, n: number, mass: number): Axis {
  const spacing = (high - low) / (n - 1);
  return { points: Float64Array.from({ length: n }, (_, i) => low + i * spacing), spacing, mass };
}

function refine(axis: Axis, factor: number, most: number): Axis {
  const { points, mass } = axis;
  return makeAxis(points[0], points[points.length - 1], Math.min(Math.ceil(factor * points.length), most), mass);
}

/** The point of the grid with this index. @param q written, shape [p] */
function position(axes: readonly Axis[], index: number, q: Float64Array): void {
  for (let c = axes.length - 1; c >= 0; c--) {
    const n = axes[c].points.length;
    q[c] = axes[c].points[index % n];
    index = Math.floor(index / n);
  }
}

/**
 * V on the grid less its minimum. It is cut off at ten times the kinetic energy that the grid can carry and 100 kT,
 * where every
 * state has long died away, and the cut moves up as the grid is refined.
 */
function evaluate(name: string, { hbar, beta, box, potential }: QuantumSystem, axes: readonly Axis[]): {
  values: Float64Array; minimum: number
} {
  const total = axes.reduce((product, { points }) => product * points.length, 1);
  const p = axes.length;
  const points = new Float64Array(total * p);
  for (let g = 0; g < total; g++) position(axes, g, points.subarray(g * p, (g + 1) * p));
  const values = new Float64Array(total);
  potential(points, total, values);
  let minimum = Infinity;
  for (let g = 0; g < total; g++) {
    if (!Number.isFinite(values[g])) {
      const q = points.subarray(g * p, (g + 1) * p);
      if (values[g] !== Infinity || box.every(([low, high], c) => q[c] >= low && q[c] <= high))
        throw new InputError(`${name}: the potential is ${values[g]} at (${q.join(', ')})`);
    }
    minimum = Math.min(minimum, values[g]);
  }
  const ceiling =
    axes.reduce((sum, { spacing, mass }) => sum + (10 * (Math.PI * hbar) ** 2) / (2 * mass * spacing ** 2), 100 / beta);
  for (let g = 0; g < total; g++) values[g] = Math.min(values[g] - minimum, ceiling);
  return { values, minimum };
}

/** A potential for one coordinate, less its minimum. */
interface Reference {
  readonly values: Float64Array;
  readonly minimum: number;
}

/** The free energy of each coordinate, −(1/β) log ∫ exp(−βV) over the other: smooth where the least V has kinks. */
function references(beta: number, axes: readonly Axis[], values: Float64Array): Reference[] {
  if (axes.length === 1) return [{ values, minimum: 0 }];
  const [nx, ny] = axes.map(({ points }) => points.length);
  const along = (n: number, m: number, spacing: number, at: (i: number, j: number) => number): Reference => {
    const free = new Float64Array(n);
    for (let i = 0; i < n; i++) {
      let low = Infinity;
      for (let j = 0; j < m; j++) low = Math.min(low, values[at(i, j)]);
      let sum = 0;
      for (let j = 0; j < m; j++) sum += Math.exp(-beta * (values[at(i, j)] - low));
      free[i] = low - Math.log(sum * spacing) / beta;
    }
    const minimum = free.reduce((a, b) => Math.min(a, b));
    return { values: free.map((value) => value - minimum), minimum };
  };
  return [along(nx, ny, axes[1].spacing, (i, j) => i * ny + j), along(ny, nx, axes[0].spacing, (j, i) => i * ny + j)];
}

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

const logSum = (falling: Float64Array): number =>
  falling[0] + Math.log(falling.reduce((sum, value) => sum + Math.exp(value - falling[0]), 0));

function probabilitiesOf(logWeights: Float64Array): Float64Array {
  const logZ = logSum(logWeights);
  return logWeights.map((value) => Math.exp(value - logZ)).filter((probability) => probability > negligibleWeight);
}

/**
 * A grid that holds the density of each coordinate, neither cut off nor wider than needed, and fine enough for the
 * reference problems.
 */
function settle(name: string, system: QuantumSystem, representation: Representation): Axis[] {
  const p = system.masses.length;
  const most = mostPoints[p - 1];
  let axes = system.box.map(([low, high], c) => makeAxis(low, high, p === 1 ? 48 : 32, system.masses[c]));
  for (let next: ReferenceLine[] | undefined; ; ) {
    const lines: ReferenceLine[] = next ?? referenceLines(name, system, axes, representation);
    next = undefined;
    const leaks = lines.map(({ density }) => edges(density));
    const worst = leaks.map((edge) => Math.max(...edge));
    // While walls squeeze the particle the spacing that it will need is unknown; later the spacing is kept.
    if (worst.some((edge) => edge > 1e-5)) {
      axes =
        axes.map((axis, c) => widen(name, system, axis, c, leaks[c].map((edge) => (edge > 1e-5 ? 0.25 : 0)), false));
      continue;
    }
    const finer = axes.map((axis) => refine(axis, 1.3, most));
    const fine = referenceLines(name, system, finer, representation);
    const resolved = axes.map(({ points }, c) => {
      const tolerance = Math.max((p === 1 ? 1e-9 : 1e-6) * Math.max(1, Math.abs(fine[c].logZ)), 10 * worst[c]);
      return points.length >= most || Math.abs(fine[c].logZ - lines[c].logZ) < tolerance;
    });
    if (!resolved.includes(true)) [axes, next] = [finer, fine];
    else if (resolved.includes(false)) axes = axes.map((axis, c) => (resolved[c] ? axis : finer[c]));
    else if (worst.some((edge) => edge > negligibleDensity)) axes = axes.map(
      (axis, c) => widen(name, system, axis, c, leaks[c].map((edge) => (edge > negligibleDensity ? 0.12 : 0)), true)
    );
    else return axes.map((axis, c) => trim(axis, lines[c].density));
  }
}

/**
 * The axis made longer at either end by a fraction of its length, with its spacing kept or else its number of points.
 */
function widen(
  name: string, { box }: QuantumSystem, { points, spacing, mass }: Axis, coordinate: number,
  fractions: readonly number[], keepSpacing: boolean
): Axis {
  const n = points.length;
  const [before, after] = fractions.map((fraction) => Math.ceil(fraction * n));
  const low = points[0] - before * spacing;
  const high = points[n - 1] + after * spacing;
  const [first, last] = box[coordinate];
  if (high - low > 100 * (last - first)) throw new InputError(
    `${name}: the potential does not confine coordinate ${coordinate}; its density has not fallen off at a `
      + 'hundred times its box'
  );
  return makeAxis(low, high, keepSpacing ? n + before + after : n, mass);
}

/** The part of an axis where the density is not negligible. */
function trim({ points, mass }: Axis, density: Float64Array): Axis {
  const negligible = negligibleDensity * greatest(density);
  const first = Math.max(0, density.findIndex((value) => value > negligible) - 1);
  const last = Math.min(points.length - 1, density.findLastIndex((value) => value > negligible) + 1);
  return makeAxis(points[first], points[last], last - first + 1, mass);
}

const greatest = (values: Float64Array): number => values.reduce((a, b) => Math.max(a, b));

/**
 * The highest density in a margin at either end, where a wall just outside does not press it down; relative to the
 * highest of all.
 */
function edges(density: Float64Array): [number, number] {
  const margin = Math.ceil(0.08 * density.length);
  return [
    greatest(density.subarray(0, margin)) / greatest(density),
    greatest(density.subarray(density.length - margin)) / greatest(density)
  ];
}

interface ReferenceLine {
  readonly logZ: number;
  readonly density: Float64Array;
}

/** The reference problems of the coordinates, solved. */
function referenceLines(
  name: string, system: QuantumSystem, axes: readonly Axis[], representation: Representation
): ReferenceLine[] {
  const { values, minimum } = evaluate(name, system, axes);
  return references(system.beta, axes, values).map((reference, c) => {
    const states = lineStates([axes[c]], reference.values, representation);
    return {
      logZ: logSum(states.logWeights) - system.beta * (minimum + reference.minimum), density: densityOf(states)
    };
  });
}

function lineStates(axes: readonly Axis[], potential: Float64Array, representation: Representation): States {
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

function planeStates(
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
function densityOf({ probabilities, potential, wave }: States): Float64Array {
  const density = new Float64Array(potential.length);
  probabilities.forEach((probability, j) => {
    const psi = wave(j);
    for (let g = 0; g < density.length; g++) density[g] += probability * psi[g] ** 2;
  });
  return density;
}

function sums(
  name: string, beta: number, states: States, minimum: number, functions: readonly PositionFunction[],
  representation: Representation
): Omit<ThermalAverages, 'logZ' | 'error'> {
  const { axes, potential, logWeights } = states;
  const density = densityOf(states);
  const means = new Float64Array(functions.length);
  const marginals = axes.map(({ points }) => new Float64Array(points.length));
  const q = new Float64Array(axes.length);
  let meanPotential = 0;
  for (let g = 0; g < density.length; g++) {
    position(axes, g, q);
    functions.forEach((f, k) => (means[k] += density[g] * f(q)));
    meanPotential += density[g] * potential[g];
    let index = g;
    for (let c = axes.length - 1; c >= 0; c--) {
      const n = marginals[c].length;
      marginals[c][index % n] += density[g] / axes[c].spacing;
      index = Math.floor(index / n);
    }
  }
  const bad = means.findIndex((mean) => !Number.isFinite(mean));
  if (bad >= 0)
    throw new InputError(`${name}: the mean of function ${bad} is ${means[bad]}; it must be finite on the whole grid`);
  const kinetic = representation.kinetic(states, meanPotential);
  const mean = meanPotential + minimum;
  return {
    functions: Array.from(means),
    potential: mean,
    kinetic,
    energy: mean + kinetic,
    gyration: axes.reduce((sum, _, c) => sum + gyration(states, c, representation.beads), 0),
    density: axes.map(({ points }, c) => ({ points, values: marginals[c] })),
    // A level of the transfer matrix that has sunk into the rounding of the greatest eigenvalue is none.
    levels: logWeights.slice(0, 12).filter(
      (value) => representation.beads === Infinity || value - logWeights[0] > representation.beads * Math.log(1e-12)
    ).map((value) => minimum - value / beta),
  };
}

/**
 * ⟨x²⟩ − ⟨x̄²⟩ of one coordinate, as one sum over pairs of states: ⟨x̄²⟩ = (1/NZ) Σ_k Tr T^k x T^(N−k) x, a geometric
 * series for each
 * pair, and at N = ∞ the Kubo transform (1/Z) Σ_jl |x_jl|² (e^(−βE_l) − e^(−βE_j)) / β(E_j − E_l). Pairs j = l drop
 * out.
 */
function gyration({ logWeights, probabilities, positions }: States, coordinate: number, beads: number): number {
  const x = positions(coordinate);
  const n = logWeights.length;
  let sum = 0;
  for (let j = 0; j < probabilities.length; j++) {
    for (let l = j + 1; l < n; l++) {
      const gap = logWeights[l] - logWeights[j];
      sum += 2 * x[j * n + l] ** 2 * probabilities[j] * ((1 + Math.exp(gap)) / 2 - correlation(gap, beads));
    }
  }
  return sum;
}

/** (1/N) Σ_k r^k over k = 0 … N with halved ends, r = exp(gap/N); its limit ∫₀¹ exp(gap u) du. @param gap ≤ 0 */
function correlation(gap: number, beads: number): number {
  if (gap === 0) return 1;
  if (beads === Infinity) return Math.expm1(gap) / gap;
  const step = gap / beads;
  return ((1 + Math.exp(step)) / 2) * (Math.expm1(gap) / (beads * Math.expm1(step)));
}
