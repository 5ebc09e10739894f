import type { Command } from 'commander';
import type { PaceOptions } from '../surroundings.ts';
import { RUN, saveEveryOption } from './options.ts';

/** `jeffreys resume` */
export const resume = (command: Command): Command => command
  .description('go on with an interrupted run or experiment')
  .argument(...RUN)
  .addOption(saveEveryOption())
  .option('--json', 'print one JSON object and nothing else')
  .option('--quiet', 'print nothing but errors')
  .action(
    async (path: string, options: PaceOptions & { json?: boolean; quiet?: boolean }) =>
      (await import('../verbs/resume.ts')).resume(path, options)
  );
