/** The command line of all verbs. A verb is declared in a file of its own, which loads no more than that. */
import { Command } from 'commander';
import { versions } from '../versions.ts';

type Declare = (command: Command) => Command;

/** In the order of the help. */
const verbs: Readonly<Record<string, () => Promise<Declare>>> = {
  list: async () => (await import('./list.ts')).list,
  init: async () => (await import('./init.ts')).init,
  settings: async () => (await import('./settings.ts')).settings,
  check: async () => (await import('./check.ts')).check,
  run: async () => (await import('./run.ts')).run,
  resume: async () => (await import('./resume.ts')).resume,
  sample: async () => (await import('./sample.ts')).sample,
  report: async () => (await import('./report.ts')).report,
  show: async () => (await import('./show.ts')).show,
  compare: async () => (await import('./compare.ts')).compare,
  export: async () => (await import('./export.ts')).exportRun,
  bench: async () => (await import('./bench.ts')).bench,
};

/** The verb that is called, or all of them where none is: for help and for what was meant. */
function wanted(args: readonly string[]): string[] {
  const first = args.find((word) => !word.startsWith('-'));
  return first !== undefined && Object.hasOwn(verbs, first) ? [first] : Object.keys(verbs);
}

/** @param args of the command line that is to be parsed */
export async function program(args: readonly string[]): Promise<Command> {
  const root = new Command('jeffreys')
    .description(
      'Sample densities with many modes: parallel tempering, a normalizing flow trained by the Jeffreys '
        + 'divergence, exact weights.'
    )
    .version(versions()['jeffreys-flow'])
    .option('--debug', 'print stack traces of unexpected errors')
    .showSuggestionAfterError()
    .configureHelp({ showGlobalOptions: true })
    .exitOverride()
    .addHelpText('after', `
Examples:
  $ jeffreys run three-well                     sample a built-in target
  $ jeffreys init my-target                     write a starter of your own target, then
  $ jeffreys check ./my-target.ts               is it right, and what would a run of it cost?
  $ jeffreys run ./my-target.ts --seed 1        run it
  $ jeffreys sample latest -n 1e6 --out x.npy   a million independent weighted samples
  $ jeffreys report latest --open               look at the last run`);
  const names = wanted(args);
  const declared = await Promise.all(names.map((name) => verbs[name]()));
  names.forEach((name, k) => declared[k](root.command(name)));
  return root;
}
