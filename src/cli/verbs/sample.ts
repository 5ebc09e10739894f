import { resolve } from 'node:path';
import type { Device } from '../../engine/onnx/device.ts';
import { uniform, foldIn } from '../../engine/random.ts';
import { InputError } from '../../errors.ts';
import { sampleKey, streamSamples, type WeightedPiece } from '../../generators/ensemble.ts';
import { streamLadder } from '../../generators/ladderChain.ts';
import { streamBeads } from '../../generators/liftedRing.ts';
import { streamNoisy } from '../../generators/noisyChain.ts';
import { Interrupted } from '../../generators/journal.ts';
import { checkSettings } from '../../generators/settings.ts';
import { RunningWeights } from '../../estimators/runningWeights.ts';
import { storedExtended } from '../../records/figure.ts';
import { createNpyWriter } from '../../store/npy.ts';
import { openRun } from '../../store/runDirectory.ts';
import { compileEnergy } from '../../targets/compile.ts';
import { standingOfDrawn } from '../../verdict/drawn.ts';
import { teller, tellOfRun } from '../notes.ts';
import { checkOutput } from '../outputFile.ts';
import { print } from '../print.ts';
import { readFlow, readLadder, readLiftedFlow, readNoisyFlow, requireComplete } from '../readRun.ts';
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
  const { count: n, out, resample = false, seed, force = false } = options;
  const { findExperiment } = await import('../experiment.ts');
  const experiment = findExperiment(path);
  if (experiment !== null)
    throw new InputError(`${experiment} is an experiment; name one of its runs, such as ${experiment}/<run>`);
  const weightsFile = resample ? null : (options.weights ?? besides(out));
  if (resample && options.weights !== undefined)
    throw new InputError('--weights and --resample exclude each other: resampled points have equal weights');
  if (weightsFile !== null && resolve(weightsFile) === resolve(out))
    throw new InputError(`--out and --weights both name ${out}; name two files`);
  for (const file of [out, ...(weightsFile === null ? [] : [weightsFile])]) checkOutput(file, force);
  const run = openRun(path);
  const outcome = requireComplete(run);
  const { ladder, noise, pathIntegral: isPathIntegral } = outcome;
  if (options.beads !== undefined && isPathIntegral === null)
    throw new InputError(`--beads is for path integrals, and ${run.path} is none`);
  if (options.moves !== undefined && noise !== null)
    throw new InputError(`--moves is not for runs on noisy energies, and ${run.path} is one`);
  if (options.moves !== undefined && ladder === null)
    throw new InputError(`--moves is for ladders of flows, and ${run.path} is one flow`);
  const tell = teller(options.quiet === true);
  tellOfRun(run, tell, 'shows');
  const target = await targetOfRun(run, tell);
  checkEnergiesOf(run, target);
  const own = settingsOfRun(run);
  const settings = checkSettings(
    { ...own, baseSampling: options.lattice === true ? 'lattice' : 'independent', device: options.device ?? own.device }
  );
  requireDevice(settings.device);
  const key = sampleKey(seed);
  const noisy = noise === null ? null : readNoisyFlow(run, target, noise);
  const { pathIntegral } = target;
  if (pathIntegral !== undefined && options.moves !== undefined)
    throw new InputError(`--moves is not for path integrals, and ${run.path} is one`);
  const beads = options.beads ?? pathIntegral?.beads ?? 1;
  const draw = pathIntegral !== undefined
    ? ((flow) => (): AsyncGenerator<WeightedPiece> => streamBeads(flow, beads, key, n))(
      readLiftedFlow(run, target, pathIntegral, settings)
    )
    : noisy !== null
    ? (): AsyncGenerator<WeightedPiece> => streamNoisy({ ...noisy.flow, settings }, noisy.weigh, key, n)
    : ladder === null
    ? ((source) => (): AsyncGenerator<WeightedPiece> => streamSamples(source, key, n))(
      { target, energy: compileEnergy(target), flow: readFlow(run, target), settings }
    )
    : ((source) => (): AsyncGenerator<WeightedPiece> => streamLadder(
      source, key, options.moves ?? own.freshRejuvenation, n
    ))({ target, energy: compileEnergy(target), ...readLadder(run, target), settings });
  const signal = stopSignal();
  const progress =
    progressLine(process.stderr, options.quiet !== true && options.json !== true, () => performance.now());
  const started = performance.now();
  const passes = resample ? 2 : 1;
  const stream = async (pass: number, use: (piece: WeightedPiece) => void): Promise<void> => {
    for await (const piece of draw()) {
      use(piece);
      progress.update({ kind: 'generation', done: pass * n + piece.first + piece.count, total: passes * n });
      await new Promise((resolve) => { setImmediate(resolve); });
      if (signal.aborted) throw new Interrupted('stopped on request');
    }
  };
  const totals = new RunningWeights(n);
  const shape = pathIntegral === undefined ? [target.dimension] : [beads, pathIntegral.dimension];
  const width = shape.reduce((product, length) => product * length, 1);
  const samples = createNpyWriter(out, { dtype: 'float64', shape: [n, ...shape] });
  const weights = weightsFile === null ? null : createNpyWriter(weightsFile, { dtype: 'float64', shape: [n] });
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
  const seconds = (performance.now() - started) / 1000;
  const { tail } = totals;
  const learned = noisy !== null && noisy.weights !== 'exact';
  const ring = isPathIntegral?.rings.find((other) => other.beads === beads);
  const { standing, reasons, logZ } = standingOfDrawn(
    outcome, { value: totals.logMean, standardError: totals.logMeanStandardError, tail }, n,
    pathIntegral === undefined ? outcome.generation.logZ : (ring?.logZ ?? null), learned
  );
  const result = {
    samples: n, standing, reasons, ess: totals.ess / n, paretoK: storedExtended(tail.k), logZ: logZ.value,
    logZSE: logZ.standardError, nonFinite: totals.nonFinite,
    ...(noisy === null ? {} : { weightKind: noisy.weights }), ...(pathIntegral === undefined ? {} : { beads }), seconds,
    out, weights: weightsFile, resampled: resample,
  };
  if (options.json === true) print(`${JSON.stringify(result)}\n`);
  else if (options.quiet !== true) {
    const error = logZ.standardError === null ? '(error unknown)'
      : `± ${logZ.standardError.toFixed(5)}${standing === 'doubtful' ? ' (doubtful)' : ''}`;
    const drawn =
      `${n} ${pathIntegral === undefined ? 'samples' : `rings of ${beads} beads`} in ${seconds.toFixed(1)} s, `
        + `ESS ${(100 * result.ess).toFixed(2)} %, Pareto k-hat ${tail.k.toFixed(2)}, log Z `
        + `${totals.logMean.toFixed(5)} ${error}`;
    print(
      `${drawn}${totals.nonFinite > 0 ? `, ${totals.nonFinite} weights not finite` : ''}`
        + `${noisy === null ? '' : `; ${noisy.weights} weights`}\n`
    );
    if (standing !== 'sound') print(
      `${standing.toUpperCase()}: `
        + `${reasons[0]}`
        + `${reasons.length > 1 ? ` (and ${reasons.length - 1} more: see \`jeffreys show ${path}\`)` : ''}\n`
    );
    print(`samples      ${out}\n${weightsFile === null ? '' : `log-weights  ${weightsFile}\n`}`);
  }
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
