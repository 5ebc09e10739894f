import { Option, type Command } from 'commander';

/** `jeffreys settings` */
export const settings = (command: Command): Command => command
  .description('every setting that `run --set` takes, with its default')
  .argument('[name]', 'a target, for the defaults that suit it')
  .addOption(new Option('--preset <preset>', 'whose defaults').default('default'))
  .option('--json', 'print one JSON array')
  .addHelpText('after', '\nExample:\n  $ jeffreys settings solvated-16d --preset paper')
  .action(
    async (name: string | undefined, options: { preset: string; json?: boolean }) =>
      (await import('../verbs/settings.ts')).settings(name, options)
  );
