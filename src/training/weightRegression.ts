/**
 * The networks φ, ψ of learned weights: f = ψ(z) − φ(x) is fitted to noisy differences of energies t at pairs (x, z =
 * F(x)), so
 * that it learns E[t | x, z] (arXiv 2604.05303). At the start, with last layers of zero, it is a robust mean of t.
 *
 * The published loss is (t − f)². Where t is −log w itself, that is ruled by the points of next to no weight, which do
 * not
 * matter. Any Bregman divergence has the same minimiser, E[t | x, z]; the one with φ'' = min(1, exp(−(t − that mean)))
 * cares for
 * errors in proportion to the weights: its gradient is min(1, w) (f − t) (Banerjee, Guo & Wang 2005). Until f has found
 * the points
 * of no weight their t of some hundreds still rule the gradient, so t is cut where w would be nothing whatever the
 * noise.
 */
import type { Executable } from '../engine/executor.ts';
import { lax, np, valueAndGradientWithAux, type Array } from '../engine/numpy.ts';
import { compileOnnx } from '../engine/onnx/executor.ts';
import { fillUniform, foldIn, type Key } from '../engine/random.ts';
import { fillUniformRows } from '../engine/simd/rows.ts';
import { trace } from '../engine/trace.ts';
import { InputError } from '../errors.ts';
import { power } from '../numerics/power.ts';
import { silu } from '../flows/activations.ts';
import { scheduledRate } from './schedule.ts';
import { ADAM } from './trainingStep.ts';

export interface WeightNetworkShape {
  /** d, of x and of z. */
  readonly dimension: number;
  readonly hiddenLayers: number;
  /** Width of these. */
  readonly hidden: number;
}

/** A pair of fitted networks: plain data. */
export interface FittedWeights {
  readonly shape: WeightNetworkShape;
  readonly parameters: Float32Array;
  /** What is subtracted from and divided out of x, z [d] each, and of t. */
  readonly scales: WeightScales;
  /**
   * Mean loss on held-out pairs with draws of their own, noise included, and that of the constant that the networks
   * start from.
   */
  readonly heldOutError: number;
  readonly constantError: number;
  /** The step whose parameters these are; 0: the constant. */
  readonly bestStep: number;
  /**
   * Targets, held-out ones too, that were not finite and left out; steps whose loss or gradient was not finite and not
   * taken.
   */
  readonly nonFinite: number;
  readonly skippedSteps: number;
}

export interface WeightScales {
  readonly meanX: readonly number[];
  readonly deviationX: readonly number[];
  readonly meanZ: readonly number[];
  readonly deviationZ: readonly number[];
  readonly meanT: number;
  readonly deviationT: number;
}

export interface WeightRegressionOptions {
  readonly shape: WeightNetworkShape;
  readonly steps: number;
  /** Whether t is −log w, so that errors matter as the weights do; else all alike. */
  readonly byWeight: boolean;
  /** Pairs per step. */
  readonly batch: number;
  /** Peak learning rate of Adam, one cycle. */
  readonly learningRate: number;
  /** Steps between looks at the held-out pairs. */
  readonly evaluateEvery: number;
  /** Pairs [n, d] each; the last `heldOut` of them are kept from training. */
  readonly x: Float64Array;
  readonly z: Float64Array;
  readonly heldOut: number;
  /**
   * Noisy differences t of given pairs, with fresh noise at every `step`; step −1 is for the held-out ones. @param out
   * receives [rows.length]
   */
  readonly targets: (rows: Int32Array, step: number, out: Float64Array) => void;
  readonly key: Key;
  readonly threads?: number;
}

/** All that later steps depend on. */
export interface WeightRegressionSnapshot {
  readonly arrays: Readonly<Record<'parameters' | 'firstMoment' | 'secondMoment' | 'best', Float32Array>>;
  readonly json: {
    readonly step: number; readonly bestStep: number; readonly bestError: number; readonly nonFinite: number;
    readonly skippedSteps: number
  };
}

const CHUNK = 4096;
const CLIP = 10;
/**
 * With byWeight, t is cut at so much above its middle, plus so many of its standard deviations (of the noise, mostly).
 */
const CUT = { weight: 8, deviations: 4 } as const;

/** Layers of one network: [inputs, outputs] each. */
function layersOf({ dimension, hiddenLayers, hidden }: WeightNetworkShape): [number, number][] {
  const widths = [dimension, ...repeated(hiddenLayers, () => hidden), 1];
  return widths.slice(1).map((width, k) => [widths[k], width]);
}

const repeated = <T>(length: number, make: (k: number) => T): T[] =>
  globalThis.Array.from({ length }, (_, k) => make(k));

/** Parameters of φ and ψ together. */
export const weightParameterCount = (shape: WeightNetworkShape): number => 2 * countOf(shape);

const countOf = (shape: WeightNetworkShape): number =>
  layersOf(shape).reduce((sum, [inputs, outputs]) => sum + inputs * outputs + outputs, 0);

/** Hidden layers uniform of scale 1/√fan-in, last layers zero; φ, then ψ. */
function initial(shape: WeightNetworkShape, key: Key): Float32Array {
  const count = countOf(shape);
  const parameters = new Float32Array(2 * count);
  const layers = layersOf(shape);
  for (const network of [0, 1]) {
    let at = network * count;
    layers.forEach(([inputs, outputs], k) => {
      if (k < layers.length - 1) {
        const draws = new Float64Array(inputs * outputs + outputs);
        fillUniform(foldIn(foldIn(key, network), k), 0, draws);
        draws.forEach((u, i) => { parameters[at + i] = (2 * u - 1) / Math.sqrt(inputs); });
      }
      at += inputs * outputs + outputs;
    });
  }
  return parameters;
}

/** ψ(z) − φ(x) of standardised pairs. @param parameters [2P] @param x @param z [B, d] @returns [B] */
function difference(shape: WeightNetworkShape, parameters: Array, x: Array, z: Array): Array {
  const count = countOf(shape);
  const network = (weights: Array, points: Array): Array => {
    let at = 0;
    let h = points.transpose();
    const layers = layersOf(shape);
    layers.forEach(([inputs, outputs], k) => {
      const weight = weights.slice([at, at + inputs * outputs]).reshape([inputs, outputs]);
      const bias = weights.slice([at + inputs * outputs, at + inputs * outputs + outputs]).reshape([outputs, 1]);
      at += inputs * outputs + outputs;
      h = np.matmul(weight.transpose(), h).add(bias);
      if (k < layers.length - 1) h = silu(h);
    });
    return h.reshape([points.shape[0]]);
  };
  return network(parameters.slice([count, 2 * count]), z).sub(network(parameters.slice([0, count]), x));
}

/**
 * Inputs: parameters and moments [2P], controls (rate, corrections, scale of t) [4], x, z [B, d], t [B], and 1 or 0 for
 * pairs that count or not [B]. Outputs: the new ones, and (loss, accepted) [2].
 */
export function weightStep(shape: WeightNetworkShape, batch: number, byWeight: boolean): {
  f: (...args: Array[]) => Array[]; specs: { shape: number[] }[]
} {
  const { dimension: d } = shape;
  const count = 2 * countOf(shape);
  const specs =
    [[count], [count], [count], [4], [batch, d], [batch, d], [batch], [batch]].map((size) => ({ shape: size }));
  const f = (
    parameters: Array, first: Array, second: Array, controls: Array, x: Array, z: Array, t: Array, counts: Array
  ): Array[] => {
    const [loss, , gradient] = valueAndGradientWithAux((theta) => {
      const fitted = difference(shape, theta, x, z);
      const error = fitted.sub(t);
      const weight = byWeight ? lax.stopGradient(np.exp(np.minimum(fitted.mul(controls.slice(3)).mul(-1), 0)))
        : np.ones([batch]);
      return [error.mul(error).mul(weight).mul(counts).mean(), []];
    })(parameters);
    const norm = np.sqrt(gradient.mul(gradient).sum());
    const isAccepted = norm.less(1e18).mul(np.absolute(loss).less(1e18));
    const accepted = np.where(isAccepted, 1, 0);
    const g =
      np.where(isAccepted, gradient, 0).mul(np.where(isAccepted, np.minimum(np.divide(CLIP, norm.add(1e-12)), 1), 0));
    const m = np.where(isAccepted, first.mul(ADAM.beta1).add(g.mul(1 - ADAM.beta1)), first);
    const v = np.where(isAccepted, second.mul(ADAM.beta2).add(g.mul(g).mul(1 - ADAM.beta2)), second);
    const root2 = np.sqrt(controls.slice(2));
    const rate = controls.slice(0).mul(root2).div(controls.slice(1)).mul(accepted);
    const updated = parameters.sub(m.mul(rate).div(np.sqrt(v).add(root2.mul(ADAM.epsilon))));
    return [updated, m, v, lax.stopGradient(np.stack([loss, accepted]))];
  };
  return { f, specs };
}

/**
 * Mean and standard deviation of every coordinate of points [n, d], of those that are finite; 1 for what does not vary.
 */
function moments(points: Float64Array, d: number): { mean: number[]; deviation: number[] } {
  const pairs = repeated(d, (j) => {
    let [count, sum, squares] = [0, 0, 0];
    for (let i = j; i < points.length; i += d) {
      if (!Number.isFinite(points[i])) continue;
      count += 1;
      sum += points[i];
    }
    const mean = sum / Math.max(1, count);
    for (let i = j; i < points.length; i += d) if (Number.isFinite(points[i])) squares += (points[i] - mean) ** 2;
    return { mean, deviation: Math.sqrt(squares / Math.max(1, count)) || 1 };
  });
  return { mean: pairs.map(({ mean }) => mean), deviation: pairs.map(({ deviation }) => deviation) };
}

/** Rows of points, standardised; 0 for what is not finite. @param out receives [rows.length, d] */
function standardised(
  points: Float64Array, rows: Int32Array, mean: readonly number[], deviation: readonly number[], out: Float32Array
): Float32Array {
  const d = mean.length;
  for (let i = 0; i < rows.length; i++) {
    for (let j = 0; j < d; j++) {
      const value = points[rows[i] * d + j];
      out[i * d + j] = Number.isFinite(value) ? (value - mean[j]) / deviation[j] : 0;
    }
  }
  return out;
}

const GROUP = 64;

/** The middle one of the means of small groups: a mean for skewed noise that single far values do not move. */
function medianOfMeans(values: Float64Array): number {
  const groups = Math.max(1, Math.floor(values.length / GROUP));
  const means = Float64Array.from({ length: groups }, (_, g) => {
    const group = values.subarray(g * GROUP, g === groups - 1 ? values.length : (g + 1) * GROUP);
    return group.reduce((sum, value) => sum + value, 0) / group.length;
  });
  return quantiles(means, [0.5])[0];
}

/** Entries of sorted values at given shares. */
function quantiles(values: Float64Array, shares: readonly number[]): number[] {
  const sorted = values.slice().sort();
  return shares.map((share) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]);
}

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
    this.parameters = initial(shape, foldIn(key, 'weights'));
    this.firstMoment = new Float32Array(this.parameters.length);
    this.secondMoment = new Float32Array(this.parameters.length);
    this.best = this.parameters.slice();
  }

  /** @throws InputError for shapes that do not fit */
  static async create(options: WeightRegressionOptions): Promise<WeightRegression> {
    const { shape, x, z, heldOut, batch, steps, evaluateEvery, learningRate, threads = 1 } = options;
    const whole: readonly (readonly [string, number, number])[] = [
      ['dimension', shape.dimension, 1], ['hiddenLayers', shape.hiddenLayers, 1], ['hidden', shape.hidden, 1],
      ['heldOut', heldOut, 1], ['batch', batch, 1], ['steps', steps, 0], ['evaluateEvery', evaluateEvery, 1]
    ];
    for (const [name, value, least] of whole)
      if (!Number.isInteger(value) || value < least)
        throw new InputError(`learned weights: ${name} must be an integer of at least ${least}, got ${value}`);
    if (!(learningRate > 0 && learningRate < Infinity))
      throw new InputError(`learned weights: learningRate must be > 0, got ${learningRate}`);
    const n = x.length / shape.dimension;
    if (!Number.isInteger(n) || z.length !== x.length) throw new InputError(
      `learned weights: x and z must both be [n, ${shape.dimension}], got ${x.length} and ${z.length} numbers`
    );
    if (!(heldOut >= 1 && heldOut < n))
      throw new InputError(`learned weights: heldOut must be at least 1 and below the ${n} pairs, got ${heldOut}`);
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
    return { arrays: { parameters, firstMoment, secondMoment, best }, json: {
      step, bestStep, bestError, nonFinite, skippedSteps
    } };
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

function compileNetwork(shape: WeightNetworkShape, options: {
  precision: 'float32'; threads: number
}): Promise<Executable> {
  const points = { shape: [CHUNK, shape.dimension] };
  return compileOnnx(
    trace(
      (parameters, x, z) => [difference(shape, parameters, x, z)], [{ shape: [2 * countOf(shape)] }, points, points]
    ),
    options
  );
}

async function runNetwork(
  network: Executable, { dimension: d }: WeightNetworkShape, parameters: Float32Array, scales: WeightScales,
  x: Float64Array, z: Float64Array, n: number
): Promise<Float64Array> {
  const { meanX, deviationX, meanZ, deviationZ, meanT, deviationT } = scales;
  const result = new Float64Array(n);
  const [px, pz] = [new Float32Array(CHUNK * d), new Float32Array(CHUNK * d)];
  for (let first = 0; first < n; first += CHUNK) {
    const count = Math.min(CHUNK, n - first);
    const rows = range(first, first + count);
    const [values] = await network.run(
      [parameters, standardised(x, rows, meanX, deviationX, px), standardised(z, rows, meanZ, deviationZ, pz)]
    );
    for (let i = 0; i < count; i++) {
      const row = (points: Float64Array): Float64Array => points.subarray((first + i) * d, (first + i + 1) * d);
      result[first + i] = row(x).every(Number.isFinite)
        && row(z).every(Number.isFinite) ? meanT + deviationT * values[i] : NaN;
    }
  }
  return result;
}

/** ψ(z) − φ(x) of any pairs; NaN where they are not finite. @param x @param z [n, d] @returns [n] */
export async function learnedDifference(
  { shape, parameters, scales }: Pick<FittedWeights, 'shape' | 'parameters' | 'scales'>, x: Float64Array,
  z: Float64Array, n: number, threads = 1
): Promise<Float64Array> {
  if (x.length !== n * shape.dimension || z.length !== x.length) throw new InputError(
    `learned weights: x and z must both hold [${n}, ${shape.dimension}], got ${x.length} and ${z.length} numbers`
  );
  const network = await compileNetwork(shape, { precision: 'float32', threads });
  try {
    return await runNetwork(network, shape, parameters, scales, x, z, n);
  } finally {
    await network.dispose();
  }
}
