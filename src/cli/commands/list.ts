import type { Command } from 'commander';

/** `jeffreys list` */
export const list = (command: Command): Command => command
  .description('targets and experiments, one line each')
  .option('--json', 'print one JSON array')
  .action(async (options: { json?: boolean }) => (await import('../verbs/list.ts')).list(options));
