/**
 * Exact averages of the primitive ring polymer of N beads, Z_N = Tr T^N with T = e^(−βV/2N) K e^(−βV/2N) and the free
 * propagator K(x, y) = √(mN/2πβħ²) exp(−(mN/2βħ²)(x − y)²), diagonalised on a uniform grid.
 */
import { InputError } from '../errors.ts';
import { gaussLegendre } from './quadratureRules.ts';
import type { Axis } from './quantumGrid.ts';
import type { ProductBasis, Representation, States } from './quantumStates.ts';
import type { PositionFunction, QuantumSystem, ThermalAverages } from './quantumSystem.ts';
import { thermalAverages } from './thermalAverages.ts';

/**
 * Averages of exp(−Σ_i [(mN/2βħ²)|x_i − x_(i+1)|² + (β/N) V(x_i)]) with the prefactor (mN/2πβħ²)^(N/2) per coordinate;
 * N = 1 is classical. The kinetic energy is (m/β) ∂log Z_N/∂m, summed over coordinates, by Hellmann and Feynman: what
 * the thermodynamic and the virial estimator both have as their mean.
 * @param beads N, an integer ≥ 1
 * @throws InputError if beads is not a positive integer, and as {@link thermalAverages}
 */
export function ringPolymerAverages(
  system: QuantumSystem, functions: readonly PositionFunction[], beads: number
): ThermalAverages {
  if (!Number.isInteger(beads) || beads < 1)
    throw new InputError(`ringPolymerAverages: beads must be a positive integer, got ${beads}`);
  return thermalAverages('ringPolymerAverages', system, functions, transferMatrix(system, beads));
}

function transferMatrix({ hbar, beta }: QuantumSystem, beads: number): Representation {
  const damping = (potential: Float64Array): Float64Array =>
    potential.map((value) => Math.exp((-beta * value) / (2 * beads)));
  const propagators = (axes: readonly Axis[]): Propagator[] =>
    axes.map((axis) => freePropagator(axis, (beta * hbar ** 2) / (2 * axis.mass * beads)));
  return {
    beads,
    line(axis, potential) {
      const [{ kernel }] = propagators([axis]);
      const damped = damping(potential);
      const n = potential.length;
      return kernel.map((value, index) => value * damped[index % n] * damped[Math.floor(index / n)]);
    },
    plane: (basis, potential) => planeOperator(basis, damping(potential), propagators(basis.axes)),
    logWeight: (eigenvalue) => (eigenvalue > 0 ? beads * Math.log(eigenvalue) : -Infinity),
    kinetic: (states) =>
      (beads / beta) * massDerivative(states, damping(states.potential), propagators(states.axes), beads),
  };
}

/** Between the points of a grid, shape [n, n] each; the spacing is included. */
interface Propagator {
  readonly kernel: Float64Array;
  /** m ∂kernel/∂m. */
  readonly derivative: Float64Array;
}

/**
 * The Gaussian kernel, on a grid that resolves it. On a coarser one its projection on the waves that the grid can
 * carry, (1/π) ∫₀^π cos(θ(i − j)) exp(−sθ²) dθ with s = βħ²/2mNΔ²: then the grid need resolve the thermal wave
 * functions only, whatever N.
 * @param diffusion βħ²/2mN
 */
function freePropagator({ points, spacing }: Axis, diffusion: number): Propagator {
  const n = points.length;
  const s = diffusion / spacing ** 2;
  const kernel = new Float64Array(n);
  const derivative = new Float64Array(n);
  if (s * Math.PI ** 2 > 42) {
    for (let d = 0; d < n; d++) {
      kernel[d] = Math.exp(-(d ** 2) / (4 * s)) / Math.sqrt(4 * Math.PI * s);
      derivative[d] = kernel[d] * (0.5 - d ** 2 / (4 * s));
    }
  } else {
    // n π/4 nodes follow the fastest cosine.
    const { nodes, weights } = gaussLegendre(Math.ceil(0.8 * n) + 60, 0, Math.PI);
    nodes.forEach((theta, k) => {
      const factor = (weights[k] / Math.PI) * Math.exp(-s * theta ** 2);
      for (let d = 0; d < n; d++) {
        const term = factor * Math.cos(theta * d);
        kernel[d] += term;
        derivative[d] += term * s * theta ** 2;
      }
    });
  }
  const spread = (row: Float64Array): Float64Array =>
    Float64Array.from({ length: n * n }, (_, index) => row[Math.abs(Math.floor(index / n) - (index % n))]);
  return { kernel: spread(kernel), derivative: spread(derivative) };
}

/** a b, four rows of b at a time. @param a shape [n, m] @param b shape [m, k] @param out shape [n, k] */
function product(a: Float64Array, b: Float64Array, n: number, m: number, k: number, out: Float64Array): void {
  out.fill(0);
  const whole = m - (m % 4);
  for (let i = 0; i < n; i++) {
    const row = i * k;
    for (let j = 0; j < whole; j += 4) {
      const [f0, f1, f2, f3] = [a[i * m + j], a[i * m + j + 1], a[i * m + j + 2], a[i * m + j + 3]];
      const at = j * k;
      for (let l = 0; l < k; l++)
        out[row + l] += f0 * b[at + l] + f1 * b[at + k + l] + f2 * b[at + 2 * k + l] + f3 * b[at + 3 * k + l];
    }
    for (let j = whole; j < m; j++) {
      const factor = a[i * m + j];
      for (let l = 0; l < k; l++) out[row + l] += factor * b[j * k + l];
    }
  }
}

/** T between products of functions: each is damped, propagated along x and y, damped and projected. */
function planeOperator(
  { axes, first, second, a, b }: ProductBasis, damped: Float64Array, [px, py]: readonly Propagator[]
): Float64Array {
  const [nx, ny] = axes.map(({ points }) => points.length);
  const count = first.length / nx;
  const size = a.length;
  const operator = new Float64Array(size * size);
  const wave = new Float64Array(nx * ny);
  const moved = new Float64Array(nx * ny);
  const half = new Float64Array(count * ny);
  for (let i = 0; i < size; i++) {
    for (let x = 0; x < nx; x++)
      for (let y = 0; y < ny; y++) wave[x * ny + y] = first[a[i] * nx + x] * second[b[i] * ny + y] * damped[x * ny + y];
    product(px.kernel, wave, nx, nx, ny, moved);
    product(moved, py.kernel, nx, ny, ny, wave);
    for (let g = 0; g < wave.length; g++) wave[g] *= damped[g];
    product(first, wave, count, nx, ny, half);
    for (let j = 0; j <= i; j++) {
      let element = 0;
      for (let y = 0; y < ny; y++) element += half[a[j] * ny + y] * second[b[j] * ny + y];
      operator[i * size + j] = element;
      operator[j * size + i] = element;
    }
  }
  return operator;
}

/** (1/N) Σ_a m_a ∂log Z_N/∂m_a = Σ_j p_j ⟨j|m ∂T/∂m|j⟩ / λ_j. */
function massDerivative(
  { axes, probabilities, logWeights, wave }: States, damped: Float64Array,
  [px, py]: readonly (Propagator | undefined)[], beads: number
): number {
  const nx = axes[0].points.length;
  const ny = axes.length === 1 ? 1 : axes[1].points.length;
  const along = new Float64Array(nx * ny);
  const across = new Float64Array(nx * ny);
  const dot = (): number => along.reduce((sum, value, g) => sum + value * across[g], 0);
  let total = 0;
  probabilities.forEach((probability, j) => {
    if (px === undefined || probability < 1e-14) return;
    const psi = wave(j).map((value, g) => value * damped[g]);
    let element: number;
    product(px.derivative, psi, nx, nx, ny, along);
    if (py === undefined) {
      across.set(psi);
      element = dot();
    } else {
      // tr ψᵀ K_x' ψ K_y + tr ψᵀ K_x ψ K_y'
      product(psi, py.kernel, nx, ny, ny, across);
      element = dot();
      product(px.kernel, psi, nx, nx, ny, along);
      product(psi, py.derivative, nx, ny, ny, across);
      element += dot();
    }
    total += (probability * element) / Math.exp(logWeights[j] / beads);
  });
  return total;
}
