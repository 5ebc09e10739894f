// npm run bench [-- <case…>] [--json] [--rounds N] [--list] [--all-peers]: `jeffreys bench`, from the sources.
import { parseArgs } from 'node:util';
import { InputError } from '../src/errors.ts';
import { bench } from '../src/cli/verbs/bench.ts';

try {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { json: { type: 'boolean' }, rounds: { type: 'string' }, list: { type: 'boolean' }, 'all-peers': { type: 'boolean' } },
  });
  const rounds = values.rounds === undefined ? undefined : Number(values.rounds);
  if (rounds !== undefined && !(Number.isInteger(rounds) && rounds > 0)) throw new InputError(`--rounds must be a positive integer, got ${values.rounds}`);
  await bench(positionals, { json: values.json === true, list: values.list === true, allPeers: values['all-peers'] === true, ...(rounds === undefined ? {} : { rounds }) });
} catch (error) {
  const known = error instanceof InputError || (error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS'));
  if (!known) throw error;
  console.error(`bench: ${error.message}`);
  process.exitCode = 2;
}
