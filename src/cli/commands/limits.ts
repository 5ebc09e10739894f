/** How good a run in rounds is to be, and what it may take, in a user's words. */
import { InvalidArgumentError, Option } from 'commander';
import { number } from './options.ts';

/** Settings by name. */
export type Limits = Readonly<Record<string, number>>;

export interface LimitOptions {
  readonly until?: Limits;
  readonly budget?: Limits;
}

const FIGURES: Readonly<Record<string, string>> = { ess: 'untilEss', logZ: 'untilLogZ', se: 'untilError' };
const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, min: 60, h: 3600, d: 86_400 };
/** Rounds that are as good as no limit, and thousand millions of operations. */
const ANY_ROUNDS = 100;
const ANY_WORK = 1e12;

function figure(assignment: string): Limits {
  const [name, text, ...rest] = assignment.split('=').map((part) => part.trim());
  const known = Object.entries(FIGURES).find(([own]) => own.toLowerCase() === name.toLowerCase());
  if (known === undefined || text === undefined || rest.length > 0)
    throw new InvalidArgumentError(`It must be figures such as ess=0.9,logZ=0.01,se=0.005, got "${assignment}".`);
  const [own, setting] = known;
  const inPercent = own === 'ess' && text.endsWith('%');
  const value = inPercent ? number(text.slice(0, -1)) / 100 : number(text);
  if (!(value > 0)) throw new InvalidArgumentError(`${own} must be above 0, got ${text}.`);
  if (own === 'ess' && value >= 1)
    throw new InvalidArgumentError(`ess is a fraction below 1 (0.9 or 90%), got ${text}.`);
  return { [setting]: value };
}

/** `ess=0.9,logZ=0.01,se=0.005`, or some of them. */
export const parseUntil = (text: string, earlier: Limits = {}): Limits =>
  text.split(',').reduce<Limits>((all, assignment) => ({ ...all, ...figure(assignment) }), earlier);

/** `90s`, `10m`, `1.5h`: time; `1e7`: evaluations of the energy. */
export function parseBudget(text: string, earlier: Limits = {}): Limits {
  const [, amount, unit] = /^\s*([\d._]*(?:e[+-]?\d+)?)\s*([a-z]*)\s*$/i.exec(text) ?? [];
  const value = Number((amount ?? '').replaceAll('_', ''));
  const isAmount = amount !== undefined && amount !== '' && value > 0 && Number.isFinite(value);
  if (!isAmount || (unit !== '' && !Object.hasOwn(UNITS, unit)))
    throw new InvalidArgumentError('It must be a time (90s, 10m, 1h) or a number of energy evaluations (1e7).');
  return { ...earlier, ...(unit === '' ? { budgetEvaluations: value } : { budgetSeconds: value * UNITS[unit] }) };
}

export const untilOption = (): Option => new Option(
  '--until <figures>', 'how good is good enough, in rounds: ess=0.9 (of fresh samples), logZ=0.01, se=0.005 (standard '
    + 'errors of log Z, and of every observable), or some of them',
).argParser(parseUntil);

export const budgetOption = (): Option => new Option(
  '--budget <amount>',
  'what rounds may take: a time (90s, 10m, 1h), or evaluations of the energy (1e7); twice for both',
).argParser(parseBudget);

/** Settings that the limits are. */
export const limitsOf = ({ until, budget }: LimitOptions): Limits => ({ ...budget, ...until });

/** A budget takes the place of the limits by default: time of all of them, evaluations of that on the rounds. */
export const insteadOf = ({ budget = {} }: LimitOptions): Limits => ({
  ...(Object.keys(budget).length > 0 ? { mostRounds: ANY_ROUNDS } : {}),
  ...('budgetSeconds' in budget ? { budgetWork: ANY_WORK } : {}),
});
