/**
 * Thermal averages of H = Σ_a p_a² / 2m_a + V(q) in one or two dimensions by dense diagonalisation: what the
 * representations (sinc DVR in the quantum limit, transfer matrix at finite N) share. A representation turns the
 * potential on a uniform grid into a symmetric operator.
 */
import { InputError } from '../errors.ts';
import { integerPower } from './power.ts';
import { evaluate, refine } from './quantumGrid.ts';
import { lineStates, logSum, planeStates, type Representation, type States } from './quantumStates.ts';
import type { PositionFunction, QuantumSystem, ThermalAverages } from './quantumSystem.ts';
import { mostPoints, settle } from './settledGrid.ts';
import { sums } from './thermalSums.ts';

/** Products in the basis, stage by stage. */
const basisSizes = [100, 180, 300, 450, 640];

/**
 * Thermal averages in a representation: the grid is refined, in two dimensions with the basis, until log Z stands
 * still.
 * @throws InputError if p is not 1 or 2, a parameter is not positive, V is not finite in the box, or V does not confine
 */
export function thermalAverages(
  name: string, system: QuantumSystem, functions: readonly PositionFunction[], representation: Representation
): ThermalAverages {
  const p = validate(name, system);
  const settled = settle(name, system, representation);
  const stages = p === 1 ? 8 : basisSizes.length;
  const tolerance = system.accuracy ?? (p === 1 ? 1e-10 : 2e-8);
  let error = Infinity;
  let logZ = NaN;
  let solved: { states: States; minimum: number } | undefined;
  for (let stage = 0; stage < stages; stage++) {
    const axes = settled.map((axis) => refine(axis, integerPower(p === 1 ? 1.25 : 1.08, stage), 2 * mostPoints[p - 1]));
    const { values, minimum } = evaluate(name, system, axes);
    const states = p === 1 ? lineStates(axes, values, representation)
      : planeStates(system.beta, axes, values, basisSizes[stage], representation);
    const next = logSum(states.logWeights) - system.beta * minimum;
    if (stage > 0) error = Math.abs(next - logZ);
    logZ = next;
    solved = { states, minimum };
    if (error <= tolerance * Math.max(1, Math.abs(logZ))) break;
  }
  if (solved === undefined) throw new Error('no stage');
  return { ...sums(name, system.beta, solved.states, solved.minimum, functions, representation), logZ, error };
}

function validate(name: string, { masses, hbar, beta, box }: QuantumSystem): number {
  const p = masses.length;
  if (p !== 1 && p !== 2) throw new InputError(`${name}: dense diagonalisation takes 1 or 2 coordinates, got ${p}`);
  if (box.length !== p) throw new InputError(`${name}: box must have ${p} intervals, one per mass, got ${box.length}`);
  for (const value of [...masses, hbar, beta])
    if (!(value > 0 && value < Infinity))
      throw new InputError(`${name}: masses, hbar and beta must be > 0, got ${value}`);
  for (const [low, high] of box)
    if (!(high > low && high - low < Infinity))
      throw new InputError(`${name}: an interval of the box must ascend, got [${low}, ${high}]`);
  return p;
}
