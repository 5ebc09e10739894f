import { Option, type Command } from 'commander';
import type { RunArguments } from '../verbs/run.ts';
import { budgetOption, untilOption } from './limits.ts';
import { collect, deviceOption, number, saveEveryOption, wholeNumber } from './options.ts';

/** `jeffreys run` */
export const run = (command: Command): Command => command
  .description('run a target or an experiment')
  .argument('<name|file>', 'a name of `jeffreys list`, or a file that exports a target')
  .addOption(
    new Option('--preset <preset>', 'quick: a first look; default: ours; paper: the published settings')
      .default('default')
  )
  .option('--theta <t>', 'balance of the Jeffreys loss in [0, 1]: 0 forward KL, 1 reverse KL', number)
  .option('--seed <n>', 'seed of every random stream', wholeNumber(0), 0)
  .option('--out <dir>', 'run directory; default runs/<target>-<time>')
  .option('--set <key=value>', 'any setting (`jeffreys settings`); may be given several times', collect, [])
  .addOption(untilOption())
  .addOption(budgetOption())
  .option(
    '--threads <n>', 'threads; default: all, except in onnxruntime, where two, since they may change the last digits',
    wholeNumber(1)
  )
  .addOption(deviceOption('where the network runs; default cpu'))
  .addOption(saveEveryOption())
  .option('--json', 'print one JSON object and nothing else')
  .option('--quiet', 'print nothing but errors')
  .addHelpText('after', `
Examples:
  $ jeffreys run three-well
  $ jeffreys run himmelblau --theta 0.25 --set kappa=2 --set steps=800 --seed 3     one flow, trained once
  $ jeffreys run ./my-target.ts --preset quick --json
  $ jeffreys run ./my-target.ts --until ess=0.9,logZ=0.01 --budget 10m
  $ jeffreys run forty-modes --set generator=ladder --set targetCess=0.97     a ladder of flows
  $ jeffreys run gmm-3d --set generator=ladder --set interpolation=explicit --set lambdas=0.1,0.4,1
  $ jeffreys run single-step-2d                 four potentials x five theta, beside the published figures`)
  .action(async (name: string, options: RunArguments) => (await import('../verbs/run.ts')).run(name, options));
