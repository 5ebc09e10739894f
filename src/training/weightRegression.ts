/**
 * Learned weights: f = ψ(z) − φ(x) is fitted to noisy differences of energies t at pairs (x, z = F(x)), so that it
 * learns E[t | x, z] (arXiv 2604.05303). At the start, with last layers of zero, it is a robust mean of t.
 *
 * The published loss is (t − f)². Where t is −log w itself, that is ruled by the points of next to no weight, which do
 * not matter. Any Bregman divergence has the same minimiser, E[t | x, z]; the one with φ'' = min(1, exp(−(t − that
 * mean))) cares for errors in proportion to the weights: its gradient is min(1, w) (f − t) (Banerjee, Guo & Wang 2005).
 * Until f has found the points of no weight their t of some hundreds still rule the gradient, so t is cut where w would
 * be nothing whatever the noise.
 */
import type { Executable } from '../engine/executor.ts';
import { compileOnnx } from '../engine/onnx/executor.ts';
import { foldIn } from '../engine/random.ts';
import { fillUniformRows } from '../engine/simd/rows.ts';
import { trace } from '../engine/trace.ts';
import { InputError } from '../errors.ts';
import { power } from '../numerics/power.ts';
import { compileNetwork, runNetwork, type FittedWeights } from './learnedDifference.ts';
import { scheduledRate } from './schedule.ts';
import { ADAM } from './trainingStep.ts';
import { initialWeights } from './weightNetwork.ts';
import { checkOptions, type WeightRegressionOptions } from './weightRegressionOptions.ts';
import { medianOfMeans, moments, quantiles, standardised, type WeightScales } from './weightScales.ts';
import { weightStep } from './weightStep.ts';

export { learnedDifference, type FittedWeights } from './learnedDifference.ts';
export type { WeightRegressionOptions } from './weightRegressionOptions.ts';

/** All that later steps depend on. */
export interface WeightRegressionSnapshot {
  readonly arrays: Readonly<Record<'parameters' | 'firstMoment' | 'secondMoment' | 'best', Float32Array>>;
  readonly json: {
    readonly step: number; readonly bestStep: number; readonly bestError: number; readonly nonFinite: number;
    readonly skippedSteps: number
  };
}

/**
 * With byWeight, t is cut at so much above its middle, plus so many of its standard deviations (of the noise, mostly).
 */
const CUT = { weight: 8, deviations: 4 } as const;

/** 2 (φ(t) − φ(f) − φ'(f) (t − f)) with φ'' = min(1, e^−t): the squared error where both are negative. */
function weightLoss(f: number, t: number): number {
  const potential = (u: number): number => (u <= 0 ? u * u / 2 : u + Math.expm1(-u));
  const slope = f <= 0 ? f : -Math.expm1(-f);
  return 2 * (potential(t) - potential(f) - slope * (t - f));
}

const range = (from: number, to: number): Int32Array => Int32Array.from({ length: to - from }, (_, i) => from + i);

export class WeightRegression {
  private step = 0;
  private bestStep = 0;
  private nonFinite = 0;
  private skippedSteps = 0;
  private parameters: Float32Array;
  private firstMoment: Float32Array;
  private secondMoment: Float32Array;
  private best: Float32Array;
  private bestError: number;
  private readonly constantError: number;
  private readonly scales: WeightScales;
  /** The largest t that is believed. */
  private readonly most: number;
  private readonly held: { readonly rows: Int32Array; readonly targets: Float64Array };

  private constructor(
    private readonly options: WeightRegressionOptions, private readonly executable: Executable,
    private readonly network: Executable
  ) {
    const { x, z, shape, heldOut, key, targets } = options;
    const d = shape.dimension;
    const n = x.length / d;
    const rows = range(n - heldOut, n);
    const values = new Float64Array(heldOut);
    targets(rows, -1, values);
    const finite = values.filter(Number.isFinite);
    if (finite.length === 0) throw new InputError(`learned weights: none of the ${heldOut} held-out targets is finite`);
    this.nonFinite = heldOut - finite.length;
    const [low, high] = quantiles(finite, [0.16, 0.84]);
    const deviationT = (high - low) / 2 || 1;
    const [middle] = quantiles(finite, [0.5]);
    this.most = options.byWeight ? middle + CUT.weight + CUT.deviations * deviationT : Infinity;
    const cut = values.map((value) => Math.min(value, this.most));
    const meanT = medianOfMeans(cut.filter(Number.isFinite));
    const [ofX, ofZ] = [moments(x, d), moments(z, d)];
    this.scales =
      { meanX: ofX.mean, deviationX: ofX.deviation, meanZ: ofZ.mean, deviationZ: ofZ.deviation, meanT, deviationT };
    this.held = { rows, targets: cut };
    this.constantError = this.heldOutLoss(new Float64Array(heldOut).fill(meanT));
    this.bestError = this.constantError;
    this.parameters = initialWeights(shape, foldIn(key, 'weights'));
    this.firstMoment = new Float32Array(this.parameters.length);
    this.secondMoment = new Float32Array(this.parameters.length);
    this.best = this.parameters.slice();
  }

  /** @throws InputError for shapes that do not fit */
  static async create(options: WeightRegressionOptions): Promise<WeightRegression> {
    checkOptions(options);
    const { shape, batch, threads = 1 } = options;
    const { f, specs } = weightStep(shape, batch, options.byWeight);
    const onnx = { precision: 'float32', threads } as const;
    return new WeightRegression(options, await compileOnnx(trace(f, specs), onnx), await compileNetwork(shape, onnx));
  }

  get done(): boolean { return this.step >= this.options.steps; }
  get steps(): number { return this.step; }

  /** At most so many steps more. */
  async advance(steps: number): Promise<void> {
    for (let i = 0; i < steps && !this.done; i++) await this.oneStep();
  }

  private async oneStep(): Promise<void> {
    const { shape, batch, x, z, heldOut, targets, key, learningRate, steps, evaluateEvery } = this.options;
    const { meanX, deviationX, meanZ, deviationZ, meanT, deviationT } = this.scales;
    const d = shape.dimension;
    const trained = x.length / d - heldOut;
    const draws = new Float64Array(batch);
    fillUniformRows(foldIn(foldIn(key, 'rows'), this.step), 0, batch, 1, draws);
    const rows = Int32Array.from(draws, (u) => Math.floor(u * trained));
    const t = new Float64Array(batch);
    targets(rows, this.step, t);
    const taken = this.step - this.skippedSteps + 1;
    const rate = learningRate * scheduledRate('oneCycle', this.step, steps);
    const controls = Float64Array.of(rate, 1 - power(ADAM.beta1, taken), 1 - power(ADAM.beta2, taken), deviationT);
    const counts = Float64Array.from(
      t, (value) => (Number.isNaN(value) || value === -Infinity || Math.min(value, this.most) === Infinity ? 0 : 1)
    );
    this.nonFinite += counts.length - counts.reduce((sum, value) => sum + value, 0);
    const [parameters, first, second, report] = await this.executable.run([
      this.parameters, this.firstMoment, this.secondMoment, controls,
      standardised(x, rows, meanX, deviationX, new Float32Array(batch * d)),
      standardised(z, rows, meanZ, deviationZ, new Float32Array(batch * d)),
      t.map((value, i) => (counts[i] === 0 ? 0 : (Math.min(value, this.most) - meanT) / deviationT)), counts,
    ]);
    if (report[1] !== 1 || counts.every((value) => value === 0)) this.skippedSteps += 1;
    else this.take([parameters, first, second] as Float32Array[]);
    this.step += 1;
    if (this.step % evaluateEvery === 0 || this.done) await this.evaluate();
  }

  private take([parameters, first, second]: readonly Float32Array[]): void {
    this.parameters = parameters;
    this.firstMoment = first;
    this.secondMoment = second;
  }

  private async evaluate(): Promise<void> {
    const { x, z, shape } = this.options;
    const { rows } = this.held;
    const d = shape.dimension;
    const [first] = rows;
    const fitted = await runNetwork(
      this.network, shape, this.parameters, this.scales, x.subarray(first * d), z.subarray(first * d), rows.length
    );
    const error = this.heldOutLoss(fitted);
    if (!(error < this.bestError)) return;
    this.bestError = error;
    this.bestStep = this.step;
    this.best = this.parameters.slice();
  }

  /** Mean loss of values at the held-out pairs. */
  private heldOutLoss(fitted: Float64Array): number {
    const { byWeight } = this.options;
    let [sum, count] = [0, 0];
    fitted.forEach((value, i) => {
      const t = this.held.targets[i];
      if (!Number.isFinite(t)) return;
      sum += byWeight ? weightLoss(value - this.scales.meanT, t - this.scales.meanT) : (value - t) ** 2;
      count += 1;
    });
    return sum / count;
  }

  snapshot(): WeightRegressionSnapshot {
    const { parameters, firstMoment, secondMoment, best, step, bestStep, bestError, nonFinite, skippedSteps } = this;
    return {
      arrays: { parameters, firstMoment, secondMoment, best },
      json: { step, bestStep, bestError, nonFinite, skippedSteps },
    };
  }

  /** @throws InputError when the snapshot is of other networks */
  restore({ arrays, json }: WeightRegressionSnapshot): void {
    for (const name of ['parameters', 'firstMoment', 'secondMoment', 'best'] as const) {
      const length = (arrays[name] as Float32Array | undefined)?.length ?? 'no';
      if (length !== this.parameters.length) throw new InputError(
        `learned weights: ${name} of the checkpoint has ${length} entries, the networks have `
          + `${this.parameters.length} parameters`
      );
    }
    this.parameters = arrays.parameters.slice();
    this.firstMoment = arrays.firstMoment.slice();
    this.secondMoment = arrays.secondMoment.slice();
    this.best = arrays.best.slice();
    this.step = json.step;
    this.bestStep = json.bestStep;
    this.bestError = json.bestError;
    this.nonFinite = json.nonFinite;
    this.skippedSteps = json.skippedSteps;
  }

  result(): FittedWeights {
    return {
      shape: this.options.shape, parameters: this.best.slice(), scales: this.scales, heldOutError: this.bestError,
      constantError: this.constantError, bestStep: this.bestStep, nonFinite: this.nonFinite,
      skippedSteps: this.skippedSteps
    };
  }

  async dispose(): Promise<void> {
    await Promise.all([this.executable.dispose(), this.network.dispose()]);
  }
}
