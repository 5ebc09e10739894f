/**
 * The hybrid Rosenbrock law (Pagani, Wiegand & Nadarajah 2022): x₁ ~ N(1, 1/2a), and four times x₂ ~ N(x₁², 1/2b),
 * x₃ ~ N(x₂², 1/2b), with a = 1/20 and b = 5: curves over curves, a third wide and a thousand long.
 */
import { np, type TargetDefinition } from 'jeffreys-flow';
import { lineDensity } from '../exact.ts';
import type { Limits } from '../limits.ts';
import { untold } from '../untold.ts';

export const limits: Limits = { ess: 0.85, seconds: 90 };

const [A, B] = [1 / 20, 5];
const first = lineDensity((x) => A * (x - 1) ** 2, -40, 42);

export const known: TargetDefinition = {
  name: 'rosenbrock9',
  dimension: 9,
  energy: (point) => {
    const [x1, x2, x3] = [point.slice([0, 1]), point.slice([1, 5]), point.slice([5, 9])];
    const about = np.square(x2.sub(np.square(x1))).sum().add(np.square(x3.sub(np.square(x2))).sum());
    return np.square(x1.sub(1)).sum().mul(A).add(about.mul(B));
  },
  logZ: first.logZ + 4 * Math.log(Math.PI / B),
  observables: [
    { name: 'x1', value: (x) => x[0], exact: 1 },
    { name: 'x1²', value: (x) => x[0] ** 2, exact: 1 + 1 / (2 * A) },
    { name: 'x1 < −3', value: (x) => (x[0] < -3 ? 1 : 0), exact: first.mean((x) => (x < -3 ? 1 : 0)) },
    { name: 'x1 > 5', value: (x) => (x[0] > 5 ? 1 : 0), exact: first.mean((x) => (x > 5 ? 1 : 0)) },
    { name: 'x2', value: (x) => x[1], exact: 1 + 1 / (2 * A) },
    { name: '(x2 − x1²)²', value: (x) => (x[4] - x[0] ** 2) ** 2, exact: 1 / (2 * B) },
    { name: '(x3 − x2²)²', value: (x) => (x[8] - x[4] ** 2) ** 2, exact: 1 / (2 * B) },
  ],
};

export default untold(known);
