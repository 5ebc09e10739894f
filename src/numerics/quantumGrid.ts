/** Uniform grids for a quantum particle, the potential on them, and the reference problem of each coordinate. */
import { InputError } from '../errors.ts';
import type { QuantumSystem } from './quantumSystem.ts';

/** A uniform grid on one coordinate. */
export interface Axis {
  readonly points: Float64Array;
  readonly spacing: number;
  readonly mass: number;
}

export function makeAxis(low: number, high: number, n: number, mass: number): Axis {
  const spacing = (high - low) / (n - 1);
  return { points: Float64Array.from({ length: n }, (_, i) => low + i * spacing), spacing, mass };
}

export function refine(axis: Axis, factor: number, most: number): Axis {
  const { points, mass } = axis;
  return makeAxis(points[0], points[points.length - 1], Math.min(Math.ceil(factor * points.length), most), mass);
}

/** The point of the grid with this index. @param q written, shape [p] */
export function position(axes: readonly Axis[], index: number, q: Float64Array): void {
  for (let c = axes.length - 1; c >= 0; c--) {
    const n = axes[c].points.length;
    q[c] = axes[c].points[index % n];
    index = Math.floor(index / n);
  }
}

/** A potential on a grid, less its minimum. */
export interface GridPotential {
  readonly values: Float64Array;
  readonly minimum: number;
}

/**
 * V on the grid. It is cut off at ten times the kinetic energy that the grid can carry and 100 kT, where every state
 * has long died away, and the cut moves up as the grid is refined.
 */
export function evaluate(
  name: string, { hbar, beta, box, potential }: QuantumSystem, axes: readonly Axis[]
): GridPotential {
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

/** The free energy of each coordinate, −(1/β) log ∫ exp(−βV) over the other: smooth where the least V has kinks. */
export function references(beta: number, axes: readonly Axis[], values: Float64Array): GridPotential[] {
  if (axes.length === 1) return [{ values, minimum: 0 }];
  const [nx, ny] = axes.map(({ points }) => points.length);
  const along = (n: number, m: number, spacing: number, at: (i: number, j: number) => number): GridPotential => {
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
