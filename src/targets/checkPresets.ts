/** What a definition may say of presets: checked before anything runs, whichever preset is asked for. */
import { InputError } from '../errors.ts';
import { checkFields, isObject, shown, type Rule, type Rules } from './fields.ts';
import { presetNames } from './presets.ts';

const preset: Rule = ['an object { settings, box }', isObject];
const PRESETS: Rules = Object.fromEntries(presetNames.map((name) => [name, preset]));
const PRESET: Rules = {
  settings: ['an object of settings', isObject],
  box: ['[low, high] or one such pair per coordinate', Array.isArray],
};

/**
 * @param where whose they are: `target "mine"` @param dimension coordinates; of a path integral, those of one mode
 * @param modes whether the coordinates repeat, a pair for each of every mode
 * @throws InputError naming the first key that is unknown or of a wrong kind, or a box that is none
 */
export function checkPresets(where: string, presets: unknown, dimension: number, modes = false): void {
  if (!isObject(presets)) return;
  checkFields(where, 'presets.', presets, PRESETS);
  for (const [name, given] of Object.entries(presets)) {
    if (!isObject(given)) continue;
    checkFields(where, `presets.${name}.`, given, PRESET);
    if (given['box'] !== undefined) checkBox(where, `presets.${name}.box`, given['box'], dimension, modes);
  }
}

const isPair = (value: unknown): value is readonly [unknown, unknown] =>
  Array.isArray(value) && value.length === 2 && value.every((entry) => typeof entry === 'number');

function checkBox(where: string, field: string, box: unknown, dimension: number, modes: boolean): void {
  const fail = (what: string): never => { throw new InputError(`${where}: ${field} ${what}`); };
  const pairs: readonly unknown[] = isPair(box) ? [box] : Array.isArray(box) ? box : [];
  const fits = modes ? pairs.length > 0 && pairs.length % dimension === 0 : pairs.length === dimension;
  if (!isPair(box) && !(fits && pairs.every(isPair))) {
    fail(`must be [low, high] or one such pair per coordinate (${dimension}${modes ? ' of every mode' : ''}), got `
      + shown(box));
  }
  const stray = pairs.find((pair) => {
    const [low, high] = pair as [number, number];
    return !(Number.isFinite(low) && Number.isFinite(high) && low < high);
  });
  if (stray !== undefined) fail(`must be finite with low < high, got ${shown(stray)}`);
}
