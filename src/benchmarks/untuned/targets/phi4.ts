/**
 * φ⁴ on a periodic lattice of 8 × 8 in its broken phase: U = Σ (5.4 φ⁴ − 2 φ φ_right − 2 φ φ_below). No log Z is known;
 * exact are the two phases' masses, by symmetry, and ⟨f · ∇U⟩ = ⟨div f⟩ for fields f that do not decay too slowly.
 */
import { np, type TargetDefinition } from 'jeffreys-flow';
import type { Limits } from '../limits.ts';
import { untold } from '../untold.ts';

export const limits: Limits = { ess: 0.7, seconds: 240 };

const SIDE = 8;
const QUARTIC = 5.4;
const sites = SIDE * SIDE;

const magnetisation = (x: Float64Array): number => x.reduce((sum, phi) => sum + phi, 0) / sites;

/** x · ∇U: twice the neighbours' terms and four times the quartic one. */
function virial(x: Float64Array): number {
  return x.reduce((sum, phi, i) => {
    const [row, column] = [Math.floor(i / SIDE), i % SIDE];
    const [right, below] = [x[row * SIDE + (column + 1) % SIDE], x[((row + 1) % SIDE) * SIDE + column]];
    return sum + 4 * QUARTIC * phi ** 4 - 4 * phi * (right + below);
  }, 0);
}

/** The same slope in all sites: Σ ∂U, of which every site's neighbours make −8 φ. */
const slope = (x: Float64Array): number => x.reduce((sum, phi) => sum + 4 * QUARTIC * phi ** 3 - 8 * phi, 0);

export const known: TargetDefinition = {
  name: 'phi4',
  dimension: sites,
  energy: (point) => {
    const field = point.reshape([SIDE, SIDE]);
    const below = np.concatenate([field.slice([1, SIDE]), field.slice([0, 1])], 0);
    const right = np.concatenate([field.slice([], [1, SIDE]), field.slice([], [0, 1])], 1);
    return np.square(np.square(field)).mul(QUARTIC).sub(field.mul(below.add(right)).mul(2)).sum();
  },
  observables: [
    { name: 'phase +', value: (x) => (magnetisation(x) > 0 ? 1 : 0), exact: 0.5 },
    { name: 'M', value: magnetisation, exact: 0 },
    { name: 'M²', value: (x) => magnetisation(x) ** 2 },
    { name: 'φ²', value: (x) => x.reduce((sum, phi) => sum + phi * phi, 0) / sites },
    { name: 'x · ∇U / d', value: (x) => virial(x) / sites, exact: 1 },
    { name: 'M Σ∂U', value: (x) => magnetisation(x) * slope(x), exact: 1 },
  ],
};

export default untold(known);
