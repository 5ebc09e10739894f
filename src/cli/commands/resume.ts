import type { Command } from 'commander';
import type { ResumeArguments } from '../verbs/resume.ts';
import { budgetOption, untilOption } from './limits.ts';
import { RUN, saveEveryOption } from './options.ts';

/** `jeffreys resume` */
export const resume = (command: Command): Command => command
  .description('go on with an interrupted run or experiment, or take a finished run in rounds further')
  .argument(...RUN)
  .addOption(untilOption())
  .addOption(budgetOption())
  .addOption(saveEveryOption())
  .option('--json', 'print one JSON object and nothing else')
  .option('--quiet', 'print nothing but errors')
  .addHelpText('after', `
A budget is of the run as a whole, with what it has taken already.

Examples:
  $ jeffreys resume latest                      go on where it was stopped
  $ jeffreys resume latest --until ess=0.99     further rounds, until this is reached
  $ jeffreys resume latest --until se=0.001     more samples, until every observable is known so well
  $ jeffreys resume latest --budget 1h`)
  .action(
    async (path: string, options: ResumeArguments) => (await import('../verbs/resume.ts')).resume(path, options)
  );
