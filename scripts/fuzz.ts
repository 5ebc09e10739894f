/**
 * Random malformed inputs: options, settings, definitions, and stored files that are damaged. None may end in a stack
 * trace, hang, or go on to other bits than those of an undamaged run.
 *
 *   npm run fuzz -- 400              400 inputs, about twenty minutes on two cores
 *   npm run fuzz -- 400 --seed 7     others
 *   npm run fuzz -- --seed 7 --only 12
 *   npm run fuzz -- 100 --kinds finished,interrupted --bases ladder
 */
import { parseArgs } from 'node:util';
import { fuzz } from './fuzz/fuzz.ts';
import { isBase, isKind } from './fuzz/inputs.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { seed: { type: 'string' }, only: { type: 'string' }, kinds: { type: 'string' }, bases: { type: 'string' } },
});
const wholeNumber = (text: string, what: string): number => {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0) throw new Error(`${what} must be a whole number, got ${text}`);
  return value;
};
/** A seed of today's unless one is given: it is printed, and makes the same inputs again. */
const seed = values.seed === undefined ? Math.floor(Date.now() / 1000) : wholeNumber(values.seed, '--seed');
const listed = <T extends string>(
  text: string | undefined,
  is: (name: string) => name is T,
): readonly T[] | undefined => text?.split(',').filter(is);
const kinds = listed(values.kinds, isKind);
const bases = listed(values.bases, isBase);
const inputs =
  values.only === undefined
    ? Array.from({ length: wholeNumber(positionals[0] ?? '400', 'the number of inputs') }, (_, i) => i)
    : [wholeNumber(values.only, '--only')];
console.log(`seed ${seed}`);
const failures = await fuzz({
  inputs,
  seed,
  ...(kinds === undefined ? {} : { kinds }),
  ...(bases === undefined ? {} : { bases }),
  write: (text) => void process.stdout.write(text),
});
process.exitCode = failures > 0 ? 1 : 0;
