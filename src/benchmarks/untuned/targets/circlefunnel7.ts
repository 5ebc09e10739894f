/** A circle with two unequal wells, and a funnel: φ on (−π, π), v ~ N(0, 9), five coordinates N(0, e^v). */
import { np, type TargetDefinition } from 'jeffreys-flow';
import { lineDensity } from '../exact.ts';
import type { Limits } from '../limits.ts';
import { untold } from '../untold.ts';

export const limits: Limits = { ess: 0.85, seconds: 90 };

const circle = lineDensity((phi) => -3 * Math.cos(2 * phi - 1.4) - 0.5 * Math.cos(phi), -Math.PI, Math.PI);

export const known: TargetDefinition = {
  name: 'circlefunnel7',
  dimension: 7,
  torus: { 0: [-Math.PI, Math.PI] },
  energy: (point) => {
    const [phi, v, x] = [point.slice(0), point.slice(1), point.slice([2, 7])];
    const turning = np.cos(phi.mul(2).sub(1.4)).mul(-3).sub(np.cos(phi).div(2));
    const funnel = np.square(v).div(18).add(np.square(x).sum().mul(np.exp(v.neg())).div(2)).add(v.mul(2.5));
    return turning.add(funnel).add(3 * Math.log(2 * Math.PI) + Math.log(3));
  },
  logZ: circle.logZ,
  observables: [
    { name: 'cos φ', value: (x) => Math.cos(x[0]), exact: circle.mean(Math.cos) },
    { name: 'sin φ', value: (x) => Math.sin(x[0]), exact: circle.mean(Math.sin) },
    { name: 'cos 2φ', value: (x) => Math.cos(2 * x[0]), exact: circle.mean((phi) => Math.cos(2 * phi)) },
    { name: 'v', value: (x) => x[1], exact: 0 },
    { name: 'v²', value: (x) => x[1] ** 2, exact: 9 },
    { name: 'v < −3', value: (x) => (x[1] < -3 ? 1 : 0), exact: 0.15865525393145705 },
    { name: 'v cos φ', value: (x) => x[1] * Math.cos(x[0]), exact: 0 },
  ],
};

export default untold(known);
