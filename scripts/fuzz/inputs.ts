/** Input i of a seed: a folder, a command line to run in it, and what must be so when that succeeds. */
import { cpSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bitsOf, sumOf, type Base, type Pool } from './bases.ts';
import { wildDefinition } from './definitions.ts';
import { diceOf, type Dice } from './dice.ts';
import { TINY, wildCommand, wildSettings } from './options.ts';
import { jeffreys } from './process.ts';
import { baseNames, type BaseName } from './recipes.ts';
import { damage } from './stored.ts';
import type { Outcome } from './verdict.ts';

export const kinds = ['options', 'settings', 'definitions', 'finished', 'interrupted'] as const;
export type Kind = (typeof kinds)[number];

export interface Input {
  readonly kind: Kind;
  /** What is wrong with it, where the command line does not say. */
  readonly title: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** Whether it may be something right that takes long. */
  readonly patient: boolean;
  /** @returns what is wrong with an outcome that is called a success, or null */
  readonly check: (outcome: Outcome) => Promise<string | null>;
}

export interface InputOptions {
  readonly pool: Pool;
  readonly folder: string;
  readonly seed: number;
  /** Of these kinds, in turn. */
  readonly kinds: readonly Kind[];
  readonly bases: readonly BaseName[];
}

const nothing = (): Promise<null> => Promise.resolve(null);
/** The run in the folder of an input, as commands name it. */
const RUN = 'run';

export async function inputOf(
  { pool, folder, seed, kinds: wanted, bases }: InputOptions,
  index: number,
): Promise<Input> {
  const dice = diceOf(seed, index);
  const kind = wanted[index % wanted.length];
  const turn = Math.floor(index / wanted.length);
  const cwd = join(folder, `input-${index}`);
  mkdirSync(cwd);
  switch (kind) {
    case 'options': {
      const args = wildCommand(dice).map((word) => word.replace('RUN', RUN));
      cpSync((await pool.base(bases[0])).complete, join(cwd, RUN), { recursive: true });
      return { kind, title: '', args, cwd, patient: true, check: nothing };
    }
    case 'settings':
      return { kind, title: '', args: wildSettings(dice, turn), cwd, patient: true, check: nothing };
    case 'definitions':
      writeFileSync(join(cwd, 'target.ts'), wildDefinition(dice));
      return {
        kind,
        title: 'see target.ts',
        args: ['run', './target.ts', ...TINY, '--out', RUN],
        cwd,
        patient: false,
        check: nothing,
      };
    case 'finished':
    case 'interrupted': {
      const name = dice.pick(bases);
      const base = await pool.base(name);
      const from = kind === 'finished' ? base.complete : dice.pick(base.stopped);
      cpSync(from, join(cwd, RUN), { recursive: true });
      const others = (await Promise.all(bases.map((other) => pool.base(other))))
        .flatMap(({ complete, stopped }) => [complete, ...stopped])
        .filter((other) => other !== from);
      const title = `${name}: ${damage(join(cwd, RUN), others, dice)}`;
      const args = verb(kind, dice);
      return {
        kind,
        title,
        args,
        cwd,
        patient: false,
        check: (outcome) => sameAsUndamaged(args, outcome, base, cwd, from),
      };
    }
  }
}

/** Every verb on finished runs; of interrupted ones most are resumed. */
function verb(kind: 'finished' | 'interrupted', dice: Dice): string[] {
  if (kind === 'interrupted' && dice.chance(0.8)) return ['resume', RUN];
  return dice.pick([
    ['resume', RUN],
    ['sample', RUN, '-n', '500', '--out', 'x.npy'],
    ['report', RUN],
    ['show', RUN],
    ['show', RUN, '--json'],
    ['compare', RUN, RUN, '--html', 'x.html'],
    ...['onnx', 'safetensors', 'npz', 'csv'].map((format) => ['export', RUN, '--format', format, '--out', 'x']),
  ]);
}

const MADE = ['x', 'x.npy', 'x_log_weights.npy', 'x.html'];

/** A success on a damaged run has the bits, and says the words, of the same on the run without damage. */
export async function sameAsUndamaged(
  args: readonly string[],
  outcome: Outcome,
  base: Pick<Base, 'bits'>,
  cwd: string,
  from: string,
): Promise<string | null> {
  if (args[0] === 'resume') {
    const bits = bitsOf(join(cwd, RUN));
    const other = Object.keys({ ...base.bits, ...bits }).filter((name) => bits[name] !== base.bits[name]);
    return other.length === 0 ? null : `succeeds with other bits in ${other.join(', ')}`;
  }
  const whole = join(cwd, 'undamaged');
  mkdirSync(whole);
  cpSync(from, join(whole, RUN), { recursive: true });
  const expected = await jeffreys(args, whole, false);
  const spoken = args[0] === 'show' || args[0] === 'compare';
  if (spoken && expected.stdout !== outcome.stdout) return 'prints other figures';
  const other = MADE.filter(
    (name) =>
      existsSync(join(whole, name)) &&
      (!existsSync(join(cwd, name)) || sumOf(join(cwd, name)) !== sumOf(join(whole, name))),
  );
  return other.length === 0 ? null : `writes other bits to ${other.join(', ')}`;
}

export const isBase = (name: string): name is BaseName => (baseNames as readonly string[]).includes(name);
export const isKind = (name: string): name is Kind => (kinds as readonly string[]).includes(name);
