/** The grid that a quantum particle needs: it is settled by solving reference problems on it. */
import { InputError } from '../errors.ts';
import { evaluate, makeAxis, references, refine, type Axis } from './quantumGrid.ts';
import { densityOf, lineStates, logSum, type Representation } from './quantumStates.ts';
import type { QuantumSystem } from './quantumSystem.ts';

/** Densities at the edge of the grid, relative to the highest, that are as good as none. */
const negligibleDensity = 1e-14;
/** Points on an axis, of one and of two. */
export const mostPoints = [450, 150];

/**
 * A grid that holds the density of each coordinate, neither cut off nor wider than needed, and fine enough for the
 * reference problems.
 */
export function settle(name: string, system: QuantumSystem, representation: Representation): Axis[] {
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
      const fractions = leaks.map((ends) => ends.map((edge) => (edge > 1e-5 ? 0.25 : 0)));
      axes = axes.map((axis, c) => widen(name, system, axis, c, fractions[c], false));
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
