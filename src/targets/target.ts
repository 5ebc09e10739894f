/** A target: an energy with what is known about it. */
import type { Array as NpArray } from '../engine/numpy.ts';
import { InputError } from '../errors.ts';
import type { Base } from './base.ts';
import { checkDefinition } from './checkDefinition.ts';
import type { Coordinate, Domain } from './domain.ts';
import type { EnergyEvaluator } from './energyEvaluator.ts';
import { checkNoise, energyOfSum, type NoiseDefinition, type SumDefinition } from './noise.ts';
import type { TargetPresets, TargetSettings } from './presets.ts';
import type { QuantumParticle } from './ringPolymer.ts';
import type { RingShape } from './ringShape.ts';
import { declaredSymmetry, type Particles, type ParticleSymmetry } from './symmetry/particles.ts';

/** A named function of one point, evaluated on plain numbers. */
export interface Observable {
  readonly name: string;
  readonly value: (x: Float64Array) => number;
  /** ⟨value⟩ under the target, where known. In one and two dimensions it is found by quadrature. */
  readonly exact?: number;
}

/** Named regions that partition the space: the wells whose masses are to be right. */
export interface Modes {
  readonly names: readonly string[];
  /** Index of the region that holds `x`. */
  readonly assign: (x: Float64Array) => number;
  /** Exact masses, where known. In one and two dimensions they are found by quadrature. */
  readonly exact?: readonly number[];
}

/** A function of one point whose distribution is looked at: a coordinate of interest, with the range to show. */
export interface Projection {
  readonly name: string;
  readonly value: (x: Float64Array) => number;
  /** The range that histograms and free energies cover, low < high. */
  readonly low: number;
  readonly high: number;
  /** Density of `value` under the target, normalised over the whole line (a circle: once round), where known. */
  readonly exactDensity?: (value: number) => number;
}

/** What a user writes. */
export interface TargetDefinition {
  /** Lower-case words joined by hyphens. */
  readonly name: string;
  /** One line for `jeffreys list`. */
  readonly description?: string;
  /** d ≥ 1. */
  readonly dimension: number;
  /**
   * U of one point: x has shape [d], the result is one number (shape []). The density is exp(−U), unnormalised. May be
   * left out with `sum`, which is it, and with `noise`: then only U(x; ξ) is known.
   */
  readonly energy?: ((x: NpArray) => NpArray) | undefined;
  /** U of a batch, [n, d] → [n]; optional, for energies that are cheaper together. */
  readonly batchedEnergy?: (x: NpArray) => NpArray;
  /** The energy as it is seen, where it is only seen with noise. */
  readonly noise?: NoiseDefinition;
  /** The energy as a sum over rows of data, of which mini-batches can be looked at. */
  readonly sum?: SumDefinition;
  /**
   * A box that holds the mass, [low, high] for all coordinates or one pair per coordinate. Rounds (the default) do
   * without: to them it is a hint of where to start. Flows of before it was optional act on it.
   */
  readonly box?: readonly [number, number] | readonly (readonly [number, number])[];
  /**
   * Coordinates that are circles, with their interval: `{ 0: [-Math.PI, Math.PI] }`, or `'all'` with `box` as the
   * interval.
   */
  readonly torus?: 'all' | Readonly<Record<number, readonly [number, number]>>;
  /**
   * Coordinates that live between walls, `{ 0: [0, 1] }`, or `'all'` with `box` as the interval: the density is zero
   * outside [low, high], where the energy need not be finite, and may be any finite number at the walls.
   */
  readonly interval?: 'all' | Readonly<Record<number, readonly [number, number]>>;
  /** Gaussian base on real coordinates; circles and intervals have a uniform one. Numbers stand for all coordinates. */
  readonly base?: {
    readonly mean?: number | readonly number[]; readonly standardDeviation?: number | readonly number[]
  };
  /** Regions by hand, or centres: then a point belongs to the nearest one. */
  readonly modes?: Modes | { readonly centres: readonly (readonly number[])[]; readonly names?: readonly string[] };
  /** Default: sin and cos of every coordinate. */
  readonly observables?: readonly Observable[];
  /** Functions of the point whose densities reports show, beside the exact ones where known. */
  readonly projections?: readonly Projection[];
  /**
   * Groups of coordinates that belong together, numbered from 0: the flow's coupling layers go round them, each
   * transforming one block given all other coordinates. Together they hold every coordinate; one may be in several.
   */
  readonly blocks?: readonly (readonly number[])[];
  /**
   * The coordinates are those of like particles, `{ count: 4, dimension: 2 }`: the energy stays the same when they are
   * exchanged, and, unless said otherwise, when all are turned about the origin or mirrored.
   */
  readonly particles?: Particles;
  /** log ∫ exp(−U), where known. In one and two dimensions it is found by quadrature. */
  readonly logZ?: number;
  /** Settings that suit this target, under those of the command line: `{ hottest: 0.1, replicas: 5 }`. */
  readonly settings?: TargetSettings;
  /**
   * What the presets `quick`, `default` and `paper` change for this target:
   * `{ quick: { settings: { steps: 200 } }, paper: { settings: { theta: 0.5 }, box: [-3, 3] } }`.
   */
  readonly presets?: TargetPresets;
}

/** A checked definition, as {@link defineTarget} makes it: what every other part of the library takes. */
export interface Target {
  readonly name: string;
  readonly description: string;
  readonly dimension: number;
  readonly domain: Domain;
  readonly base: Base;
  /** Whether box and base say where the target is; else they are placeholders, and it is to be found. */
  readonly hasBox: boolean;
  /** Throws where only U(x; ξ) is known: see `hasEnergy`. */
  readonly energy: (x: NpArray) => NpArray;
  readonly hasEnergy: boolean;
  readonly batchedEnergy: ((x: NpArray) => NpArray) | undefined;
  readonly noise: NoiseDefinition | undefined;
  readonly sum: SumDefinition | undefined;
  readonly modes: Modes | undefined;
  readonly observables: readonly Observable[];
  readonly projections: readonly Projection[] | undefined;
  readonly blocks: readonly (readonly number[])[] | undefined;
  readonly particles?: ParticleSymmetry | undefined;
  readonly logZ: number | undefined;
  readonly settings: TargetSettings;
  /** What presets change for this target; targets of before there were such have none. */
  readonly presets?: TargetPresets | undefined;
  /** Values and gradients of an energy that is no array program; made by `evaluatedTarget`. */
  readonly evaluator?: EnergyEvaluator;
  /** Of a ring polymer, made by `definePathIntegral`. */
  readonly pathIntegral?: PathIntegral;
}

/** What a target that is a path integral knows beyond its energy. */
export interface PathIntegral {
  readonly particle: QuantumParticle;
  /** p */
  readonly dimension: number;
  /** P: beads of the ring that the flow is trained for. */
  readonly beads: number;
  /** K: modes that the flow moves. */
  readonly modes: number;
  /** Where the particle is found classically, per coordinate. */
  readonly box: readonly (readonly [number, number])[];
  /** Mean and deviation of the centroid's base. */
  readonly base: { readonly mean: readonly number[]; readonly standardDeviation: readonly number[] };
  /** The classical particle: the energy βV in p dimensions. */
  readonly classical: Target;
  /** Functions of the position. */
  readonly functions: readonly Observable[];
  /**
   * The same particle at another temperature, or with other numbers of beads and modes. @throws InputError as
   * `definePathIntegral` does
   */
  readonly reshaped: (change: RingShape) => Target;
}

/** Whether the energy can be seen with noise. */
export const isNoisy = ({ noise, sum }: Target): boolean => noise !== undefined || sum !== undefined;

const isPair = (value: unknown): value is readonly [number, number] =>
  Array.isArray(value) && value.length === 2 && value.every((entry) => typeof entry === 'number');

const isCoordinate = (j: string, dimension: number): boolean =>
  Number.isInteger(Number(j)) && String(Number(j)) === j && Number(j) >= 0 && Number(j) < dimension;

/** The box of a definition that has none, until it is found. */
const PLACEHOLDER = [-10, 10] as const;

/** Whether every real coordinate has a box. */
function hasBox({ box }: TargetDefinition, domain: Domain): boolean {
  return box !== undefined || domain.every(({ kind }) => kind !== 'real');
}

function intervals(definition: TargetDefinition): Domain {
  const { name, dimension, box, torus, interval } = definition;
  const fail = (what: string): never => { throw new InputError(`target "${name}": ${what}`); };
  const own = (j: number): readonly [number, number] => {
    const given = box === undefined ? PLACEHOLDER : isPair(box) ? box : (box as readonly unknown[])[j];
    if (!isPair(given))
      return fail(`box must be [low, high] or one such pair per coordinate (${dimension}), got ${JSON.stringify(box)}`);
    return given;
  };
  if (box !== undefined && !isPair(box) && box.length > dimension)
    fail(`box must be [low, high] or one such pair per coordinate (${dimension}), got ${box.length} pairs`);
  for (const [field, named] of Object.entries({ torus, interval })) {
    const stray = typeof named === 'object' ? Object.keys(named).find((j) => !isCoordinate(j, dimension)) : undefined;
    if (stray !== undefined) fail(`${field} names coordinate ${stray}, but coordinates are 0 to ${dimension - 1}`);
  }
  return Array.from({ length: dimension }, (_, j): Coordinate => {
    if ((torus === 'all' || interval === 'all') && box === undefined)
      fail("'all' needs box, the interval of the coordinates");
    const [circle, walled] = [torus, interval].map((named) => (named === 'all' ? own(j) : named?.[j]));
    if (circle !== undefined && walled !== undefined)
      fail(`coordinate ${j} is named by torus and by interval; it can only be one of them`);
    const [kind, field] = circle !== undefined ? (['torus', 'torus'] as const)
      : walled !== undefined ? (['interval', 'interval'] as const) : (['real', 'box'] as const);
    const given: unknown = circle ?? walled ?? own(j);
    if (!isPair(given)) return fail(`${field} of coordinate ${j} must be [low, high], got ${JSON.stringify(given)}`);
    const [low, high] = given;
    if (!(Number.isFinite(low) && Number.isFinite(high) && low < high))
      fail(`${field} of coordinate ${j} must be finite with low < high, got [${low}, ${high}]`);
    return { kind, low, high };
  });
}

function perCoordinate(
  definition: TargetDefinition, what: string, value: number | readonly number[] | undefined,
  fallback: (j: number) => number
): Float64Array {
  const { name, dimension } = definition;
  if (typeof value === 'object' && value.length !== dimension) {
    throw new InputError(
      `target "${name}": base.${what} must be a number or ${dimension} numbers, got ${value.length}`
    );
  }
  const filled = Float64Array.from(
    { length: dimension }, (_, j) => (value === undefined ? fallback(j) : typeof value === 'number' ? value : value[j])
  );
  if (!filled.every(Number.isFinite))
    throw new InputError(`target "${name}": base.${what} must be finite, got ${JSON.stringify(value)}`);
  return filled;
}

/** Index of the centre nearest to a point, on circles the short way round; 0 for a point that is not a number. */
function nearestCentre(domain: Domain, centres: readonly (readonly number[])[]): (x: Float64Array) => number {
  const d = domain.length;
  // Called for every sample and every node of a quadrature: flat arrays, and a remainder only where it is needed.
  const flat = Float64Array.from(centres.flat());
  const periods = Float64Array.from(domain, ({ kind, low, high }) => (kind === 'torus' ? high - low : 0));
  return (x) => {
    let best = 0;
    let least = Infinity;
    for (let k = 0; k < centres.length; k++) {
      let distance = 0;
      for (let j = 0; j < d; j++) {
        let gap = Math.abs(x[j] - flat[k * d + j]);
        const period = periods[j];
        if (period > 0) {
          if (gap > period) gap %= period;
          gap = Math.min(gap, period - gap);
        }
        distance += gap * gap;
      }
      if (distance < least) [best, least] = [k, distance];
    }
    return best;
  };
}

function modesOf(definition: TargetDefinition, domain: Domain): Modes | undefined {
  const { modes, name, dimension } = definition;
  if (modes === undefined) return undefined;
  if ('assign' in modes) {
    const { names, exact } = modes;
    if (exact === undefined || exact.length === names.length) return modes;
    throw new InputError(`target "${name}": modes.exact must have ${names.length} numbers, got ${exact.length}`);
  }
  const { centres } = modes;
  if (centres.length === 0) throw new InputError(`target "${name}": modes must have at least one centre`);
  if (modes.names !== undefined && modes.names.length !== centres.length) {
    throw new InputError(
      `target "${name}": modes must have one name per centre, got ${modes.names.length} names for `
        + `${centres.length} centres`
    );
  }
  centres.forEach((centre, k) => {
    if (centre.length !== dimension) throw new InputError(
      `target "${name}": centre ${k} of modes must have ${dimension} numbers, got ${centre.length}`
    );
  });
  return {
    names: modes.names ?? centres.map((centre) => `(${centre.map((entry) => entry.toFixed(2)).join(', ')})`),
    assign: nearestCentre(domain, centres),
  };
}

/** sin and cos of every coordinate: bounded, and sensitive to where the mass lies. */
export function defaultObservables(dimension: number): Observable[] {
  return Array.from({ length: dimension }, (_, j) => [
    { name: `sin x${j + 1}`, value: (x: Float64Array) => Math.sin(x[j]) },
    { name: `cos x${j + 1}`, value: (x: Float64Array) => Math.cos(x[j]) },
  ]).flat();
}

/** Check a definition and fill in what it leaves open. @throws InputError naming the field that is wrong */
export function defineTarget(definition: TargetDefinition): Target {
  checkDefinition(definition);
  return targetOf(definition);
}

/** What {@link defineTarget} makes of a definition whose keys and size are known to be right. */
export function targetOf(definition: TargetDefinition): Target {
  const { name, dimension, noise, sum } = definition;
  checkNoise(name, noise, sum);
  const given = definition.energy ?? (sum === undefined ? undefined : energyOfSum(sum));
  if (definition.energy !== undefined && sum !== undefined)
    throw new InputError(`target "${name}": energy and sum both say what the energy is; give one of them`);
  if (noise !== undefined && sum !== undefined)
    throw new InputError(`target "${name}": noise and sum both say how the energy is seen; give one of them`);
  if (typeof given !== 'function' && (noise === undefined || given !== undefined))
    throw new InputError(`target "${name}": energy must be a function of one point, got ${typeof given}`);
  const energy = given ?? ((): never => {
    throw new InputError(
      `target "${name}" has no energy without noise, only U(x; ξ); give \`energy\` too where it can be had`
    );
  });
  const domain = intervals(definition);
  const mean = perCoordinate(definition, 'mean', definition.base?.mean, (j) => (domain[j].low + domain[j].high) / 2);
  const standardDeviation = perCoordinate(
    definition, 'standardDeviation', definition.base?.standardDeviation, (j) => (domain[j].high - domain[j].low) / 6
  );
  if (standardDeviation.some((sigma) => sigma <= 0)) throw new InputError(
    `target "${name}": base.standardDeviation must be > 0, got `
      + `${JSON.stringify(definition.base?.standardDeviation)}`
  );
  return {
    name,
    description: definition.description ?? '',
    dimension,
    domain,
    base: { domain, mean, standardDeviation },
    hasBox: hasBox(definition, domain),
    energy,
    hasEnergy: given !== undefined,
    batchedEnergy: definition.batchedEnergy,
    noise,
    sum,
    modes: modesOf(definition, domain),
    observables: definition.observables ?? defaultObservables(dimension),
    projections: definition.projections,
    blocks: definition.blocks,
    particles: definition.particles === undefined ? undefined : declaredSymmetry(name, definition.particles, domain),
    logZ: definition.logZ,
    settings: definition.settings ?? {},
    presets: definition.presets,
  };
}
