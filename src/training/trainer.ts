/**
 * Training a flow, a few steps at a time: the caller reports progress, saves {@link Trainer.snapshot} and may stop or
 * resume anywhere. The result depends on the data, the settings and the key alone.
 */
import type { Executable } from '../engine/executor.ts';
import { foldIn, type Key } from '../engine/random.ts';
import { fillUniformRows } from '../engine/simd/rows.ts';
import { InputError } from '../errors.ts';
import { parameterCount, validateArchitecture } from '../flows/architecture.ts';
import { initialParameters } from '../flows/initialise.ts';
import { power } from '../numerics/power.ts';
import { noPause, type Pause } from '../pausing.ts';
import { needsForward, needsReverse, reverseWeight, type ObjectiveSettings } from '../objectives/jeffreys.ts';
import type { TrainingPoint } from '../records/record.ts';
import { heldOutEss, type HeldOut, type HeldOutEss } from './evaluation.ts';
import type { FlowMap, ParameterArray } from './flowMap.ts';
import { checkTrainingNoise, drawNoise } from './noise.ts';
import { traceOfSampleCovariance } from './source.ts';
import { scheduledRate, type ScheduleName } from './schedule.ts';
import { compileTraining, type TrainingProblem } from './compileTraining.ts';
import { ADAM, CONTROL, REPORT } from './trainingStep.ts';

/** The loss, and how Adam goes down it. */
export interface TrainingSettings extends ObjectiveSettings {
  readonly steps: number;
  /** Target samples, and base samples, per step. */
  readonly batch: number;
  /** Peak learning rate of Adam. */
  readonly learningRate: number;
  readonly schedule: ScheduleName;
  /** Gradients longer than this are shortened to it, and counted. */
  readonly clipNorm: number;
  /** Steps between evaluations on held-out points. */
  readonly evaluateEvery: number;
  /** Stop when the held-out score has not improved for this many evaluations; 0 never stops early. */
  readonly patience: number;
  /** Base samples: drawn anew each step, or a fixed set of this many (0 for fresh ones). */
  readonly fixedBaseSamples: number;
}

/** Target samples with their energies. */
export interface TrainingData {
  /** [n, d] */
  readonly samples: Float64Array;
  /** [n] */
  readonly energies: Float64Array;
}

export interface TrainerOptions extends TrainingProblem {
  readonly settings: TrainingSettings;
  readonly data: TrainingData;
  readonly heldOut: TrainingData;
  readonly key: Key;
  /** Parameters to start from; default: the identity. */
  readonly initial?: ParameterArray;
  /** What goes on where earlier training left off; default: Adam begins anew. */
  readonly momentum?: Momentum;
  /**
   * What chooses the best parameters: how even the weights of the flow's points are, or how likely it makes held-out
   * samples, for flows whose points are not weighed as they are (pipeline/proposal/symmetrised.ts). Default: ess.
   */
  readonly judgedBy?: 'ess' | 'likelihood';
}

/** What Adam remembers. */
export interface Momentum {
  readonly firstMoment: ParameterArray;
  readonly secondMoment: ParameterArray;
  /** Steps that it has taken. */
  readonly taken: number;
}

/** All that later steps depend on, as plain arrays and JSON. */
export interface TrainerSnapshot {
  readonly arrays: Readonly<Record<'parameters' | 'firstMoment' | 'secondMoment' | 'best', ParameterArray>>;
  readonly json: TrainerCounters;
}

export interface TrainerCounters {
  step: number;
  clippedSteps: number;
  skippedSteps: number;
  bestStep: number;
  bestScore: number;
  evaluationsSinceBest: number;
  stopped: boolean;
  curve: TrainingPoint[];
}

/** Held-out base samples. */
export const EVALUATION_POINTS = 8192;
/** Points of the loss curve that are kept between evaluations. */
const CURVE_EVERY = 10;

/** The training of one flow: made by `Trainer.create`, advanced step by step, saved and restored; then its best. */
export class Trainer {
  private readonly counters: TrainerCounters = {
    step: 0, clippedSteps: 0, skippedSteps: 0, bestStep: 0, bestScore: -Number.MAX_VALUE, evaluationsSinceBest: 0,
    stopped: false, curve: []
  };
  private parameters: ParameterArray;
  private firstMoment: ParameterArray;
  private secondMoment: ParameterArray;
  private best: ParameterArray;
  private readonly weight: number;
  private readonly fixedBase: Float64Array | undefined;
  private readonly heldOut: HeldOut;

  private constructor(
    private readonly options: TrainerOptions, private readonly executable: Executable,
    private readonly forward: FlowMap, private readonly inverse: FlowMap
  ) {
    const { architecture, settings, source, data, key, heldOut } = options;
    const count = parameterCount(architecture);
    const double = options.network.precision === 'float64';
    const initial = options.initial ?? initialParameters(architecture, foldIn(key, 'weights'));
    if (initial.length !== count)
      throw new InputError(`training: the parameters to start from must be ${count} numbers, got ${initial.length}`);
    this.parameters = double ? Float64Array.from(initial) : Float32Array.from(initial);
    this.firstMoment = double ? new Float64Array(count) : new Float32Array(count);
    this.secondMoment = this.firstMoment.slice();
    if (options.momentum !== undefined) {
      this.firstMoment.set(options.momentum.firstMoment);
      this.secondMoment.set(options.momentum.secondMoment);
    }
    this.best = this.parameters.slice();
    this.weight =
      reverseWeight(settings.theta, source.trace, traceOfSampleCovariance(data.samples, architecture.domain.length));
    const d = architecture.domain.length;
    const held = new Float64Array(EVALUATION_POINTS * d);
    source.sample(foldIn(key, 'held-out'), 0, EVALUATION_POINTS, held);
    this.heldOut = { source: held, target: heldOut.samples, energies: heldOut.energies };
    if (settings.fixedBaseSamples > 0) {
      this.fixedBase = new Float64Array(settings.fixedBaseSamples * d);
      source.sample(foldIn(key, 'fixed base'), 0, settings.fixedBaseSamples, this.fixedBase);
    }
  }

  static async create(options: TrainerOptions): Promise<Trainer> {
    const { architecture, settings, data, noise } = options;
    validateArchitecture(architecture);
    if (noise !== undefined) checkTrainingNoise(noise);
    if (data.energies.length === 0 && needsForward(settings))
      throw new InputError('training: needs target samples unless theta is 1 and kappa is 0');
    const { step, forward, inverse } = await compileTraining(options, EVALUATION_POINTS);
    const trainer = new Trainer(options, step, forward, inverse);
    // A warm start may be better than what training makes of it.
    if (options.initial !== undefined) trainer.keepBest(await trainer.heldOutFigures(trainer.parameters, noPause));
    return trainer;
  }

  get step(): number { return this.counters.step; }
  get done(): boolean { return this.counters.stopped || this.counters.step >= this.options.settings.steps; }
  /** The latest point of the curve, if any. */
  get latest(): TrainingPoint | undefined { return this.counters.curve.at(-1); }

  /**
   * Do at most `steps` more steps; returns early when training is done.
   * @param pause called between parts of a step, and of the look at held-out points after it: what it throws leaves the
   *   trainer as it was before the step
   */
  async advance(steps: number, pause: Pause = noPause): Promise<void> {
    for (let i = 0; i < steps && !this.done; i++) await this.oneStep(pause);
  }

  snapshot(): TrainerSnapshot {
    const { parameters, firstMoment, secondMoment, best } = this;
    return { arrays: { parameters, firstMoment, secondMoment, best }, json: structuredClone(this.counters) };
  }

  restore({ arrays, json }: TrainerSnapshot): void {
    const count = this.parameters.length;
    for (const [name, array] of Object.entries(arrays)) {
      if (array.length !== count) throw new InputError(
        `training checkpoint: ${name} has ${array.length} entries, the flow has ${count} parameters`
      );
    }
    this.parameters = arrays.parameters.slice();
    this.firstMoment = arrays.firstMoment.slice();
    this.secondMoment = arrays.secondMoment.slice();
    this.best = arrays.best.slice();
    Object.assign(this.counters, structuredClone(json));
  }

  /** The parameters and moments as they are, for training that goes on. */
  now(): { readonly parameters: ParameterArray; readonly momentum: Momentum } {
    const { step, skippedSteps } = this.counters;
    const taken = (this.options.momentum?.taken ?? 0) + step - skippedSteps;
    const [firstMoment, secondMoment] = [this.firstMoment.slice(), this.secondMoment.slice()];
    return { parameters: this.parameters.slice(), momentum: { firstMoment, secondMoment, taken } };
  }

  /** The parameters with the best held-out score, and the account of training. */
  result(): { parameters: ParameterArray; counters: TrainerCounters } {
    return { parameters: this.best, counters: structuredClone(this.counters) };
  }

  async dispose(): Promise<void> {
    await Promise.all([this.executable.dispose(), this.forward.dispose(), this.inverse.dispose()]);
  }

  /** Points of the source for a step: [batch, d]. */
  private sourceBatch(step: number): Float64Array {
    const { settings, source, key } = this.options;
    const d = source.dimension;
    const x = new Float64Array(settings.batch * d);
    if (!needsReverse(settings)) return x;
    if (this.fixedBase === undefined) {
      source.sample(foldIn(foldIn(key, 'base'), step), 0, settings.batch, x);
      return x;
    }
    pickRows(this.fixedBase, d, foldIn(key, 'base rows'), step, x);
    return x;
  }

  private async oneStep(pause: Pause): Promise<void> {
    const { counters } = this;
    const { settings, data, key, source, noise } = this.options;
    const d = source.dimension;
    const { step } = counters;
    const y = new Float64Array(settings.batch * d);
    const energies = new Float64Array(settings.batch);
    if (needsForward(settings)) pickRows(data.samples, d, foldIn(key, 'rows'), step, y, data.energies, energies);
    const before = this.options.momentum?.taken ?? 0;
    const past = settings.schedule === 'steady' ? before : 0;
    const rate = settings.learningRate * scheduledRate(settings.schedule, past + step, settings.steps);
    const controls = new Float64Array(5);
    // Skipped steps leave Adam's moments alone, so they do not count in its bias correction either.
    const taken = before + step - counters.skippedSteps + 1;
    controls[CONTROL.learningRate] = rate;
    controls[CONTROL.correction1] = 1 - power(ADAM.beta1, taken);
    controls[CONTROL.correction2] = 1 - power(ADAM.beta2, taken);
    controls[CONTROL.reverseWeight] = this.weight;
    controls[CONTROL.clipNorm] = settings.clipNorm;
    const xi = noise === undefined ? [] : drawNoise(noise, settings, settings.batch, foldIn(key, 'noise'), step);
    const state = [this.parameters, this.firstMoment, this.secondMoment];
    const inputs = [...state, controls, this.sourceBatch(step), y, energies, ...xi];
    const [parameters, first, second, report] = await this.executable.run(inputs, pause);
    // A GPU may assume that nothing is NaN (WGSL, "Floating point evaluation"), so the step's own verdict is not
    // enough.
    const accepted = report[REPORT.accepted] === 1 && Number.isFinite(report[REPORT.loss])
      && Number.isFinite(report[REPORT.gradientNorm]);
    const done = step + 1;
    const evaluate = done % settings.evaluateEvery === 0 || done === settings.steps;
    const updated = accepted ? (parameters as ParameterArray) : this.parameters;
    const held = evaluate ? await this.heldOutFigures(updated, pause) : null;
    // From here to the end nothing can be interrupted.
    if (accepted) {
      this.parameters = updated;
      this.firstMoment = first as ParameterArray;
      this.secondMoment = second as ParameterArray;
    }
    counters.step = done;
    if (!accepted) counters.skippedSteps += 1;
    else if (report[REPORT.gradientNorm] > settings.clipNorm) counters.clippedSteps += 1;
    if (held !== null) this.keepBest(held);
    if (held === null && done % CURVE_EVERY !== 0) return;
    const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);
    const point: TrainingPoint = {
      step: done,
      loss: finite(report[REPORT.loss]),
      reverse: needsReverse(settings) ? finite(report[REPORT.reverse]) : null,
      forward: settings.theta < 1 ? finite(report[REPORT.forward]) : null,
      variation: settings.kappa > 0 ? finite(report[REPORT.variation]) : null,
      learningRate: rate,
      gradientNorm: finite(report[REPORT.gradientNorm]),
    };
    counters.curve.push(held === null ? point : { ...point, reverseEss: held.reverseEss, forwardEss: held.forwardEss });
  }

  private heldOutFigures(parameters: ParameterArray, pause: Pause): Promise<HeldOutEss> {
    const { source, evaluator } = this.options;
    return heldOutEss(this.forward, this.inverse, parameters, source, evaluator, this.heldOut, pause);
  }

  /** Score the current parameters by their figures on held-out points, and keep them if they are the best so far. */
  private keepBest({ reverseEss, truncatedForwardEss, meanLogWeight }: HeldOutEss): void {
    const { counters } = this;
    const { settings, judgedBy = 'ess' } = this.options;
    const score = judgedBy === 'likelihood' ? -meanLogWeight
      : needsForward(settings) ? heldOutScore(reverseEss, truncatedForwardEss) : reverseEss;
    if (score > counters.bestScore) {
      counters.bestScore = score;
      counters.bestStep = counters.step;
      counters.evaluationsSinceBest = 0;
      this.best = this.parameters.slice();
    } else {
      counters.evaluationsSinceBest += 1;
      if (settings.patience > 0 && counters.evaluationsSinceBest >= settings.patience) counters.stopped = true;
    }
  }
}

/**
 * What training is judged by: the reverse ESS, lowered once the forward figure falls below one half, as it does when a
 * mode is lost. The forward figure is the truncated one: untruncated, a single held-out point in the tail moves it more
 * than the flow does, and can bring it to nothing.
 * With θ = 1 and κ = 0 nothing is trained on target samples, and the reverse ESS alone decides.
 */
const heldOutScore = (reverseEss: number, forwardEss: number): number => reverseEss * Math.min(1, 2 * forwardEss);

/** Rows drawn with replacement: draw i of step `step` from the stream. */
function pickRows(
  source: Float64Array, d: number, key: Key, step: number, rows: Float64Array, values?: Float64Array,
  picked?: Float64Array
): void {
  const n = source.length / d;
  const count = rows.length / d;
  const draws = new Float64Array(count);
  fillUniformRows(foldIn(key, step), 0, count, 1, draws);
  for (let i = 0; i < count; i++) {
    const from = Math.floor(draws[i] * n);
    for (let j = 0; j < d; j++) rows[i * d + j] = source[from * d + j];
    if (values !== undefined && picked !== undefined) picked[i] = values[from];
  }
}
