import type { Command } from 'commander';

/** `jeffreys compare` */
export const compare = (command: Command): Command => command
  .description('print the figures of several runs side by side')
  .argument('<runs...>', 'run directories')
  .option('--json', 'print one JSON array, an object per run, and nothing else')
  .option('--html <file>', 'also write the table as HTML')
  .action(
    async (paths: string[], options: { json?: boolean; html?: string }) =>
      (await import('../verbs/compare.ts')).compare(paths, options)
  );
