/** A thin sphere in ten dimensions: radius 1, width 1/50, U = (|x|² − 1)² / 8w². */
import { np, type TargetDefinition } from 'jeffreys-flow';
import { dot } from '../directions.ts';
import { lineDensity } from '../exact.ts';
import type { Limits } from '../limits.ts';
import { untold } from '../untold.ts';

export const limits: Limits = { ess: 0.3, seconds: 120 };

const [d, width] = [10, 0.02];
const radial = lineDensity((r) => (r * r - 1) ** 2 / (8 * width * width) - (d - 1) * Math.log(r), 0.5, 1.5);
/** 2 π⁵ / Γ(5) */
const surface = Math.log(2 * Math.PI ** 5 / 24);

export const known: TargetDefinition = {
  name: 'shell10',
  dimension: d,
  energy: (point) => np.square(np.square(point).sum().sub(1)).div(8 * width * width),
  logZ: surface + radial.logZ,
  observables: [
    { name: 'r', value: (x) => Math.sqrt(dot(x, x)), exact: radial.mean((r) => r) },
    { name: '(r − 1)² / w²', value: (x) => (Math.sqrt(dot(x, x)) - 1) ** 2 / width ** 2,
      exact: radial.mean((r) => (r - 1) ** 2 / width ** 2) },
    { name: 'x₁²', value: (x) => x[0] ** 2, exact: radial.mean((r) => r * r) / d },
    { name: 'x₁ > 0', value: (x) => (x[0] > 0 ? 1 : 0), exact: 0.5 },
    { name: 'x₁ x₂ x₃ > 0', value: (x) => (x[0] * x[1] * x[2] > 0 ? 1 : 0), exact: 0.5 },
  ],
};

export default untold(known);
