/** What a definition of a target may say: its keys and the kinds of their values. It is loaded without types. */
import { InputError } from '../errors.ts';
import { checkPresets } from './checkPresets.ts';
import { checkFields, isFunction, isNumbers, isObject, isText, shown, type Rule, type Rules } from './fields.ts';

/**
 * Above some 3,000 coordinates chains have no compiled code, as a step's state is written out in one function; beyond
 * this, neither their memory nor a flow's would do.
 */
export const MOST_COORDINATES = 10_000;

const anything: Rule = ['', () => true];
const text: Rule = ['text', (value) => typeof value === 'string'];
const finite: Rule = ['a finite number', Number.isFinite];
const list = (of: string): Rule => [`a list of ${of}`, Array.isArray];
const object = (of: string): Rule => [`an object ${of}`, isObject];
const isRecord = (value: unknown): boolean => typeof value === 'object' && value !== null;
const byCoordinate: Rule = [
  "'all', or intervals by coordinate such as { 0: [0, 1] }",
  (value) => value === 'all' || isRecord(value),
];

const perCoordinate: Rule = [
  'finite, one number or one for every coordinate',
  (value) => Number.isFinite(value) || isNumbers(value),
];
const BASE: Rules = { mean: perCoordinate, standardDeviation: perCoordinate };

const name: Rule = ['a name', isText, true];
const ofOnePoint: Rule = ['a function of one point', isFunction, true];
const OBSERVABLE: Rules = { name, value: ofOnePoint, exact: finite };
const PROJECTION: Rules = {
  name: anything,
  value: anything,
  low: anything,
  high: anything,
  exactDensity: ['a function of one number', isFunction],
};

const areNames = (value: unknown): boolean => Array.isArray(value) && value.length > 0 && value.every(isText);
const arePoints = (value: unknown): boolean => Array.isArray(value) && value.every(isNumbers);
const areMasses = (value: unknown): boolean =>
  isNumbers(value) && Array.from(value).every((mass) => mass >= 0 && mass <= 1);
const BY_CENTRES: Rules = {
  centres: ['a list of points, each a list of finite numbers', arePoints, true],
  names: ['a list of names', areNames],
};
const BY_HAND: Rules = {
  names: ['a list of names', areNames, true],
  assign: ofOnePoint,
  exact: ['a list of numbers between 0 and 1', areMasses],
};

/** The rest is checked by symmetry/particles.ts. */
const PARTICLES: Rules = {
  count: ['an integer of at least 2', Number.isInteger, true],
  dimension: ['2 or 3', Number.isInteger, true],
  alike: list('lists of particles'),
  rotations: ['true or false', (value) => typeof value === 'boolean'],
  reflections: ['true or false', (value) => typeof value === 'boolean'],
};

/** Of defineTarget. What is `anything` is checked where it is used. */
const TARGET: Rules = {
  name: anything,
  description: text,
  dimension: anything,
  energy: anything,
  batchedEnergy: ['a function of a batch of points', isFunction],
  noise: anything,
  sum: anything,
  box: ['[low, high] or one such pair per coordinate', Array.isArray],
  torus: byCoordinate,
  interval: byCoordinate,
  base: object('{ mean, standardDeviation }'),
  modes: object('{ centres } or { names, assign }'),
  observables: list('{ name, value }'),
  projections: list('{ name, value, low, high }'),
  blocks: anything,
  particles: object('{ count, dimension }'),
  logZ: finite,
  settings: object('of settings'),
  presets: object('{ quick, default, paper }'),
};

/** Of definePathIntegral. */
const PATH_INTEGRAL: Rules = {
  name: anything,
  description: text,
  dimension: anything,
  potential: anything,
  mass: anything,
  hbar: anything,
  beta: anything,
  box: anything,
  beads: anything,
  modes: anything,
  curvature: anything,
  base: TARGET['base'],
  observables: TARGET['observables'],
  wells: object('{ centres, names }'),
  settings: TARGET['settings'],
  presets: TARGET['presets'],
};

/** Keys that one kind of definition has and the other has not, and what to say of them there. */
const only = (own: Rules, other: Rules, hint: string): Record<string, string> =>
  Object.fromEntries(Object.keys(own).flatMap((key) => (Object.hasOwn(other, key) ? [] : [[key, hint]])));
const OF_PATH_INTEGRALS = only(PATH_INTEGRAL, TARGET, 'it belongs to a quantum particle: use definePathIntegral');
const OF_TARGETS = {
  ...only(TARGET, PATH_INTEGRAL, 'it belongs to a target of defineTarget, not to a path integral'),
  energy: 'the energy of a path integral is made from its `potential`',
};

function checkedName(definition: unknown): string {
  if (!isObject(definition)) throw new InputError(`target: its definition must be an object, got ${shown(definition)}`);
  const given = definition['name'];
  if (typeof given === 'string' && /^[a-z0-9][a-z0-9-]*$/.test(given)) return given;
  throw new InputError(`target: name must be lower-case letters, digits and hyphens, got ${JSON.stringify(given)}`);
}

function checkList(where: string, path: string, entries: unknown, rules: Rules): void {
  if (!Array.isArray(entries)) return;
  entries.forEach((entry: unknown, k) => {
    if (!isObject(entry)) throw new InputError(`${where}: ${path}[${k}] must be an object, got ${shown(entry)}`);
    checkFields(where, `${path}[${k}].`, entry, rules);
  });
}

/** @throws InputError naming the first key that is unknown or of a wrong kind, or a dimension that is too large */
export function checkDefinition(definition: object): void {
  const where = `target "${checkedName(definition)}"`;
  const given = definition as Readonly<Record<string, unknown>>;
  checkFields(where, '', given, TARGET, OF_PATH_INTEGRALS);
  const { base, modes, observables, projections, blocks, particles } = given;
  const dimension = checkedCount(where, 'dimension', given['dimension']);
  if (isObject(base)) checkFields(where, 'base.', base, BASE);
  if (isObject(modes)) checkFields(where, 'modes.', modes, modeRules(modes));
  if (isObject(particles)) checkFields(where, 'particles.', particles, PARTICLES);
  checkList(where, 'observables', observables, OBSERVABLE);
  checkList(where, 'projections', projections, PROJECTION);
  if (Array.isArray(projections)) projections.forEach((projection: object, k) => checkProjection(where, projection, k));
  if (blocks !== undefined) checkBlocks(where, dimension, blocks);
  checkPresets(where, given['presets'], dimension);
}

/** Modes are told by hand or by their centres; of those that are neither, the keys of both are known. */
function modeRules(modes: Readonly<Record<string, unknown>>): Rules {
  if ('assign' in modes) return BY_HAND;
  const byCentres = 'centres' in modes || Object.keys(modes).every((key) => Object.hasOwn(BY_CENTRES, key));
  return byCentres ? BY_CENTRES : { ...BY_HAND, ...BY_CENTRES };
}

function checkProjection(where: string, projection: object, k: number): void {
  const { name: called, value, low, high } = projection as Readonly<Record<string, unknown>>;
  const fail = (what: string): never => {
    throw new InputError(`${where}: projection ${k} must have ${what}`);
  };
  if (!isText(called)) fail(`a name, got ${JSON.stringify(called)}`);
  if (!isFunction(value)) fail(`a value, a function of one point, got ${typeof value}`);
  const isRange = Number.isFinite(low) && Number.isFinite(high) && Number(low) < Number(high);
  if (!isRange) fail(`finite low < high, got [${shown(low)}, ${shown(high)}]`);
}

const isList = (value: unknown): value is readonly unknown[] => Array.isArray(value) && value.length > 0;

/** Every coordinate is in a block. */
function checkBlocks(where: string, dimension: number, blocks: unknown): void {
  const fail = (what: string): never => {
    throw new InputError(`${where}: ${what}`);
  };
  const isCoordinate = (j: unknown): boolean => Number.isInteger(j) && Number(j) >= 0 && Number(j) < dimension;
  if (!isList(blocks)) return fail(`blocks must be a list of lists of coordinates, got ${shown(blocks)}`);
  const held = new Set<unknown>();
  blocks.forEach((block, k) => {
    if (!isList(block)) return fail(`block ${k} must be a list of coordinates, got ${shown(block)}`);
    const stray = block.findIndex((j) => !isCoordinate(j));
    if (stray >= 0) {
      fail(`block ${k} names coordinate ${shown(block[stray])}, but coordinates are 0 to ${dimension - 1}`);
    }
    const isRepeated = new Set(block).size < block.length;
    if (isRepeated) fail(`block ${k} must name each coordinate once, got [${block.join(', ')}]`);
    for (const j of block) held.add(j);
  });
  const missing = Array.from({ length: dimension }, (_, j) => j).find((j) => !held.has(j));
  if (missing !== undefined) fail(`blocks must hold every coordinate, but none holds ${missing}`);
}

/** As {@link checkDefinition}, of a path integral. */
export function checkPathIntegral(definition: object): void {
  const where = `target "${checkedName(definition)}"`;
  const given = definition as Readonly<Record<string, unknown>>;
  checkFields(where, '', given, PATH_INTEGRAL, OF_TARGETS);
  const { base, wells, observables } = given;
  if (isObject(base)) checkFields(where, 'base.', base, { mean: anything, standardDeviation: anything });
  if (isObject(wells)) checkFields(where, 'wells.', wells, BY_CENTRES);
  checkList(where, 'observables', observables, OBSERVABLE);
  checkPresets(where, given['presets'], Number(given['dimension'] ?? 1), true);
}

/** A count of numbers, such as a dimension. @throws InputError for one that is none, or too large */
export function checkedCount(where: string, field: string, count: unknown): number {
  if (typeof count !== 'number' || !Number.isInteger(count) || count < 1) {
    throw new InputError(`${where}: ${field} must be a positive integer, got ${shown(count)}`);
  }
  if (count <= MOST_COORDINATES) return count;
  throw new InputError(
    `${where}: ${field} must be at most ${MOST_COORDINATES}, got ${count}; ` +
      'chains and flows are not made for points of more numbers',
  );
}
