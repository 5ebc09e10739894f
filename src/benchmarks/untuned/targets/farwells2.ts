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
  // The border, half way, is fifteen deviations from either centre.
  observables: [{ name: 'far', value: (x) => (24 * (x[0] - 13) + 18 * (x[1] - 8) > 0 ? 1 : 0), exact: masses[1] }],
};

export default untold(known);
