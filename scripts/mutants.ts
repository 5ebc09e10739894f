/**
 * Deliberate faults, one at a time: each must make the tests that watch over its place fail.
 *
 *   npm run mutants                      all of them, about ten minutes on two cores
 *   npm run mutants -- k-hat mala        those whose name has one of these in it
 *   npm run mutants -- --list
 */
import { parseArgs } from 'node:util';
import { fileURLToPath } from 'node:url';
import { runMutants } from './mutants/run.ts';
import { allMutants, listed, selected } from './mutants/table.ts';

const { values, positionals } = parseArgs({ allowPositionals: true, options: { list: { type: 'boolean' } } });
const mutants = selected(allMutants, positionals);
if (values.list === true) {
  console.log(listed(mutants));
} else if (mutants.length === 0) {
  console.error(`no mutant has ${positionals.join(' or ')} in its name; npm run mutants -- --list shows them all`);
  process.exitCode = 1;
} else {
  const failures = await runMutants({
    mutants,
    root: fileURLToPath(new URL('..', import.meta.url)),
    write: (text) => void process.stdout.write(text),
  });
  process.exitCode = failures > 0 ? 1 : 0;
}
