/** Many malformed inputs, some at a time: what each of them must not do, told in a table and by every failure. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { table } from '../../src/cli/summary.ts';
import { Pool } from './bases.ts';
import { inputOf, kinds, type Input, type InputOptions, type Kind } from './inputs.ts';
import { jeffreys } from './process.ts';
import { baseNames, type BaseName } from './recipes.ts';
import { complaintOf } from './verdict.ts';

export interface FuzzOptions {
  /** Indices of the inputs. */
  readonly inputs: readonly number[];
  readonly seed: number;
  readonly kinds?: readonly Kind[];
  readonly bases?: readonly BaseName[];
  readonly write: (text: string) => void;
}

interface Result {
  readonly index: number;
  readonly input: Input;
  readonly code: string;
  readonly complaint: string | null;
}

/** As many as small machines have cores. */
const AT_A_TIME = 2;

/** @returns how many inputs failed; their folders are kept, all others removed */
export async function fuzz({
  inputs,
  seed,
  kinds: wanted = kinds,
  bases = baseNames,
  write,
}: FuzzOptions): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'jeffreys-fuzz-'));
  const options: InputOptions = { pool: new Pool(folder, write), folder, seed, kinds: wanted, bases };
  const results: Result[] = [];
  const waiting = [...inputs];
  const work = async (): Promise<void> => {
    for (let index = waiting.shift(); index !== undefined; index = waiting.shift()) {
      const result = await resultOf(options, index);
      results.push(result);
      if (result.complaint === null) rmSync(result.input.cwd, { recursive: true, force: true });
      else write(told(result, options));
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, work));
  const failures = results.filter(({ complaint }) => complaint !== null).length;
  write(`${summary(results, wanted)}\n`);
  if (failures === 0) rmSync(folder, { recursive: true, force: true });
  else write(`${failures} of ${results.length} inputs failed; their folders are kept in ${folder}\n`);
  return failures;
}

async function resultOf(options: InputOptions, index: number): Promise<Result> {
  const input = await inputOf(options, index);
  const outcome = await jeffreys(input.args, input.cwd, input.patient);
  const complaint = complaintOf(outcome) ?? (outcome.code === 0 ? await input.check(outcome) : null);
  return { index, input, code: outcome.code === null ? String(outcome.signal) : String(outcome.code), complaint };
}

const quoted = (word: string): string =>
  /^[\w./=,-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;

/** A failure, with what makes it again. */
function told(
  { index, input: { kind, title, args, cwd }, complaint }: Result,
  { seed, kinds: wanted, bases }: InputOptions,
): string {
  // Which input an index is depends on the kinds and bases that take turns.
  const again = [
    `--seed ${seed}`,
    `--only ${index}`,
    ...(wanted === kinds ? [] : [`--kinds ${wanted.join(',')}`]),
    ...(bases === baseNames ? [] : [`--bases ${bases.join(',')}`]),
  ];
  return [
    '',
    `input ${index} (${kind}${title === '' ? '' : `, ${title}`}) ${complaint}`,
    `  again:  npm run fuzz -- ${again.join(' ')}`,
    `  or, as it was left:  cd ${cwd} && jeffreys ${args.map(quoted).join(' ')}`,
    '',
  ].join('\n');
}

function summary(results: readonly Result[], wanted: readonly Kind[]): string {
  const codes = ['0', '1', '2', '130'];
  const row = (name: string, of: readonly Result[]): string[] => [
    name,
    String(of.length),
    ...codes.map((code) => String(of.filter((result) => result.code === code).length)),
    String(of.filter(({ complaint }) => complaint !== null).length),
  ];
  return table([
    ['inputs', 'all', ...codes.map((code) => `exit ${code}`), 'failed'],
    ...wanted.map((kind) =>
      row(
        kind,
        results.filter(({ input }) => input.kind === kind),
      ),
    ),
    row('together', results),
  ]).join('\n');
}
