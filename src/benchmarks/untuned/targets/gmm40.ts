/** Forty equal round Gaussians, centres drawn from [−40, 40]², deviation log(1 + e) (FAB's mixture). Normalised. */
import { nn, np, type TargetDefinition } from 'jeffreys-flow';
import type { Limits } from '../limits.ts';
import { nearestMasses } from '../nearestMasses.ts';
import { untold } from '../untold.ts';

export const limits: Limits = { ess: 0.9, seconds: 30 };

const deviation = Math.log(1 + Math.E);

/** 2n numbers in [−40, 40) of a linear congruential generator (Numerical Recipes' constants), two to a centre. */
function drawnCentres(n: number): [number, number][] {
  let state = 20240317;
  const draw = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return 80 * (state * 2 ** -32 - 0.5);
  };
  return Array.from({ length: n }, () => [draw(), draw()]);
}

const centres = drawnCentres(40);
const masses = nearestMasses(centres, deviation);
const logWeight = -Math.log(centres.length * 2 * Math.PI * deviation * deviation);

/** Whether no centre is nearer than one of them. */
const isNearest = (k: number) => ([x, y]: Float64Array): number => {
  const own = (x - centres[k][0]) ** 2 + (y - centres[k][1]) ** 2;
  return centres.some(([a, b]) => (x - a) ** 2 + (y - b) ** 2 < own) ? 0 : 1;
};

export const known: TargetDefinition = {
  name: 'gmm40',
  dimension: 2,
  energy: (point) => {
    const exponents = np.square(point.sub(np.array(centres))).sum(1).div(-2 * deviation * deviation);
    return nn.logsumexp(exponents.add(logWeight)).neg();
  },
  logZ: 0,
  observables: centres.map((_, k) => ({ name: `mode ${k}`, value: isNearest(k), exact: masses[k] })),
};

export default untold(known);
