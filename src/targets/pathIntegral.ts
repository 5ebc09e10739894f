/**
 * Quantum thermal averages as a target: a potential, masses and a temperature become a ring polymer whose low modes a
 * flow can learn, and from which rings of any number of beads follow with exact weights (arXiv 2604.05303,
 * path-integral experiments).
 */
import type { Array as NpArray } from '../engine/numpy.ts';
import { InputError } from '../errors.ts';
import { waveNumber, wholePairs } from '../numerics/normalModes.ts';
import { checkedCount, checkPathIntegral } from './checkDefinition.ts';
import { compileEnergy } from './compile.ts';
import type { EnergyEvaluator } from './energyEvaluator.ts';
import { shown, shownPoint } from './fields.ts';
import { ringPolymerAction } from './ringPolymer.ts';
import type { RingShape } from './ringShape.ts';
import { surveyPotential } from './potentialSurvey.ts';
import { calledTwice } from './calledTwice.ts';
import {
  defineTarget, targetOf, type Observable, type PathIntegral, type Target, type TargetDefinition,
} from './target.ts';

export type { PathIntegral, RingShape };

/** What a user writes. Units are the user's own, as long as they fit together: ħ and k_B T say which. */
export interface PathIntegralDefinition extends RingShape {
  /** Lower-case words joined by hyphens. */
  readonly name: string;
  /** One line for `jeffreys list`. */
  readonly description?: string;
  /** p ≥ 1, coordinates of a bead; default 1. */
  readonly dimension?: number;
  /** V of one point: q has shape [p], the result is one number, in units of energy. It must rise on all sides. */
  readonly potential: (q: NpArray) => NpArray;
  /** > 0; one for all coordinates, or p of them. Default 1. */
  readonly mass?: number | readonly number[];
  /** > 0; default 1 */
  readonly hbar?: number;
  /** Where the particle is found classically, [low, high] for all coordinates or one pair per coordinate. */
  readonly box: readonly [number, number] | readonly (readonly [number, number])[];
  /** Functions of the position, averaged over the beads; default: every coordinate and its square. */
  readonly observables?: readonly Observable[];
  /** Where the wells are, for their masses: a path belongs to the one that its centroid is nearest to. */
  readonly wells?: { readonly centres: readonly (readonly number[])[]; readonly names?: readonly string[] };
  /** Settings that suit this target, under those of the command line. */
  readonly settings?: TargetDefinition['settings'];
  /** What presets change for this target; a `box` is that of the flow, a pair for every coordinate of every mode. */
  readonly presets?: TargetDefinition['presets'];
}

const fail = (name: string, what: string): never => { throw new InputError(`target "${name}": ${what}`); };

function positive(name: string, field: string, value: unknown): number {
  if (typeof value === 'number' && value > 0 && value < Infinity) return value;
  return fail(name, `${field} must be finite and above 0, got ${JSON.stringify(value)}`);
}

function perCoordinate(
  name: string, field: string, value: unknown, p: number, check: (entry: unknown) => number
): number[] {
  if (!Array.isArray(value)) return new Array<number>(p).fill(check(value));
  if (value.length !== p) fail(name, `${field} must be a number or ${p} numbers, got ${value.length}`);
  return value.map(check);
}

function boxOf(name: string, box: unknown, p: number): [number, number][] {
  const isPair = (value: unknown): value is [number, number] =>
    Array.isArray(value) && value.length === 2 && value.every((entry) => typeof entry === 'number');
  const pairs: unknown[] = isPair(box) ? new Array<unknown>(p).fill(box) : Array.isArray(box) ? box : fail(
    name, 'box is missing; give [low, high], where the particle is found classically'
  );
  if (pairs.length !== p)
    fail(name, `box must be [low, high] or one such pair per coordinate (${p}), got ${JSON.stringify(box)}`);
  return pairs.map((pair, a) => {
    if (!isPair(pair) || !(Number.isFinite(pair[0]) && Number.isFinite(pair[1]) && pair[0] < pair[1])) return fail(
      name, `box of coordinate ${a} must be finite [low, high] with low < high, got ${JSON.stringify(pair)}`
    );
    return [pair[0], pair[1]];
  });
}

function wholeNumber(name: string, field: string, value: number, least: number, most: number): number {
  if (!(Number.isInteger(value) && value >= least && value <= most))
    fail(name, `${field} must be an integer from ${least} to ${most}, got ${value}`);
  return value;
}

/** Functions of the position give one number; whether everywhere shows only as they are averaged. */
function checkFunctions(name: string, functions: readonly Observable[], mean: readonly number[]): void {
  const q = Float64Array.from(mean);
  for (const { name: called, value } of functions) {
    const found = calledTwice(`target "${name}": observable "${called}"`, value, q, 'its classical ensemble');
    if (typeof found === 'number') continue;
    fail(name, `observable "${called}" is ${shown(found)} at q = ${shownPoint(q)}; it must be a number`);
  }
}

const MOST_BEADS = 4096;

/** The numbers of a definition, checked, with what the survey of the potential says where they are left out. */
interface Checked extends Pick<PathIntegral, 'particle' | 'dimension' | 'beads' | 'modes' | 'box' | 'base'> {
  /** Mean of the classical ensemble. shape [p] */
  readonly mean: readonly number[];
}

/** βV of the classical particle. */
const classicalEnergy = ({ potential }: PathIntegralDefinition, beta: number) => (q: NpArray): NpArray =>
  potential(q).mul(beta);

function checkedParticle(definition: PathIntegralDefinition): Checked {
  const { name, potential } = definition;
  if (typeof potential !== 'function') fail(name, `potential must be a function of one point, got ${typeof potential}`);
  const p = wholeNumber(name, 'dimension', definition.dimension ?? 1, 1, 64);
  const masses = perCoordinate(name, 'mass', definition.mass ?? 1, p, (value) => positive(name, 'mass', value));
  const hbar = positive(name, 'hbar', definition.hbar ?? 1);
  const beta = positive(name, 'beta', definition.beta ?? 1);
  const box = boxOf(name, definition.box, p);
  const beads = wholeNumber(name, 'beads', definition.beads ?? 32, 1, MOST_BEADS);
  const modes = wholeNumber(name, 'modes', definition.modes ?? Math.min(7, wholePairs(beads)), 1, beads);
  checkedCount(`target "${name}"`, 'modes × dimension', modes * p);
  if (modes !== wholePairs(modes)) fail(
    name, `modes must be odd, the centroid and whole pairs, so that they are modes of larger rings too, got ${modes}`
  );
  const energy = classicalEnergy(definition, beta);
  const survey = surveyPotential(name, compileEnergy(defineTarget({ name, dimension: p, energy, box })), box, beta);
  const stiffness = (value: unknown): number => (value === 0 ? 0 : positive(name, 'curvature', value));
  const curvature = definition.curvature === undefined ? survey.curvature.map((value) => SOFTER * value)
    : perCoordinate(name, 'curvature', definition.curvature, p, stiffness);
  return {
    particle: { potential, masses, hbar, beta, curvature }, dimension: p, beads, modes, box,
    base: baseOf(definition, p, survey), mean: survey.mean,
  };
}

/** The centroid's base: as it is given, or that of the classical ensemble. */
function baseOf(
  { name, base }: PathIntegralDefinition, p: number, ensemble: PathIntegral['base']
): PathIntegral['base'] {
  const finite = (value: unknown): number => (typeof value === 'number' && Number.isFinite(value) ? value
    : fail(name, `base.mean must be finite, got ${JSON.stringify(value)}`));
  const width = (value: unknown): number => positive(name, 'base.standardDeviation', value);
  return {
    mean: base?.mean === undefined ? ensemble.mean : perCoordinate(name, 'base.mean', base.mean, p, finite),
    standardDeviation: base?.standardDeviation === undefined ? ensemble.standardDeviation
      : perCoordinate(name, 'base.standardDeviation', base.standardDeviation, p, width),
  };
}

/**
 * Check a definition and make it a target: the action of a ring of `beads` as a function of its first `modes` modes.
 * @throws InputError naming the field that is wrong; or where V is not finite, falls without bound, or does not confine
 */
export function definePathIntegral(definition: PathIntegralDefinition): Target {
  checkPathIntegral(definition);
  const { name, wells } = definition;
  const { mean, ...checked } = checkedParticle(definition);
  const { particle, dimension: p, box, base } = checked;
  const classical = defineTarget({
    name, dimension: p, energy: classicalEnergy(definition, particle.beta), box, base,
    ...(wells === undefined ? {} : { modes: wells }),
  });
  const functions = definition.observables ?? defaultFunctions(p);
  checkFunctions(name, functions, mean);
  const reshaped = (change: RingShape): Target => {
    const given = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined && value !== 0));
    return Object.keys(given).length === 0 ? whole : definePathIntegral({ ...definition, ...given });
  };
  const whole: Target = {
    ...modesTarget(definition, checked, classical), presets: definition.presets,
    pathIntegral: { ...checked, classical, functions, reshaped },
  };
  return whole;
}

/** The target that the flow learns: a ring's low modes, looked at by its centroid. */
function modesTarget(
  { name, description = '', settings = {} }: PathIntegralDefinition,
  { particle, dimension: p, beads, modes, box, base }: Omit<Checked, 'mean'>, { modes: wells }: Target
): Target {
  const centroid = (a: number): string => (p === 1 ? 'centroid x' : `centroid x${a + 1}`);
  return defineTarget({
    name,
    description,
    dimension: modes * p,
    energy: ringPolymerAction(particle, beads, modes),
    box: flowBox(box, base, modes),
    base: ringBase(base, modes),
    ...(wells === undefined ? {} : { modes: { names: wells.names, assign: wells.assign } }),
    observables: box.flatMap((_, a): Observable[] => [
      { name: centroid(a), value: (u) => u[a] },
      { name: `${centroid(a)}²`, value: (u) => u[a] ** 2 },
    ]),
    projections: box.map(([low, high], a) => ({ name: centroid(a), value: (u) => u[a], low, high })),
    settings,
  });
}

/** A path integral as the settings shape it. @throws InputError for settings that shape a target which is none */
export function shapedTarget(target: Target, shape: RingShape): Target {
  if (target.pathIntegral !== undefined) return target.pathIntegral.reshaped(shape);
  const [named] = Object.entries(shape).find(([, value]) => value !== 0) ?? [];
  if (named !== undefined)
    throw new InputError(`setting ${named}: is for path integrals, and "${target.name}" is none; leave it out`);
  return target;
}

/** The reference is to be a little wider than what it stands for. */
const SOFTER = 0.6;
/**
 * Reach of the flow, in deviations of the base: along the centroid, and along a mode of wave number w, REACH (1 + 1/w),
 * since paths between wells are long waves.
 */
const CENTROID_REACH = 4;
const REACH = 5;

function flowBox(
  box: PathIntegral['box'], { mean, standardDeviation }: PathIntegral['base'], modes: number
): [number, number][] {
  // Base samples outside the flow's box would stay where they are, and be lost.
  const centroid = box.map(([low, high], a): [number, number] => [
    Math.min(low, mean[a] - CENTROID_REACH * standardDeviation[a]),
    Math.max(high, mean[a] + CENTROID_REACH * standardDeviation[a])
  ]);
  const reach = (mode: number): number => REACH * (1 + 1 / waveNumber(mode));
  return [
    ...centroid,
    ...Array.from({ length: modes - 1 }, (_, k) => box.map((): [number, number] => [-reach(k + 1), reach(k + 1)]))
      .flat()
  ];
}

/** The base of a ring of `modes` modes: the centroid's, and the harmonic reference. */
function ringBase({ mean, standardDeviation }: PathIntegral['base'], modes: number): PathIntegral['base'] {
  const p = mean.length;
  const rest = new Array<number>((modes - 1) * p);
  return { mean: [...mean, ...rest.fill(0)], standardDeviation: [...standardDeviation, ...rest.slice().fill(1)] };
}

const defaultFunctions = (p: number): Observable[] =>
  Array.from({ length: p }, (_, a) => a).flatMap((a): Observable[] => [
    { name: p === 1 ? 'x' : `x${a + 1}`, value: (q) => q[a] },
    { name: p === 1 ? 'x²' : `x${a + 1}²`, value: (q) => q[a] ** 2 },
  ]);

/** The whole ring of `beads`: every mode, in the coordinates of the target's own. @param beads ≥ 1 */
export function ringTarget(
  { name }: Target, { particle, dimension: p, box, base }: PathIntegral, beads: number
): Target {
  return targetOf({
    name,
    dimension: beads * p,
    energy: ringPolymerAction(particle, beads, beads),
    box: flowBox(box, base, beads),
    base: ringBase(base, beads),
    observables: [],
  });
}

/** V itself, for batches of positions [n, p]. */
export function potentialEvaluator(
  { name }: Target, { particle: { potential }, dimension, box }: PathIntegral
): EnergyEvaluator {
  return compileEnergy(defineTarget({ name, dimension, energy: potential, box }));
}
