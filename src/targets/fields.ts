/** Objects that users write: which fields they may have, and how what is wrong with them is shown. */
import { InputError } from '../errors.ts';
import { nearestName } from '../nearestName.ts';

/** Characters of a value that are shown at most. */
const MOST_SHOWN = 80;

/** A value that a user gave, in one short line. */
export function shown(value: unknown): string {
  if (typeof value === 'function') return 'a function';
  const text = typeof value === 'object' && value !== null ? shownObject(value) : shownPlain(value);
  return text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN)}…` : text;
}

const shownPlain = (value: unknown): string => (typeof value === 'string' ? JSON.stringify(value) : String(value));

function shownObject(value: object): string {
  try {
    const text: unknown = JSON.stringify(value instanceof Float64Array ? Array.from(value) : value);
    if (typeof text === 'string') return text;
  } catch {
    // Circular, or with members that have no text.
  }
  return 'an object';
}

/** Coordinates of a point that are shown at most. */
const MOST_COORDINATES_SHOWN = 8;

/** A point in words: `(1.00000, 2.00000)`. */
export function shownPoint(x: Float64Array): string {
  const shownOf = Array.from(x.subarray(0, MOST_COORDINATES_SHOWN), (entry) => entry.toPrecision(6));
  return `(${[...shownOf, ...(x.length > MOST_COORDINATES_SHOWN ? ['…'] : [])].join(', ')})`;
}

export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
export const isFunction = (value: unknown): boolean => typeof value === 'function';
export const isText = (value: unknown): value is string => typeof value === 'string' && value.trim() !== '';
/** A list of numbers: plain or typed. */
export const isNumbers = (value: unknown): value is ArrayLike<number> =>
  (Array.isArray(value) || value instanceof Float64Array) && Array.from(value as unknown[]).every(Number.isFinite);

/** What a field must be, in words, whether a value is it, and whether it may not be left out. */
export type Rule = readonly [must: string, holds: (value: unknown) => boolean, required?: boolean];
export type Rules = Readonly<Record<string, Rule>>;

/**
 * Check the fields of an object against its rules: every one of them known, and of its kind.
 * @param where whose they are: `target "mine"` @param path before a field's name, `modes.` or nothing
 * @param elsewhere what to say of a field that other definitions have
 * @throws InputError naming the first field that is wrong, with the one that was meant or those there are
 */
export function checkFields(
  where: string,
  path: string,
  given: Readonly<Record<string, unknown>>,
  rules: Rules,
  elsewhere: Readonly<Record<string, string>> = {},
): void {
  const fail = (what: string): never => {
    throw new InputError(`${where}: ${what}`);
  };
  const known = Object.keys(rules);
  const hint = (field: string): string => {
    if (Object.hasOwn(elsewhere, field)) return `; ${elsewhere[field]}`;
    const near = nearestName(field, known);
    return near === null ? `; the keys are ${known.join(', ')}` : `, did you mean "${path}${near}"?`;
  };
  for (const [field, value] of Object.entries(given)) {
    if (!Object.hasOwn(rules, field)) fail(`unknown key "${path}${field}"${hint(field)}`);
    const [must, holds] = rules[field];
    if (value !== undefined && !holds(value)) fail(`${path}${field} must be ${must}, got ${shown(value)}`);
  }
  for (const [field, [must, , required]] of Object.entries(rules)) {
    if (required === true && given[field] === undefined) fail(`${path}${field} is missing; it must be ${must}`);
  }
}
