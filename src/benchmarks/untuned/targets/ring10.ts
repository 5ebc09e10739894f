/**
 * A thin ring in ten dimensions: a circle of radius 1 in a plane that no coordinate follows, and a tube of width 1/50
 * around it, U = ((ρ² − 1)²/4 + |z|²) / 2w² with ρ the distance within the plane and z what is across it.
 */
import { np, type TargetDefinition } from 'jeffreys-flow';
import { dot, orthonormalRows } from '../directions.ts';
import { lineDensity } from '../exact.ts';
import type { Limits } from '../limits.ts';
import { untold } from '../untold.ts';

export const limits: Limits = { ess: 0.7, seconds: 60 };

const [d, width] = [10, 0.02];
export const plane = orthonormalRows(2, d, 10);
const radial = lineDensity((rho) => (rho * rho - 1) ** 2 / (8 * width * width) - Math.log(rho), 0.5, 1.5);

/** ρ² */
const within = (x: Float64Array): number => dot(x, plane[0]) ** 2 + dot(x, plane[1]) ** 2;
const half = ([a, b]: readonly [number, number]) => (x: Float64Array): number =>
  (a * dot(x, plane[0]) + b * dot(x, plane[1]) > 0 ? 1 : 0);

export const known: TargetDefinition = {
  name: 'ring10',
  dimension: d,
  energy: (point) => {
    const rho2 = np.square(np.matmul(np.array(plane), point)).sum();
    const across2 = np.square(point).sum().sub(rho2);
    return np.square(rho2.sub(1)).div(4).add(across2).div(2 * width * width);
  },
  logZ: Math.log(2 * Math.PI) + radial.logZ + 0.5 * (d - 2) * Math.log(2 * Math.PI * width * width),
  observables: [
    { name: 'ρ', value: (x) => Math.sqrt(within(x)), exact: radial.mean((rho) => rho) },
    { name: '(ρ − 1)² / w²', value: (x) => (Math.sqrt(within(x)) - 1) ** 2 / width ** 2,
      exact: radial.mean((rho) => (rho - 1) ** 2 / width ** 2) },
    { name: '|z|² / 8w²', value: (x) => (dot(x, x) - within(x)) / (8 * width * width), exact: 1 },
    { name: 'right', value: half([1, 0]), exact: 0.5 },
    { name: 'upper', value: half([0, 1]), exact: 0.5 },
    { name: 'sector', value: (x) => half([1, 0])(x) * half([-0.6, 0.8])(x), exact: Math.atan2(4, 3) / (2 * Math.PI) },
  ],
};

export default untold(known);
