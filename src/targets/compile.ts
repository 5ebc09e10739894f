/** From a target's energy, written for one point, to what samplers and training need. */
import { batched, np, type Array as NpArray } from '../engine/numpy.ts';
import { keyFromSeed } from '../engine/random.ts';
import { InputError } from '../errors.ts';
import { sampleBase, type Base } from './base.ts';
import { mixtureProgram } from './mixture.ts';
import { tailEnergy, tailProgram } from './tails.ts';
import { compileSum } from './compileSum.ts';
import type { EnergyEvaluator } from './energyEvaluator.ts';
import { compileLoops, tracedPrograms, type LoopOptions, type TracedPrograms } from './tracedPrograms.ts';
import type { Target } from './target.ts';

/** The energy of a batch as an array program: [n, d] → [n]. */
export function batchEnergy({ energy, batchedEnergy }: Target): (x: NpArray) => NpArray {
  return batchedEnergy ?? batched(energy);
}

/** U0 of a batch as an array program, normalised: [n, d] → [n]. */
export function batchBaseEnergy({ domain, mean, standardDeviation, mixture, tails }: Base): (x: NpArray) => NpArray {
  if (mixture !== undefined) {
    const ofMixture = mixtureProgram(mixture);
    const volume = domain.reduce((sum, { kind, low, high }) => sum + (kind === 'real' ? 0 : Math.log(high - low)), 0);
    return (x) => ofMixture(x).add(volume);
  }
  const uniform = (j: number): boolean => domain[j].kind !== 'real';
  const scales = domain.map((_, j) => (uniform(j) ? 0 : 1 / standardDeviation[j]));
  const constant = domain.reduce((sum, { low, high }, j) => sum
    + (uniform(j) ? Math.log(high - low) : 0.5 * Math.log(2 * Math.PI) + Math.log(standardDeviation[j])), 0);
  return (x) => {
    if (scales.every((scale) => scale === 0)) return x.sum(1).mul(0).add(constant);
    const z = x.sub(np.array([[...mean]])).mul(np.array([scales]));
    if (tails === undefined) return np.square(z).sum(1).mul(0.5).add(constant);
    // What is uniform has z = 0.
    const none = scales.filter((scale) => scale === 0).length * tailEnergy(tails, 0);
    const normal = scales.filter((scale) => scale !== 0).length * 0.5 * Math.log(2 * Math.PI);
    return tailProgram(tails, z).sum(1).add(constant - none - normal);
  };
}

/** The operations of a target's energy at one point. @throws InputError when there is something wrong with it */
export const energyPrograms = ({ name, energy, dimension }: Target): TracedPrograms =>
  tracedPrograms(name, 'energy', energy, [[dimension]]);

/** `notice` is told why, where an energy has no vector code and runs in the slower scalar executor. */
export type CompileEnergyOptions = LoopOptions;

/**
 * Compile a target's energy and gradient for batches of points in float64. A point's values do not depend on the batch
 * that it is in. @throws InputError when the energy cannot be compiled at all
 */
export function compileEnergy(target: Target, options: CompileEnergyOptions = {}): EnergyEvaluator {
  if (target.evaluator !== undefined) return target.evaluator;
  return target.sum === undefined ? compilePointEnergy(target, options) : compileSum(target, target.sum, options).full;
}

/** Of an energy that is a program of the point alone. */
function compilePointEnergy(target: Target, options: CompileEnergyOptions): EnergyEvaluator {
  const { value, valueAndGradient } = energyPrograms(target);
  const { loops: [energy, both], vector } = compileLoops(target.name, [value, valueAndGradient], options);
  return {
    dimension: target.dimension,
    energies: (x, n, energies) => energy(n, [x], [energies]),
    energiesAndGradients: (x, n, energies, gradients) => both(n, [x], [energies, gradients]),
    ...(vector ? { compiled: { valueAndGradient } } : {}),
  };
}

/**
 * Evaluate a target at the base's mean and at base samples before any work is spent on it.
 * @param walls whether an energy may be Infinity at some of them: there is no mass there
 * @throws InputError naming the first point with a non-finite energy or gradient
 */
export function checkEnergy(target: Target, evaluator: EnergyEvaluator, walls = false): void {
  const { dimension: d, base, name } = target;
  const n = 65;
  const x = new Float64Array(n * d);
  sampleBase(base, keyFromSeed(0), 0, n - 1, x.subarray(d));
  target.domain.forEach(({ kind, low, high }, j) => { x[j] = kind === 'real' ? base.mean[j] : (low + high) / 2; });
  const energies = new Float64Array(n);
  const gradients = new Float64Array(n * d);
  evaluator.energiesAndGradients(x, n, energies, gradients);
  const point = (i: number): string =>
    `(${Array.from(x.subarray(i * d, i * d + d), (entry) => entry.toPrecision(6)).join(', ')})`;
  // The centre may be a singular point (a pole of a polar coordinate); a base sample may not.
  const within = Array.from({ length: n }, (_, i) => i).filter((i) => energies[i] < Infinity);
  const isWall = (i: number): boolean => walls && energies[i] === Infinity && within.length > 0;
  const bad = Array.from({ length: n }, (_, i) => i).filter((i) => !Number.isFinite(energies[i]) && !isWall(i));
  if (bad.length > 0) throw new InputError(
    `target "${name}": energy is ${energies[bad[0]]} at the point ${point(bad[0])} of its base; it must be finite `
      + 'there (of a coordinate that has an end, take the logarithm, or name it in interval)'
  );
  const steep = within.filter((i) => i > 0)
    .filter((i) => gradients.subarray(i * d, i * d + d).some((entry) => !Number.isFinite(entry)));
  if (steep.length > 0) throw new InputError(
    `target "${name}": the gradient of its energy is not finite at the point ${point(steep[0])} of its base `
      + `(${steep.length} of ${n - 1} base samples)`
  );
}
