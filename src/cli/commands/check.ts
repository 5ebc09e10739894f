import { Option, type Command } from 'commander';
import type { CheckArguments } from '../verbs/check.ts';
import { collect, deviceOption, number, wholeNumber } from './options.ts';

/** `jeffreys check` */
export const check = (command: Command): Command => command
  .description('check a target, time its energy, and say what a run of it will cost; writes nothing')
  .argument('<name|file>', 'a target of `jeffreys list`, or a file that exports one')
  .addOption(new Option('--preset <preset>', 'quick, default or paper: as in run').default('default'))
  .option('--theta <t>', 'balance of the Jeffreys loss in [0, 1], as in run', number)
  .option('--set <key=value>', 'any setting, as in run; may be given several times', collect, [])
  .option('--threads <n>', 'threads, as in run', wholeNumber(1))
  .addOption(deviceOption('where the network runs; default cpu'))
  .option('--json', 'print one JSON object and nothing else')
  .addHelpText('after', `
Its gradient is compared with differences of the energy. Seconds are measured here and now, and those of a run are
estimates; what else a run does (weights, the verdict, the report) is left out.

Examples:
  $ jeffreys check ./my-target.ts
  $ jeffreys check solvated-16d --preset paper
  $ jeffreys check ./my-target.ts --set replicas=12 --set steps=4000 --json`)
  .action(async (name: string, options: CheckArguments) => (await import('../verbs/check.ts')).check(name, options));
