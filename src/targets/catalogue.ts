/** The built-in targets by name; each is loaded only when asked for, so that listing them loads no engine. */
import type { Target } from './target.ts';

export interface CatalogueEntry {
  readonly name: string;
  readonly description: string;
  readonly load: () => Promise<Target>;
}

/** In the order in which `jeffreys list` shows them. */
export const catalogue: readonly CatalogueEntry[] = [
  {
    name: 'three-well',
    description: 'double wells in x and y tilted by sin(x + 2y): four wells of unequal mass',
    load: async () => (await import('./threeWell.ts')).threeWell,
  },
  {
    name: 'himmelblau',
    description: "Himmelblau's function: four separate wells, one in each quadrant",
    load: async () => (await import('./himmelblau.ts')).himmelblau,
  },
  {
    name: 'multiple-well',
    description: 'an egg carton in a bowl: two deep wells, and shallower ones around them',
    load: async () => (await import('./multipleWell.ts')).multipleWell,
  },
  {
    name: 'annulus',
    description: 'a ring of radius 2 around a spike at the origin',
    load: async () => (await import('./annulus.ts')).annulus,
  },
  {
    name: 'periodic-well',
    description: 'eight equal wells on the torus, with a kink on their edges',
    load: async () => (await import('./periodicWell.ts')).periodicWell,
  },
  {
    name: 'gmm-3d',
    description: 'six equal Gaussians of different shapes on the three axes, far apart',
    load: async () => (await import('./gmm3d.ts')).gmm3d,
  },
  {
    name: 'rosenbrock-4d',
    description: 'a thin curved valley in four dimensions, with long tails',
    load: async () => (await import('./rosenbrock4d.ts')).rosenbrock4d,
  },
  {
    name: 'rastrigin-8d',
    description: 'an egg carton in eight dimensions, bent by a nonlinear mixing of the coordinates',
    load: async () => (await import('./rastrigin8d.ts')).rastrigin8d,
  },
  {
    name: 'solvated-16d',
    description: 'two angles with sixteen equal wells, dragging a stiff bath of fourteen coordinates',
    load: async () => (await import('./solvated16d.ts')).solvated16d,
  },
  {
    name: 'forty-modes',
    description: 'forty equal narrow Gaussians of different shapes, spread over a wide square',
    load: async () => (await import('./fortyModes.ts')).fortyModes,
  },
  {
    name: 'noisy-gmm-2d',
    description: 'four Gaussians of different weights, whose energy is seen with large waves of random sign',
    load: async () => (await import('./noisyGmm2d.ts')).noisyGmm2d,
  },
  {
    name: 'poisson-8d',
    description: 'places of four equal sources of a diffusing field, seen by 81 noisy sensors: 24 equal orders of the '
      + 'sources',
    load: async () => (await import('./poisson8d.ts')).poisson8d,
  },
  {
    name: 'quantum-double-well',
    description: 'a quantum particle in two stiff, slightly unequal wells: path-integral Monte Carlo at β = 1',
    load: async () => (await import('./quantumDoubleWell.ts')).quantumDoubleWell,
  },
  {
    name: 'quantum-tunnelling',
    description:
      'a quantum particle in two equal shallow wells: delocalised, and at low temperatures in its ground state',
    load: async () => (await import('./quantumTunnelling.ts')).quantumTunnelling,
  },
  {
    name: 'quantum-proton',
    description: 'a light quantum particle in a double well, coupled to a heavy one: two coordinates of different mass',
    load: async () => (await import('./quantumProton.ts')).quantumProton,
  },
];

/** Every built-in target, loaded. */
export const loadTargets = (): Promise<Target[]> => Promise.all(catalogue.map(({ load }) => load()));
