import type { Command } from 'commander';
import { RUN } from './options.ts';

/** `jeffreys show` */
export const show = (command: Command): Command => command
  .description('print the figures of a run')
  .argument(...RUN)
  .option('--json', 'print the whole record as JSON')
  .action(async (path: string, options: { json?: boolean }) => (await import('../verbs/show.ts')).show(path, options));
