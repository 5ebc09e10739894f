/** Two round wells in the plane, thirty deviations apart, the farther one from the origin with 70 % of the mass. */
import { nn, np, type TargetDefinition } from 'jeffreys-flow';
import type { Limits } from '../limits.ts';
import { untold } from '../untold.ts';

export const limits: Limits = { ess: 0.9, seconds: 120, planted: true };

const centres = [[1, -1], [25, 17]];
const masses = [0.3, 0.7];

export const known: TargetDefinition = {
  name: 'farwells2',
  dimension: 2,
  energy: (point) => {
    const exponents = np.square(point.sub(np.array(centres))).sum(1).div(-2);
    return nn.logsumexp(exponents.add(np.array(masses.map((mass) => Math.log(mass / (2 * Math.PI)))))).neg();
  },
  logZ: 0,
  // Of the wells no observable knows.
  observables: [0, 1].map((j) => ({
    name: `x${j + 1}`, value: (x) => x[j], exact: masses[0] * centres[0][j] + masses[1] * centres[1][j],
  })),
};

export default untold(known);
