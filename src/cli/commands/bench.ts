import type { Command } from 'commander';
import type { BenchArguments } from '../verbs/bench.ts';
import { wholeNumber } from './options.ts';

/** `jeffreys bench` */
export const bench = (command: Command): Command => command
  .description('time this machine: ours beside PyTorch, NumPy and jax-js, and beside what the hardware allows')
  .argument(
    '[names...]',
    'cases or groups: train-step mala pt energy generation time-to-ess start-up memory; all that are quick unless given'
  )
  .option('--rounds <n>', 'rounds of every case', wholeNumber(1))
  .option('--list', 'print the names of the cases and run none')
  .option('--all-peers', 'run peers that take minutes on every target')
  .option('--json', 'print one JSON array and nothing else')
  .addHelpText('after', `
Examples:
  $ jeffreys bench                              about ten minutes; docs/performance.md explains the table
  $ jeffreys bench train-step mala/three-well --rounds 3`)
  .action(
    async (names: string[], options: BenchArguments) => (await import('../verbs/bench.ts')).bench(names, options)
  );
