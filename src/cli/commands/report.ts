import type { Command } from 'commander';
import { RUN } from './options.ts';

/** `jeffreys report` */
export const report = (command: Command): Command => command
  .description('write the HTML report of a run and print its path')
  .argument(...RUN)
  .option('--open', 'open it in the browser')
  .action(
    async (path: string, options: { open?: boolean }) => (await import('../verbs/report.ts')).report(path, options)
  );
