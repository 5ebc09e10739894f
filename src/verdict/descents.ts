/** Descents from dispersed starts: local minima of an energy, wherever in the box they are. */
import { atOnce, type Steps } from '../pausing.ts';
import type { EnergyEvaluator } from '../targets/energyEvaluator.ts';
import type { Coordinate, Domain } from '../targets/domain.ts';

/** First, largest and smallest step of a coordinate, in widths of its box. */
const FIRST_STEP = 0.02;
const LARGEST_STEP = 0.1;
const SMALLEST_STEP = 1e-7;
const GROW = 1.2;
const SHRINK = 0.5;

export interface Lowest {
  /** [n, d] */
  readonly points: Float64Array;
  /** [n] */
  readonly energies: Float64Array;
}

const clamped = ({ kind, low, high }: Coordinate, x: number): number => {
  if (kind === 'torus') return x;
  // Mass may lie a little beyond a box, but not beyond a wall.
  const slack = kind === 'real' ? high - low : 0;
  return Math.min(high + slack, Math.max(low - slack, x));
};

/**
 * The lowest points that descents reach. Steps follow the gradient's signs alone, so no scale needs to be known; where
 * an energy is not finite the descent goes back.
 * @param starts [n, d], left as they are @returns points [n, d] with their energies [n]; those that began where U is
 * not finite have NaN
 * @see Riedmiller & Braun 1993, "A direct adaptive method for faster backpropagation learning: the RPROP algorithm"
 */
export const descend = (energy: EnergyEvaluator, domain: Domain, starts: Float64Array, iterations: number): Lowest =>
  atOnce(descentSteps(energy, domain, starts, iterations));

/** {@link descend} in steps. */
export function* descentSteps(
  energy: EnergyEvaluator, domain: Domain, starts: Float64Array, iterations: number
): Steps<Lowest> {
  const d = domain.length;
  const n = starts.length / d;
  const widths = domain.map(({ low, high }) => high - low);
  const x = starts.slice();
  const best = starts.slice();
  const least = new Float64Array(n).fill(Number.NaN);
  const steps = Float64Array.from({ length: n * d }, (_, i) => FIRST_STEP * widths[i % d]);
  const before = new Float64Array(n * d);
  const [energies, gradients] = [new Float64Array(n), new Float64Array(n * d)];
  const move = (at: number, j: number): void => {
    const agreement = before[at] * gradients[at];
    if (agreement > 0) steps[at] = Math.min(LARGEST_STEP * widths[j], GROW * steps[at]);
    else if (agreement < 0) steps[at] = Math.max(SMALLEST_STEP * widths[j], SHRINK * steps[at]);
    before[at] = agreement < 0 ? 0 : gradients[at];
    if (agreement >= 0) x[at] = clamped(domain[j], x[at] - Math.sign(gradients[at]) * steps[at]);
  };
  for (let turn = 0; turn <= iterations; turn++) {
    energy.energiesAndGradients(x, n, energies, gradients);
    for (let i = 0; i < n; i++) {
      const row = i * d;
      if (!Number.isFinite(energies[i]) || !gradients.subarray(row, row + d).every(Number.isFinite)) {
        for (let at = row; at < row + d; at++)
          [x[at], before[at], steps[at]] = [best[at], 0, SHRINK * SHRINK * steps[at]];
        continue;
      }
      if (!(energies[i] >= least[i])) {
        least[i] = energies[i];
        best.set(x.subarray(row, row + d), row);
      }
      for (let j = 0; j < d; j++) move(row + j, j);
    }
    yield;
  }
  return { points: best, energies: least };
}
