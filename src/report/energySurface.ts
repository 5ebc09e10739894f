/** The energy of a target in the plane as reports draw it. */
import { compileEnergy } from '../targets/compile.ts';
import type { Target } from '../targets/target.ts';
import type { Surface } from './figures/surface.ts';

/** Cells of the grid along either axis. */
export const SURFACE_CELLS = 200;

const axisOf = ({ low, high }: { low: number; high: number }): number[] =>
  Array.from({ length: SURFACE_CELLS }, (_, i) => low + ((i + 0.5) / SURFACE_CELLS) * (high - low));

/** At the centres of a grid over the target's box. @param target of two coordinates, with an energy */
export function surfaceOf(target: Target): Surface {
  const [x, y] = target.domain.map(axisOf);
  const points = new Float64Array(SURFACE_CELLS * SURFACE_CELLS * 2);
  y.forEach((b, j) => x.forEach((a, i) => points.set([a, b], 2 * (j * SURFACE_CELLS + i))));
  const energy = new Float64Array(SURFACE_CELLS * SURFACE_CELLS);
  compileEnergy(target).energies(points, energy.length, energy);
  return { x, y, energy };
}
