/** Settings as given, by any of their names, made whole or refused. */
import type { z } from 'zod';
import { checkPrecision } from '../engine/onnx/device.ts';
import { InputError } from '../errors.ts';
import { nearestName } from '../nearestName.ts';
import { kernels } from '../samplers/kernels.ts';
import { chooseExecutor } from '../training/networkExecutor.ts';
import { fixedLambdas } from './lambdas.ts';
import { settingNamed, settingNames, type SettingName } from './names.ts';
import { networkOf } from './output.ts';
import { groups, settingsSchema, type Group, type Settings } from './settings.ts';
import { MOST_SAMPLES } from './values.ts';

/** Settings by short names, by paths, or in groups. */
export type GivenSettings = Readonly<Record<string, unknown>>;

/** A setting from the command line's words. @throws InputError naming the setting and what would be right */
export function parseSetting(assignment: string): GivenSettings {
  const at = assignment.indexOf('=');
  if (at < 1) throw new InputError(`--set needs key=value, got "${assignment}"`);
  const [name, text] = [assignment.slice(0, at), assignment.slice(at + 1)];
  const { schema, short } = named(name);
  const candidates = valuesOf(text, schema.safeParse([]).success);
  const attempts = candidates.map((candidate) => schema.safeParse(candidate));
  const accepted = attempts.find(({ success }) => success);
  if (accepted !== undefined) return { [short]: accepted.data };
  const [{ error }] = attempts;
  const wrong = error === undefined ? 'is not valid' : complaint(error.issues[0]);
  throw new InputError(`--set ${name}: ${wrong}, got "${text}"`);
}

/** What a text may stand for. */
function valuesOf(text: string, list: boolean): unknown[] {
  const blank = text.trim() === '';
  if (list) return [blank ? [] : text.split(',').map((entry) => (entry.trim() === '' ? NaN : Number(entry)))];
  if (text === 'true' || text === 'false') return [text === 'true', text];
  return blank || Number.isNaN(Number(text)) ? [text] : [Number(text), text];
}

/** What would be right, in words. */
function complaint(issue: z.core.$ZodIssue): string {
  if (issue.code === 'too_small') return `must be ${issue.inclusive === true ? 'at least' : 'above'} ${issue.minimum}`;
  if (issue.code === 'too_big') return `must be ${issue.inclusive === true ? 'at most' : 'below'} ${issue.maximum}`;
  if (issue.code === 'invalid_value') return `must be ${issue.values.map(String).join(' or ')}`;
  if (issue.code !== 'invalid_type') return issue.message;
  // The path of an entry of a list ends in its index.
  if (typeof issue.path.at(-1) === 'number') return 'must be numbers separated by commas';
  const { expected } = issue;
  return `must be ${expected === 'boolean' ? 'true or false' : expected === 'int' ? 'an integer' : 'a finite number'}`;
}

/** @throws InputError for a name of no setting, with the nearest one */
function named(name: string): SettingName {
  const found = settingNamed(name);
  if (found !== null) return found;
  const near = nearestName(name, settingNames) ?? nearestName(name.split('.').at(-1) ?? name, settingNames);
  throw new InputError(
    `unknown setting "${name}"${near === null ? '' : `, did you mean "${near}"?`}; the settings are `
      + settingNames.join(', '),
  );
}

const isGroup = (name: string, value: unknown): value is GivenSettings =>
  (groups as readonly string[]).includes(name) && typeof value === 'object' && value !== null;

/** Settings under short names, whatever they were given by; of those given twice the last. @throws InputError */
export function byShortNames(given: GivenSettings): Record<string, unknown> {
  return Object.fromEntries(Object.entries(given).flatMap(([name, value]): [string, unknown][] =>
    (isGroup(name, value) ? Object.entries(value).map(([own, inner]): [string, unknown] => [`${name}.${own}`, inner])
      : [[name, value] as [string, unknown]]).map(([any, inner]) => [named(any).short, inner])));
}

/** All settings, checked. @throws InputError naming the first that is wrong and what would be right */
export function checkSettings(given: GivenSettings): Settings {
  const whole = Object.fromEntries(groups.map((group): [Group, Record<string, unknown>] => [group, {}])) as
    Record<Group, Record<string, unknown>>;
  for (const [short, value] of Object.entries(byShortNames(given))) {
    const { group, name } = named(short);
    whole[group][name] = value;
  }
  const parsed = settingsSchema.safeParse(whole);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const { group, name, short } = named(issue.path.slice(0, 2).map(String).join('.'));
    const value = whole[group][name];
    const got = typeof value === 'string' ? `"${value}"` : String(value);
    throw new InputError(`setting ${short}: ${complaint(issue)}, got ${got}`);
  }
  checkTogether(parsed.data);
  return parsed.data;
}

/** @throws InputError for settings that are right one by one and do not go together */
function checkTogether({ sampling, training, ladder, output, flow }: Settings): void {
  const { sampler, kernel, stepDecades, ladders, rounds, replicas, hottest } = sampling;
  const { particles, groups: parts, lambdas, interpolation } = ladder;
  const wrong = (setting: string, what: string): never => {
    throw new InputError(`setting ${setting}: ${what}`);
  };
  if (replicas > 1 && hottest === 1) wrong('hottest', 'must be below 1 for a ladder of several replicas, got 1');
  checkPrecision(output.device, output.precision);
  if (sampling.path === 'interpolation' && replicas < 2)
    wrong('replicas', `must be at least 2 with path=interpolation (λ = 0 and λ = 1), got ${replicas}`);
  if (stepDecades > 0 && sampler === 'tempering' && !kernels[kernel].exact)
    wrong('stepDecades', `needs a kernel that is exact at every step size (mala or hmc), got kernel=${kernel}`);
  if (interpolation === 'explicit') checkLambdas(lambdas);
  if (sampler === 'resgld' && ladder.generator === 'ladder' && interpolation === 'adaptive')
    wrong('interpolation', 'a ladder of flows on noisy energies needs a list (explicit, linear, geometric or hybrid), '
      + 'got "adaptive"');
  fixedLambdas(ladder); // refuses what is too long
  if (particles < 4 * parts)
    wrong('groups', `needs at least 4 particles in each, got ${parts} groups of ${particles} particles`);
  chooseExecutor(flow, networkOf(output));
  const { batch, variationPairings } = training;
  if (variationPairings >= batch)
    wrong('variationPairings', `must be below batch (${batch}), got ${variationPairings}`);
  if (ladders * rounds > MOST_SAMPLES)
    wrong('rounds', `rounds × ladders is the number of PT samples and must be at most ${MOST_SAMPLES}, got ${rounds} `
      + `× ${ladders}`);
}

/** @throws InputError unless 0 < λ_1 < … < λ_M = 1 with at least two stages */
function checkLambdas(lambdas: readonly number[]): void {
  const shown = lambdas.length === 0 ? 'none' : lambdas.join(', ');
  const wrong = (what: string): never => {
    throw new InputError(`setting lambdas: ${what}`);
  };
  if (lambdas.length < 2)
    wrong(`a ladder needs at least two λ, such as 0.1,0.4,1, got ${shown}; for a single step take generator=flow`);
  if (!(lambdas[0] > 0)) wrong(`must begin above 0 (the base, λ = 0, is implied), got ${shown}`);
  if (lambdas.some((lambda, k) => k > 0 && !(lambda > lambdas[k - 1]))) wrong(`must increase, got ${shown}`);
  if (lambdas[lambdas.length - 1] !== 1) wrong(`must end in 1, the target, got ${shown}`);
}
