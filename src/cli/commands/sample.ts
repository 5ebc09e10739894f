import type { Command } from 'commander';
import type { SampleArguments } from '../verbs/sample.ts';
import { count, deviceOption, RUN, wholeNumber } from './options.ts';

/** `jeffreys sample` */
export const sample = (command: Command): Command => command
  .description('draw any number of weighted samples from a completed run, in bounded memory')
  .argument(...RUN)
  .requiredOption('-n, --count <n>', 'number of samples', count)
  .option('--out <file>', 'samples, shape [n, d], float64', 'samples.npy')
  .option('--weights <file>', 'log-weights, shape [n], float64; default: beside the samples; none with --resample')
  .option('--resample', 'write n equally weighted samples instead (systematic resampling)')
  .option(
    '--moves <n>', 'of a ladder of flows: Langevin moves between its stages (default: as in the run)', wholeNumber(0)
  )
  .option(
    '--beads <n>',
    'of a path integral: beads of the rings, written as positions [n, beads, p] (default: those that the '
      + 'flow was trained for)',
    wholeNumber(1)
  )
  .option('--lattice', 'base points on a randomly shifted lattice: not independent, but means converge faster')
  .option('--seed <n>', 'seed of the base samples', wholeNumber(0), 0)
  .addOption(deviceOption("where the network runs; default: the run's device"))
  .option('--force', 'replace files that exist')
  .option('--json', 'print one JSON object and nothing else')
  .option('--quiet', 'print nothing but errors')
  .addHelpText('after', `
Examples:
  $ jeffreys sample latest -n 1e6 --out x.npy --weights w.npy
  $ jeffreys sample latest -n 1e5 --beads 64 --out paths.npy   (of a path integral)
  $ python3 -c "import numpy as np; x = np.load('x.npy'); w = np.exp(np.load('w.npy')); print((w @ x) / w.sum())"`)
  .action(
    async (path: string, options: SampleArguments) => (await import('../verbs/sample.ts')).sample(path, options)
  );
