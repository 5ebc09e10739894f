/** Exact answers for densities of one or two dimensions, by quadrature: the truth that samplers are compared with. */
import { InputError } from '../errors.ts';
import type { Domain } from '../targets/domain.ts';
import type { EnergyEvaluator } from '../targets/energyEvaluator.ts';
import { checkEnergy, expandBox } from './densityBox.ts';
import { integrateModes, type ModePartition } from './modeQuadrature.ts';
import { compositeGaussLegendre, visitTensorGrid, type QuadratureRule } from './quadratureRules.ts';

export { compositeGaussLegendre, gaussLegendre, integrateTensor, visitTensorGrid } from './quadratureRules.ts';
export type { QuadratureRule } from './quadratureRules.ts';
export type { ModePartition } from './modeQuadrature.ts';

export interface IntegrateDensityOptions {
  /** Panels of 16 Gauss–Legendre nodes per coordinate. Even; default 40 for d = 2, 800 for d = 1. */
  readonly panels?: number;
  /** The border's density, in nats below the largest; default 40. */
  readonly margin?: number;
  /** Modes whose masses are wanted. */
  readonly modes?: ModePartition;
}

export interface DensityIntegral {
  /** log ∫ exp(−U), in nats. */
  readonly logZ: number;
  /** |difference from the rule of half as many panels|: an upper bound for smooth densities. */
  readonly logZError: number;
  /** Expectation of each function under exp(−U)/Z, in order. */
  readonly expectations: number[];
  readonly expectationErrors: number[];
  /** Mass of each mode, in [0, 1]; empty without `modes`. */
  readonly modeMasses: number[];
  readonly modeMassErrors: number[];
  /** Smallest energy met. */
  readonly minimumEnergy: number;
  /** The box of integration. shape [d] each */
  readonly low: Float64Array;
  readonly high: Float64Array;
}

const ORDER = 16;
const BATCH = 8192;
/** A density this many nats below the largest cannot change a double-precision sum. */
const NEGLIGIBLE = 60;

/**
 * log Z, expectations and mode masses of exp(−U) for d = 1 or 2, by composite Gauss–Legendre. Good to 1e-10 where U is
 * smooth on the scale of a panel; look at the error estimates. On circles too: the trapezoid rule is as good for smooth
 * energies but loses four digits at the kinks of `periodic-well`, which fall on the edges of these panels.
 * @param domain where to start: real intervals are widened until the density on the border is negligible
 * @param functions of a point (a reused buffer of shape [d]); must be finite wherever the density is not negligible
 * @throws InputError if d is not 1 or 2, the density does not fall off, or an energy or a function is not finite
 */
export function integrateDensity(
  evaluator: EnergyEvaluator,
  domain: Domain,
  functions: readonly ((x: Float64Array) => number)[],
  options: IntegrateDensityOptions = {},
): DensityIntegral {
  const d = evaluator.dimension;
  if (d !== domain.length || (d !== 1 && d !== 2)) {
    throw new InputError(`integrateDensity: needs 1 or 2 dimensions, got ${d} with a domain of ${domain.length}`);
  }
  const { panels = d === 2 ? 40 : 800, margin = 40, modes } = options;
  if (!Number.isInteger(panels) || panels < 2 || panels % 2 !== 0) {
    throw new InputError(`integrateDensity: panels must be an even integer ≥ 2, got ${panels}`);
  }
  const box = expandBox(evaluator, domain, margin);
  const rulesOf = (count: number): QuadratureRule[] =>
    domain.map((_, j) => compositeGaussLegendre(count, ORDER, box.low[j], box.high[j]));
  const fine = integrate(evaluator, rulesOf(panels), functions, box.minimumEnergy);
  const coarse = integrate(evaluator, rulesOf(panels / 2), functions, box.minimumEnergy);
  const masses = modes === undefined ? null : integrateModes(evaluator, box, modes);
  return {
    logZ: fine.logZ,
    logZError: Math.abs(fine.logZ - coarse.logZ),
    expectations: fine.expectations,
    expectationErrors: fine.expectations.map((value, k) => Math.abs(value - coarse.expectations[k])),
    modeMasses: Array.from(masses?.masses ?? []),
    modeMassErrors: masses === null ? [] : Array.from(masses.errors, (error, m) =>
      error + masses.masses[m] * Math.abs(Math.expm1(masses.logZ - fine.logZ))),
    minimumEnergy: Math.min(box.minimumEnergy, fine.minimumEnergy),
    low: box.low,
    high: box.high,
  };
}

function integrate(
  evaluator: EnergyEvaluator,
  rules: readonly QuadratureRule[],
  functions: readonly ((x: Float64Array) => number)[],
  shift: number,
): { logZ: number; expectations: number[]; minimumEnergy: number } {
  const d = rules.length;
  const energies = new Float64Array(BATCH);
  const sums = new Float64Array(functions.length);
  const x = new Float64Array(d);
  let mass = 0;
  let minimumEnergy = Infinity;
  visitTensorGrid(rules, BATCH, (points, weights, n) => {
    evaluator.energies(points, n, energies);
    for (let i = 0; i < n; i++) {
      checkEnergy(energies[i], points, i, d);
      if (energies[i] < minimumEnergy) minimumEnergy = energies[i];
      if (energies[i] > shift + NEGLIGIBLE) continue;
      const weight = weights[i] * Math.exp(shift - energies[i]);
      mass += weight;
      for (let j = 0; j < d; j++) x[j] = points[i * d + j];
      for (let k = 0; k < functions.length; k++) sums[k] += weight * functions[k](x);
    }
  });
  if (mass === 0) throw new InputError('quadrature: no node lies where the density is; it is too narrow for its box');
  const expectations = Array.from(sums, (sum, k) => {
    if (!Number.isFinite(sum))
      throw new InputError(`integrateDensity: function ${k} is not finite where the density is`);
    return sum / mass;
  });
  return { logZ: Math.log(mass) - shift, expectations, minimumEnergy };
}
