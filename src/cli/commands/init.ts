import type { Command } from 'commander';

/** `jeffreys init` */
export const init = (command: Command): Command => command
  .description('write a commented starter of your own target that runs')
  .argument('<name>', 'name of the target: lower-case letters, digits and hyphens')
  .addHelpText('after', '\nExample:\n  $ jeffreys init double-moon && jeffreys run ./double-moon.ts')
  .action(async (name: string) => (await import('../verbs/init.ts')).init(name));
