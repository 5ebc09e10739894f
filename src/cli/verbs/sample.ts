import { resolve } from 'node:path';
import type { Device } from '../../engine/onnx/device.ts';
import { uniform, foldIn } from '../../engine/random.ts';
import { InputError } from '../../errors.ts';
import { Interrupted } from '../../pipeline/journal.ts';
import { sampleKey } from '../../pipeline/proposal/draw.ts';
import type { Proposal } from '../../pipeline/proposal/proposal.ts';
import type { WeightedPiece } from '../../pipeline/transport/transport.ts';
import type { RunResult } from '../../records/record.ts';
import type { Run } from '../../store/run.ts';
import { RunningWeights } from '../../estimators/runningWeights.ts';
import { storedExtended } from '../../records/figure.ts';
import { createNpyWriter } from '../../store/npy.ts';
import { openRun } from '../../store/runDirectory.ts';
import { standingOfDrawn, type DrawnStanding } from '../../verdict/drawn.ts';
import { teller, tellOfRun } from '../notes.ts';
import { checkOutput } from '../outputFile.ts';
import { print } from '../print.ts';
import { readProposal, requireComplete } from '../readRun.ts';
import { requireDevice } from '../requireDevice.ts';
import { settingsOfRun, targetOfRun } from '../runTarget.ts';
import { checkEnergiesOf } from '../storedEnergies.ts';
import { stopSignal } from '../surroundings.ts';
import { progressLine } from '../terminal.ts';

export interface SampleArguments {
  readonly count: number;
  readonly out: string;
  readonly weights?: string;
  readonly resample?: boolean;
  readonly lattice?: boolean;
  /** Of a ladder: MALA steps between its stages; default: the run's own freshRejuvenation. */
  readonly moves?: number;
  /** Of a path integral: beads of the rings; default: those that the flow was trained for. */
  readonly beads?: number;
  readonly seed: number;
  readonly device?: Device;
  readonly force?: boolean;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

const besides = (out: string): string => out.replace(/(\.npy)?$/, '_log_weights.npy');

/** `jeffreys sample <run> -n N`: streamed, so memory stays bounded for any N. */
export async function sample(path: string, options: SampleArguments): Promise<void> {
  const files = await outputFiles(path, options);
  const run = openRun(path);
  const result = requireComplete(run);
  const proposal = await proposalFor(run, result, options);
  const started = performance.now();
  const totals = await write(run, proposal, files, options);
  const seconds = (performance.now() - started) / 1000;
  const beads = result.pathIntegral === null ? null : proposal.shape[0];
  // The standing is that of the run's own figure of log Z, or of the ring's.
  const ring = result.pathIntegral?.rings.find((other) => other.beads === beads)?.logZ ?? null;
  const drawn = { value: totals.logMean, standardError: totals.logMeanStandardError, tail: totals.tail };
  const reference = beads === null ? result.generation.logZ : ring;
  const standing = standingOfDrawn(result, drawn, options.count, reference, proposal.weights === 'learned');
  tellOfSamples(path, options, { totals, seconds, files, standing, beads, weights: weightsOf(result, proposal) });
}

interface OutputFiles {
  readonly out: string;
  /** null where there are none. */
  readonly weights: string | null;
}

/** @throws InputError for files that are not to be written, or a path that is no run's */
async function outputFiles(path: string, options: SampleArguments): Promise<OutputFiles> {
  const { out, resample = false, force = false } = options;
  const { findExperiment } = await import('../experiments/directory.ts');
  const experiment = findExperiment(path);
  if (experiment !== null)
    throw new InputError(`${experiment} is an experiment; name one of its runs, such as ${experiment}/<run>`);
  const weights = resample ? null : (options.weights ?? besides(out));
  if (resample && options.weights !== undefined)
    throw new InputError('--weights and --resample exclude each other: resampled points have equal weights');
  if (weights !== null && resolve(weights) === resolve(out))
    throw new InputError(`--out and --weights both name ${out}; name two files`);
  for (const file of [out, ...(weights === null ? [] : [weights])]) checkOutput(file, force);
  return { out, weights };
}

/** What the run's samples were drawn from, as the options want it. @throws InputError for options of other kinds */
async function proposalFor(
  run: Run, { ladder, noise, pathIntegral }: Omit<RunResult, 'seconds'>, options: SampleArguments,
): Promise<Proposal> {
  const { beads, moves } = options;
  if (beads !== undefined && pathIntegral === null)
    throw new InputError(`--beads is for path integrals, and ${run.path} is none`);
  if (moves !== undefined && noise !== null)
    throw new InputError(`--moves is not for runs on noisy energies, and ${run.path} is one`);
  if (moves !== undefined && ladder === null)
    throw new InputError(`--moves is for ladders of flows, and ${run.path} is one flow`);
  const tell = teller(options.quiet === true);
  tellOfRun(run, tell, 'shows');
  const target = await targetOfRun(run, tell);
  checkEnergiesOf(run, target);
  const device = options.device ?? settingsOfRun(run).output.device;
  requireDevice(device);
  if (moves !== undefined && pathIntegral !== null)
    throw new InputError(`--moves is not for path integrals, and ${run.path} is one`);
  const baseSampling = options.lattice === true ? 'lattice' as const : 'independent' as const;
  const own = readProposal(run, target, { baseSampling, device });
  const moved = moves === undefined ? own : (own.moving?.(moves) ?? own);
  return beads === undefined ? moved : (moved.lift?.(beads) ?? moved);
}

/** Draws the samples to their files. @throws Interrupted when asked to stop: then nothing is written */
async function write(
  run: Run, proposal: Proposal, files: OutputFiles, options: SampleArguments,
): Promise<RunningWeights> {
  const { count: n, resample = false } = options;
  const key = sampleKey(options.seed);
  const { shape, written = (x: Float64Array) => x } = proposal;
  const signal = stopSignal();
  const shown = options.quiet !== true && options.json !== true;
  const progress = progressLine(process.stderr, shown, () => performance.now());
  const passes = resample ? 2 : 1;
  const stream = async (pass: number, use: (piece: WeightedPiece) => void): Promise<void> => {
    for await (const piece of proposal.stream(key, n)) {
      use({ ...piece, samples: written(piece.samples) });
      progress.update({ kind: 'generation', done: pass * n + piece.first + piece.count, total: passes * n });
      await new Promise((done) => { setImmediate(done); });
      if (signal.aborted) throw new Interrupted('stopped on request');
    }
  };
  const totals = new RunningWeights(n);
  const width = shape.reduce((product, length) => product * length, 1);
  const samples = createNpyWriter(files.out, { dtype: 'float64', shape: [n, ...shape] });
  const weights = files.weights === null ? null : createNpyWriter(files.weights, { dtype: 'float64', shape: [n] });
  try {
    await stream(0, ({ samples: x, logWeights }) => {
      totals.add(logWeights);
      if (weights === null) return;
      samples.append(x);
      weights.append(logWeights);
    });
    if (resample) {
      if (totals.logSum === -Infinity)
        throw new InputError(`${run.path}: every weight is zero; there is nothing to resample`, { exitCode: 1 });
      await stream(1, systematic(totals, n, width, uniform(foldIn(key, 'resample'), 0), (x) => samples.append(x)));
    }
    samples.close();
    weights?.close();
  } catch (error) {
    samples.abort();
    weights?.abort();
    progress.clear();
    if (error instanceof Interrupted) process.stderr.write('interrupted; nothing was written\n');
    throw error;
  }
  progress.clear();
  return totals;
}

/** The kind of weights, of runs that have a choice. */
const weightsOf = ({ noise }: Pick<RunResult, 'noise'>, { weights }: Proposal): string | null =>
  (noise === null ? null : weights === 'exact' ? 'exact' : 'learned-stochastic');

interface Told {
  readonly totals: RunningWeights;
  readonly seconds: number;
  readonly files: OutputFiles;
  readonly standing: DrawnStanding;
  /** Of rings; null for others. */
  readonly beads: number | null;
  readonly weights: string | null;
}

/** One JSON object, or a few lines. */
function tellOfSamples(path: string, options: SampleArguments, told: Told): void {
  const { count: n, resample = false } = options;
  const { totals, seconds, files, standing: { standing, reasons, logZ }, beads, weights } = told;
  const { tail, nonFinite } = totals;
  const ess = totals.ess / n;
  if (options.json === true) {
    const result = {
      samples: n, standing, reasons, ess, paretoK: storedExtended(tail.k), logZ: logZ.value,
      logZSE: logZ.standardError, nonFinite, ...(weights === null ? {} : { weightKind: weights }),
      ...(beads === null ? {} : { beads }), seconds, out: files.out, weights: files.weights, resampled: resample,
    };
    print(`${JSON.stringify(result)}\n`);
    return;
  }
  if (options.quiet === true) return;
  const error = logZ.standardError === null ? '(error unknown)'
    : `± ${logZ.standardError.toFixed(5)}${standing === 'doubtful' ? ' (doubtful)' : ''}`;
  print(
    `${n} ${beads === null ? 'samples' : `rings of ${beads} beads`} in ${seconds.toFixed(1)} s, `
      + `ESS ${(100 * ess).toFixed(2)} %, Pareto k-hat ${tail.k.toFixed(2)}, `
      + `log Z ${totals.logMean.toFixed(5)} ${error}`
      + `${nonFinite > 0 ? `, ${nonFinite} weights not finite` : ''}`
      + `${weights === null ? '' : `; ${weights} weights`}\n`,
  );
  if (standing !== 'sound') {
    const more = reasons.length > 1 ? ` (and ${reasons.length - 1} more: see \`jeffreys show ${path}\`)` : '';
    print(`${standing.toUpperCase()}: ${reasons[0]}${more}\n`);
  }
  print(`samples      ${files.out}\n${files.weights === null ? '' : `log-weights  ${files.weights}\n`}`);
}

/**
 * Systematic resampling of a stream whose total weight is known: sample i is written as often as n·W_i crosses u + an
 * integer.
 */
function systematic(totals: RunningWeights, n: number, d: number, u: number, write: (x: Float64Array) => void): (
  piece: WeightedPiece
) => void {
  let cumulated = 0;
  let written = 0;
  return ({ samples, logWeights, count, first }) => {
    const copies: number[] = [];
    for (let i = 0; i < count; i++) {
      const w = logWeights[i] < Infinity ? Math.exp(logWeights[i] - totals.logSum) : 0;
      cumulated += w;
      // The last sample takes what rounding has left.
      const upTo = first + i === n - 1 ? n : Math.min(n, Math.floor(n * cumulated + u));
      for (; written < upTo; written++) copies.push(i);
    }
    const x = new Float64Array(copies.length * d);
    copies.forEach((i, k) => x.set(samples.subarray(i * d, i * d + d), k * d));
    write(x);
  };
}
