/** The command line: parse, call one verb, print, exit code. Verbs load what they need only when called. */
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { createRequire } from 'node:module';
import { devices } from '../engine/onnx/device.ts';
import { refusedMemory } from '../engine/wasm/webAssembly.ts';
import { InputError } from '../errors.ts';
import { watchProcess } from './foreignCode.ts';
import { print, watchOutput } from './print.ts';
import type { PaceOptions } from './surroundings.ts';
import type { BenchArguments } from './verbs/bench.ts';
import type { ExportArguments } from './verbs/export.ts';
import type { RunArguments } from './verbs/run.ts';
import type { SampleArguments } from './verbs/sample.ts';

/** 0 done, 1 failed, 2 bad input, 130 interrupted. */
export const EXIT = { done: 0, failed: 1, badInput: 2, interrupted: 130 } as const;

/** Seconds between checkpoints. */
const SAVE_EVERY = 3;

const collect = (value: string, earlier: string[]): string[] => [...earlier, value];

function wholeNumber(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === '' || !Number.isSafeInteger(value) || value < least)
      throw new InvalidArgumentError(`It must be an integer of at least ${least}.`);
    return value;
  };
}

/** 1e6 and 1_000_000 are counts too. */
const count = (text: string): number => wholeNumber(1)(text.replaceAll('_', ''));

function number(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value)) throw new InvalidArgumentError('It must be a finite number.');
  return value;
}

function seconds(text: string): number {
  const value = number(text);
  if (value < 0) throw new InvalidArgumentError('It must be at least 0.');
  return value;
}

const deviceOption = (description: string): Option => new Option('--device <device>', description).choices(devices);

function version(): string {
  const { version: text } = createRequire(import.meta.url)('../../package.json') as { version: string };
  return text;
}

function program(): Command {
  const root = new Command('jeffreys')
    .description(
      'Sample densities with many modes: parallel tempering, a normalizing flow trained by the Jeffreys '
        + 'divergence, exact weights.'
    )
    .version(version())
    .option('--debug', 'print stack traces of unexpected errors')
    .showSuggestionAfterError()
    .configureHelp({ showGlobalOptions: true })
    .exitOverride()
    .addHelpText('after', `
Examples:
  $ jeffreys run three-well                     sample a built-in target
  $ jeffreys init my-target                     write a starter of your own target, then
  $ jeffreys run ./my-target.ts --seed 1        run it
  $ jeffreys sample latest -n 1e6 --out x.npy   a million independent weighted samples
  $ jeffreys report latest --open               look at the last run`);

  root.command('list')
    .description('targets and experiments, one line each')
    .option('--json', 'print one JSON array')
    .action(async (options: { json?: boolean }) => (await import('./verbs/list.ts')).list(options));

  root.command('init')
    .description('write a commented starter of your own target that runs')
    .argument('<name>', 'name of the target: lower-case letters, digits and hyphens')
    .addHelpText('after', '\nExample:\n  $ jeffreys init double-moon && jeffreys run ./double-moon.ts')
    .action(async (name: string) => (await import('./verbs/init.ts')).init(name));

  root.command('settings')
    .description('every setting that `run --set` takes, with its default')
    .argument('[name]', 'a target, for the defaults that suit it')
    .addOption(new Option('--preset <preset>', 'whose defaults').default('default'))
    .option('--json', 'print one JSON array')
    .addHelpText('after', '\nExample:\n  $ jeffreys settings solvated-16d --preset paper')
    .action(
      async (name: string | undefined, options: { preset: string; json?: boolean }) =>
        (await import('./verbs/settings.ts')).settings(name, options)
    );

  root.command('run')
    .description('run a target or an experiment')
    .argument('<name|file>', 'a name of `jeffreys list`, or a file that exports a target')
    .addOption(
      new Option('--preset <preset>', 'quick: a first look; default: ours; paper: the published settings')
        .default('default')
    )
    .option('--theta <t>', 'balance of the Jeffreys loss in [0, 1]: 0 forward KL, 1 reverse KL', number)
    .option('--seed <n>', 'seed of every random stream', wholeNumber(0), 0)
    .option('--out <dir>', 'run directory; default runs/<target>-<time>')
    .option('--set <key=value>', 'any setting (`jeffreys settings`); may be given several times', collect, [])
    .option(
      '--threads <n>', 'threads; default: all, except in onnxruntime, where two, since they may change the last digits',
      wholeNumber(1)
    )
    .addOption(deviceOption('where the network runs; default cpu'))
    .option(
      '--save-every <seconds>', 'time between checkpoints: what a kill may cost; changes no result', seconds, SAVE_EVERY
    )
    .option('--json', 'print one JSON object and nothing else')
    .option('--quiet', 'print nothing but errors')
    .addHelpText('after', `
Examples:
  $ jeffreys run three-well
  $ jeffreys run himmelblau --theta 0.25 --set kappa=2 --set steps=800 --seed 3
  $ jeffreys run ./my-target.ts --preset quick --json
  $ jeffreys run forty-modes --set generator=ladder --set targetCess=0.97     a ladder of flows
  $ jeffreys run gmm-3d --set generator=ladder --set interpolation=explicit --set lambdas=0.1,0.4,1
  $ jeffreys run single-step-2d                 four potentials x five theta, beside the published figures`)
    .action(async (name: string, options: RunArguments) => (await import('./verbs/run.ts')).run(name, options));

  root.command('resume')
    .description('go on with an interrupted run or experiment')
    .argument('<run>', 'run directory, its name in runs/, or latest')
    .option(
      '--save-every <seconds>', 'time between checkpoints: what a kill may cost; changes no result', seconds, SAVE_EVERY
    )
    .option('--json', 'print one JSON object and nothing else')
    .option('--quiet', 'print nothing but errors')
    .action(
      async (path: string, options: PaceOptions & { json?: boolean; quiet?: boolean }) =>
        (await import('./verbs/resume.ts')).resume(path, options)
    );

  root.command('sample')
    .description('draw any number of weighted samples from a completed run, in bounded memory')
    .argument('<run>', 'run directory, its name in runs/, or latest')
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
      async (path: string, options: SampleArguments) => (await import('./verbs/sample.ts')).sample(path, options)
    );

  root.command('report')
    .description('write the HTML report of a run and print its path')
    .argument('<run>', 'run directory, its name in runs/, or latest')
    .option('--open', 'open it in the browser')
    .action(
      async (path: string, options: { open?: boolean }) => (await import('./verbs/report.ts')).report(path, options)
    );

  root.command('show')
    .description('print the figures of a run')
    .argument('<run>', 'run directory, its name in runs/, or latest')
    .option('--json', 'print the whole record as JSON')
    .action(async (path: string, options: { json?: boolean }) => (await import('./verbs/show.ts')).show(path, options));

  root.command('compare')
    .description('print the figures of several runs side by side')
    .argument('<runs...>', 'run directories')
    .option('--json', 'print one JSON array, an object per run, and nothing else')
    .option('--html <file>', 'also write the table as HTML')
    .action(
      async (paths: string[], options: { json?: boolean; html?: string }) =>
        (await import('./verbs/compare.ts')).compare(paths, options)
    );

  root.command('export')
    .description('write a run in a format of other tools')
    .argument('<run>', 'run directory, its name in runs/, or latest')
    .addOption(
      new Option('--format <format>', 'onnx: the flow; safetensors: its weights; npz, csv: the samples')
        .choices(['onnx', 'safetensors', 'npz', 'csv']).makeOptionMandatory()
    )
    .option('--out <file>', 'file to write; default: named after the target')
    .option('--batch <n>', 'onnx only: points per call', wholeNumber(1), 1024)
    .option('--force', 'replace a file that exists')
    .action(
      async (path: string, options: ExportArguments) => (await import('./verbs/export.ts')).exportRun(path, options)
    );

  root.command('bench')
    .description('time this machine: ours beside PyTorch, NumPy and jax-js, and beside what the hardware allows')
    .argument(
      '[names...]',
      'cases or groups: train-step mala pt generation time-to-ess start-up memory; all that are quick unless ' + 'given'
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
      async (names: string[], options: BenchArguments) => (await import('./verbs/bench.ts')).bench(names, options)
    );

  return root;
}

/** Options that go with every parse error: all are bad input. Help and version are no errors. */
function exitCodeOf(error: CommanderError): number {
  return error.exitCode === 0 ? EXIT.done : EXIT.badInput;
}

/** Run the command line. Sets the process's exit code; never prints a stack trace without --debug. */
export async function main(args: readonly string[]): Promise<void> {
  const { stderr } = process;
  const watched = watchProcess(args.includes('--debug'));
  watchOutput((message) => {
    if (message !== null) stderr.write(`jeffreys: ${message}\n`);
    process.exit(message === null ? EXIT.done : EXIT.failed);
  });
  const root = program();
  for (const command of [root, ...root.commands]) {
    const verb = command === root ? 'jeffreys' : `jeffreys ${command.name()}`;
    command.exitOverride().configureOutput({
      writeOut: print,
      outputError: (text, write) =>
        write(`jeffreys: ${text.replace(/^error: /, '').trim().replace(/\s*\n\s*/g, ' ')}; see \`${verb} --help\`\n`),
    });
  }
  try {
    await root.parseAsync([...args], { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) {
      process.exitCode = exitCodeOf(error);
      return;
    }
    // A library may be refused its memory while it is loaded.
    const known = error instanceof InputError ? error : refusedMemory(error);
    if (known !== undefined) {
      stderr.write(`jeffreys: ${known.message.replace(/\s*\n\s*/g, ' ')}\n`);
      process.exitCode = known.exitCode;
    } else if (error instanceof Error && error.name === 'Interrupted') {
      process.exitCode = EXIT.interrupted;
    } else {
      const reason = error instanceof Error ? error.message.split('\n')[0] : String(error);
      stderr.write(`jeffreys: unexpected error: ${reason}; run again with --debug for the details\n`);
      process.exitCode = EXIT.failed;
    }
    if (args.includes('--debug') && error instanceof Error) stderr.write(`${error.stack ?? ''}\n`);
  } finally {
    watched();
  }
}
