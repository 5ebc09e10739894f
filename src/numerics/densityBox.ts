/** A box that holds a density: where quadrature may stop. */
import { InputError } from '../errors.ts';
import type { Domain } from '../targets/domain.ts';
import type { EnergyEvaluator } from '../targets/energyEvaluator.ts';
import { visitTensorGrid, type QuadratureRule } from './quadratureRules.ts';

export interface DensityBox {
  readonly low: Float64Array;
  readonly high: Float64Array;
  /** Smallest energy met on the scan; the true minimum is a little lower. */
  readonly minimumEnergy: number;
}

const SCAN = 161;
const MOST_EXPANSIONS = 60;
/** What rounding may do to an energy, relative to it: far down it is more than any margin. */
const ROUNDING = 1e-10;

/** @throws InputError naming the point if an energy is NaN or −Infinity (+Infinity is a density of zero) */
export function checkEnergy(energy: number, points: Float64Array, i: number, d: number): void {
  if (energy > -Infinity) return;
  throw new InputError(`quadrature: the energy at (${points.subarray(i * d, i * d + d).join(', ')}) is ${energy}`);
}

/**
 * Widen the real coordinates' intervals, a quarter of the width at a time, until exp(−U) on the border is below
 * exp(−margin) of its largest value in the box. Circles keep their period and intervals their walls. The box is never
 * narrowed.
 * @param margin in nats, > 0
 * @throws InputError if the density does not fall off, or an energy is NaN or −Infinity
 */
export function expandBox(evaluator: EnergyEvaluator, domain: Domain, margin: number): DensityBox {
  const d = domain.length;
  const low = Float64Array.from(domain, (coordinate) => coordinate.low);
  const high = Float64Array.from(domain, (coordinate) => coordinate.high);
  const energies = new Float64Array(8192);
  const smallest = (rules: readonly QuadratureRule[]): number => {
    let min = Infinity;
    visitTensorGrid(rules, energies.length, (points, _weights, n) => {
      evaluator.energies(points, n, energies);
      for (let i = 0; i < n; i++) {
        checkEnergy(energies[i], points, i, d);
        if (energies[i] < min) min = energies[i];
      }
    });
    return min;
  };
  // Of an interval not the walls themselves, where an energy may be singular.
  const node = (j: number, i: number): number => (domain[j].kind === 'interval'
    ? low[j] + ((high[j] - low[j]) * (i + 0.5)) / SCAN
    : low[j] + ((high[j] - low[j]) * i) / (SCAN - 1));
  const line = (j: number): QuadratureRule => ({
    nodes: Float64Array.from({ length: SCAN }, (_, i) => node(j, i)),
    weights: new Float64Array(SCAN),
  });
  const at = (value: number): QuadratureRule => ({ nodes: Float64Array.of(value), weights: new Float64Array(1) });
  for (let round = 0; round < MOST_EXPANSIONS; round++) {
    const lines = Array.from(domain, (_, j) => line(j));
    const minimumEnergy = smallest(lines);
    if (minimumEnergy === Infinity) throw new InputError('quadrature: the density is zero everywhere in the box');
    let wide = true;
    for (let j = 0; j < d; j++) {
      if (domain[j].kind !== 'real') continue;
      const step = (high[j] - low[j]) / 4;
      const reaches = (value: number): boolean => {
        const least = smallest(lines.map((rule, i) => (i === j ? at(value) : rule)));
        return least - minimumEnergy < Math.max(margin, ROUNDING * Math.abs(minimumEnergy));
      };
      const [below, above] = [reaches(low[j]), reaches(high[j])];
      if (below) low[j] -= step;
      if (above) high[j] += step;
      if (below || above) wide = false;
    }
    if (wide) return { low, high, minimumEnergy };
  }
  throw new InputError(
    `quadrature: the density does not fall off, even in [${low.join(', ')}] to [${high.join(', ')}]`
  );
}
