/**
 * Replica-exchange stochastic-gradient Langevin dynamics (reSGLD): L ladders of K rungs along U_λ = (1 − λ) U0 + λ U1
 * from the
 * base, λ = 0, to the target, λ = 1, of which only U1(x; ξ) is seen. Every step draws fresh ξ. The first rung is drawn
 * from the
 * base itself. Its law is biased by the noise of the gradients, by the step, and by what the swaps' correction leaves.
 * @see Deng, Feng, Gao, Liang & Lin 2020, "Non-convex learning via replica exchange stochastic gradient MCMC"
 */
import { foldIn, threefry13, toUniform, word, type Key } from '../engine/random.ts';
import { fillNormalRows } from '../engine/simd/rows.ts';
import { InputError } from '../errors.ts';
import { baseGradients, sampleBase, type Base } from '../targets/base.ts';
import type { NoisyEvaluator } from '../targets/noisyEvaluator.ts';
import { checkedInterpolation, equalRejectionLadder } from './ladder.ts';
import { langevinStep } from './noisyLangevin.ts';
import { addSwapNoise, correctedLogRatio, createSwapNoise, swapVariance } from './noisySwap.ts';
import { adaptationRounds } from './parallelTemperingOptions.ts';

export interface ResgldOptions {
  readonly noisy: NoisyEvaluator;
  readonly base: Base;
  /** 0 = λ_1 < … < λ_K = 1 */
  readonly lambdas: ArrayLike<number>;
  /** L independent ladders. */
  readonly ladders: number;
  /** h at λ = 1, or more exactly the largest one: the noise may ask for less (see `heating`). */
  readonly stepSize: number;
  /** Langevin steps between swaps. */
  readonly stepsPerRound: number;
  /** Rounds of adaptation, discarded. */
  readonly warmupRounds: number;
  /** Rounds between two that are recorded, ≥ 1. Default 1. */
  readonly thinning?: number;
  /** Rounds that are recorded. */
  readonly rounds: number;
  /** Draws of ξ that are averaged in every gradient and every swap. */
  readonly draws: number;
  /** τ of the swaps: see noisySwap.ts. */
  readonly swapCorrection: number;
  /** Keep measuring σ² after the warm-up: an adaptive chain, whose bias is of the order of the drift of σ². */
  readonly trackSwapNoise: boolean;
  /** The share by which the gradients' noise may heat a rung, hV/2 with V its variance per coordinate; 0: any. */
  readonly heating: number;
  /**
   * Control variates: before every swap the energy itself is evaluated once, which makes swaps exact, and steps use the
   * gradients
   * g(x; ξ) − g(x_ref; ξ) + g(x_ref) with that point as the reference (SVRG; see svrg.ts). Needs the full energy.
   */
  readonly controlVariates: boolean;
  /** Move the rungs to equal swap rejection in warm-up. */
  readonly adaptLadder: boolean;
  /** Recorded rounds between those whose positions are kept on all rungs; 0: none. */
  readonly stride: number;
  readonly key: Key;
}

export interface ResgldProgress {
  readonly phase: 'warmup' | 'main' | 'done';
  readonly round: number;
  readonly rounds: number;
  readonly smallestSwapRate: number | null;
  readonly roundTrips: number;
}

/** What the noise did to a run. shape [K] or [K − 1] each */
export interface ResgldNoise {
  /** σ of each pair's log ratio. */
  readonly swapDeviations: readonly number[];
  /** Standard deviation of the gradient's noise on each rung, per coordinate (the noisiest coordinate). */
  readonly gradientDeviations: readonly number[];
  /** hV/2: by what share it heats the rung. */
  readonly heating: readonly number[];
}

export interface ResgldResult {
  /** At λ = 1, round-major. shape [rounds, L, d] */
  readonly positions: Float64Array;
  readonly lambdas: Float64Array;
  /** Kept rounds on all rungs. shape [rows, L, K, d] */
  readonly rungPositions: Float64Array;
  readonly rows: number;
  readonly stepSizes: readonly number[];
  readonly swapRates: readonly number[];
  readonly roundTrips: number;
  readonly nonFinite: number;
  /**
   * Noisy evaluations, with gradient or without, warm-up included; and those of the energy itself, of control variates.
   */
  readonly evaluations: number;
  readonly fullEvaluations: number;
  readonly noise: ResgldNoise;
}

export interface ResgldSnapshot {
  readonly json: Readonly<Record<string, number | string>>;
  readonly arrays: Readonly<Record<string, Float64Array>>;
}

interface Counts {
  round: number;
  recorded: number;
  /** Langevin steps: the counter of the streams. */
  steps: number;
  roundTrips: number;
  nonFinite: number;
  evaluations: number;
  fullEvaluations: number;
  /** Pairs of draws in which the gradients' noise was measured. */
  gradientPairs: number;
}

/** Which end a replica saw last. */
const NEITHER = 0;
const FROM_COLD = 1;
const FROM_HOT = 2;
/** Share of the narrowest base variance that a step at λ = 0 may be. */
const BASE_STEP = 0.1;

/** h along the path: 1/h is linear in λ, between a tenth of the base's least variance and the step at λ = 1. */
export function pathStepSizes(base: Base, lambdas: ArrayLike<number>, stepSize: number): Float64Array {
  const least = Math.min(...base.domain.map(
    ({ kind, low, high }, j) => (kind === 'real' ? base.standardDeviation[j] ** 2 : (high - low) ** 2 / 12)
  ));
  const atBase = Math.max(stepSize, BASE_STEP * least);
  return Float64Array.from(lambdas, (lambda) => 1 / ((1 - lambda) / atBase + lambda / stepSize));
}

function checked(options: ResgldOptions): ResgldOptions {
  const {
    noisy, base, ladders, stepSize, stepsPerRound, warmupRounds, thinning = 1, rounds, draws, swapCorrection, heating,
    stride
  } = options;
  const whole = (name: string, value: number, least: number): void => {
    if (!Number.isInteger(value) || value < least)
      throw new InputError(`resgld: ${name} must be an integer >= ${least}, got ${value}`);
  };
  if (base.domain.length !== noisy.dimension) throw new InputError(
    `resgld: the energy has ${noisy.dimension} coordinates, but the base has ${base.domain.length}`
  );
  whole('ladders', ladders, 1);
  whole('stepsPerRound', stepsPerRound, 1);
  whole('warmupRounds', warmupRounds, 0);
  whole('thinning', thinning, 1);
  whole('rounds', rounds, 1);
  whole('draws', draws, 1);
  whole('stride', stride, 0);
  if (!(stepSize > 0 && stepSize < Infinity))
    throw new InputError(`resgld: stepSize must be finite and > 0, got ${stepSize}`);
  if (!(swapCorrection >= 0 && swapCorrection < Infinity))
    throw new InputError(`resgld: swapCorrection must be finite and >= 0, got ${swapCorrection}`);
  if (!(heating >= 0 && heating < Infinity))
    throw new InputError(`resgld: heating must be finite and >= 0, got ${heating}`);
  if (
    warmupRounds === 0 && ((swapCorrection > 0 && !options.controlVariates && !options.trackSwapNoise) || heating > 0)
  ) {
    throw new InputError(
      'resgld: warmupRounds must be at least 1 with swapCorrection or heating above 0: the noise is measured ' + 'there'
    );
  }
  if (options.controlVariates && noisy.full === null) throw new InputError(
    'resgld: controlVariates needs the energy without noise, and only noisy values of it are known'
  );
  checkedInterpolation(options.lambdas);
  return options;
}

/** An incremental run: advanced by rounds, stored, and taken up again with the same bits. */
export class Resgld {
  readonly #options: ResgldOptions;
  readonly #rungs: number;
  readonly #lambdas: Float64Array;
  /** Chain k·L + l is rung k of ladder l. [K, L, d] */
  readonly #x: Float64Array;
  readonly #stepSizes: Float64Array;
  readonly #replicas: Float64Array;
  readonly #directions: Float64Array;
  readonly #attempts: Float64Array;
  readonly #acceptance: Float64Array;
  readonly #swapNoise: ReturnType<typeof createSwapNoise>;
  /** Sums of the gradients' noise variance per rung and coordinate [K, d], over so many pairs of draws. */
  readonly #gradientSquares: Float64Array;
  /**
   * With control variates: where the energy itself was evaluated last, and its gradient and value there. [K, L, d], [K,
   * L]
   */
  readonly #references: Float64Array;
  readonly #anchors: Float64Array;
  readonly #anchorEnergies: Float64Array;
  readonly #positions: Float64Array;
  readonly #rungPositions: Float64Array;
  readonly #adaptAfter: ReadonlySet<number>;
  #counts: Counts = {
    round: 0, recorded: 0, steps: 0, roundTrips: 0, nonFinite: 0, evaluations: 0, fullEvaluations: 0, gradientPairs: 0
  };
  readonly #scratch;

  constructor(options: ResgldOptions) {
    const { base, noisy, ladders, rounds, warmupRounds, stride, key } = checked(options);
    const d = noisy.dimension;
    this.#options = options;
    this.#lambdas = Float64Array.from(options.lambdas);
    const rungs = this.#lambdas.length;
    this.#rungs = rungs;
    const chains = rungs * ladders;
    this.#x = new Float64Array(chains * d);
    sampleBase(base, foldIn(key, 'starts'), 0, chains, this.#x);
    this.#stepSizes = pathStepSizes(base, this.#lambdas, options.stepSize);
    this.#replicas = Float64Array.from({ length: chains }, (_, i) => Math.floor(i / ladders));
    this.#directions = new Float64Array(chains);
    this.#attempts = new Float64Array(rungs - 1);
    this.#acceptance = new Float64Array(rungs - 1);
    this.#swapNoise = createSwapNoise(rungs - 1);
    this.#gradientSquares = new Float64Array(rungs * d);
    const anchored = options.controlVariates ? chains : 0;
    this.#references = new Float64Array(anchored * d);
    this.#anchors = new Float64Array(anchored * d);
    this.#anchorEnergies = new Float64Array(anchored);
    this.#positions = new Float64Array(rounds * ladders * d);
    this.#rungPositions = new Float64Array(stride === 0 ? 0 : Math.floor(rounds / stride) * chains * d);
    this.#adaptAfter = new Set(options.adaptLadder && rungs > 2 ? adaptationRounds(warmupRounds) : []);
    const active = chains - ladders;
    this.#scratch = {
      xi: new Float64Array(2 * chains * noisy.size),
      energies: new Float64Array(2 * chains),
      gradients: new Float64Array(active * d),
      mean: new Float64Array(active * d),
      slopes: new Float64Array(active * d),
      normals: new Float64Array(active * d),
      chainSteps: new Float64Array(active),
      pairs: new Float64Array(2 * chains * d),
    };
  }

  get progress(): ResgldProgress {
    const { warmupRounds, thinning = 1, rounds } = this.#options;
    const { round, recorded, roundTrips } = this.#counts;
    const tried = this.#rates().filter((rate) => !Number.isNaN(rate));
    return {
      phase: recorded === rounds ? 'done' : round < warmupRounds ? 'warmup' : 'main',
      round, rounds: warmupRounds + thinning * rounds, roundTrips,
      smallestSwapRate: tried.length === 0 ? null : Math.min(...tried),
    };
  }

  /**
   * Run up to so many more rounds (fewer when the end comes first). @throws InputError unless a non-negative integer
   */
  advance(rounds: number): void {
    if (!Number.isInteger(rounds) || rounds < 0)
      throw new InputError(`resgld: advance needs a non-negative integer of rounds, got ${rounds}`);
    for (let i = 0; i < rounds && this.progress.phase !== 'done'; i++) this.#round();
  }

  #round(): void {
    const { warmupRounds, stepsPerRound, thinning = 1 } = this.#options;
    const counts = this.#counts;
    const warm = counts.round < warmupRounds;
    const { controlVariates } = this.#options;
    if (controlVariates && counts.round === 0) this.#anchor();
    this.#refreshBase();
    for (let s = 0; s < stepsPerRound; s++) this.#step();
    if (warm) this.#measureGradients();
    if (controlVariates) this.#anchor();
    this.#swap(warm || this.#options.trackSwapNoise);
    counts.round += 1;
    if (warm) {
      this.#adaptSteps();
      if (this.#adaptAfter.has(counts.round)) this.#adaptLadder();
      if (counts.round === warmupRounds) {
        this.#attempts.fill(0);
        this.#acceptance.fill(0);
        this.#directions.fill(NEITHER);
        counts.roundTrips = 0;
      }
      return;
    }
    if ((counts.round - warmupRounds) % thinning === 0) this.#record();
  }

  /** The first rung, λ = 0, needs no chain. */
  #refreshBase(): void {
    const { base, key, ladders, noisy } = this.#options;
    sampleBase(base, foldIn(foldIn(key, 'base rung'), this.#counts.round), 0, ladders, this.#x.subarray(
      0, ladders * noisy.dimension
    ));
  }

  /** The energy itself where the chains are: references of the steps to come, and exact swaps. */
  #anchor(): void {
    const { full } = this.#options.noisy;
    if (full === null) return;
    const chains = this.#anchorEnergies.length;
    this.#references.set(this.#x);
    full.energiesAndGradients(this.#x, chains, this.#anchorEnergies, this.#anchors);
    this.#counts.fullEvaluations += chains;
  }

  /** The noisy gradients of U1 at the active chains, averaged over the draws. */
  #noisyGradients(key: Key, out: Float64Array): void {
    const { noisy, draws, ladders, controlVariates } = this.#options;
    const { xi, energies, gradients } = this.#scratch;
    const active = ladders * noisy.dimension;
    const x = this.#x.subarray(active);
    const n = x.length / noisy.dimension;
    for (let r = 0; r < draws; r++) {
      noisy.draw(foldIn(key, r), 0, n, xi);
      noisy.energiesAndGradients(x, xi, n, energies, r === 0 ? out : gradients);
      if (r > 0) for (let i = 0; i < out.length; i++) out[i] += gradients[i];
      if (!controlVariates) continue;
      noisy.energiesAndGradients(this.#references.subarray(active), xi, n, energies, gradients);
      for (let i = 0; i < out.length; i++) out[i] += this.#anchors[active + i] - gradients[i];
    }
    if (draws > 1) for (let i = 0; i < out.length; i++) out[i] /= draws;
    this.#counts.evaluations += n * draws * (controlVariates ? 2 : 1);
  }

  #step(): void {
    const { noisy, base, key, ladders } = this.#options;
    const { mean, slopes, normals, chainSteps } = this.#scratch;
    const counts = this.#counts;
    const d = noisy.dimension;
    const x = this.#x.subarray(ladders * d);
    const n = chainSteps.length;
    this.#noisyGradients(foldIn(foldIn(key, 'gradients'), counts.steps), mean);
    baseGradients(base, x, n, slopes);
    for (let i = 0; i < n; i++) {
      const rung = 1 + Math.floor(i / ladders);
      const lambda = this.#lambdas[rung];
      chainSteps[i] = this.#stepSizes[rung];
      for (let j = i * d; j < (i + 1) * d; j++) slopes[j] = (1 - lambda) * slopes[j] + lambda * mean[j];
    }
    fillNormalRows(foldIn(foldIn(key, 'steps'), counts.steps), 0, n, d, normals);
    counts.nonFinite += langevinStep(base.domain, { x, slopes, stepSizes: chainSteps, normals });
    counts.steps += 1;
  }

  /**
   * A second and third draw of the gradients where the chains are: half the square of their difference is the noise's
   * variance.
   */
  #measureGradients(): void {
    const { noisy, key, ladders } = this.#options;
    const { mean, slopes } = this.#scratch;
    const d = noisy.dimension;
    const measure = foldIn(foldIn(key, 'gradient noise'), this.#counts.round);
    this.#noisyGradients(foldIn(measure, 'first'), mean);
    this.#noisyGradients(foldIn(measure, 'second'), slopes);
    for (let i = 0; i < mean.length; i++) {
      const rung = 1 + Math.floor(i / d / ladders);
      const half = 0.5 * (this.#lambdas[rung] * (mean[i] - slopes[i])) ** 2;
      if (Number.isFinite(half)) this.#gradientSquares[rung * d + (i % d)] += half / ladders;
    }
    this.#counts.gradientPairs += 1;
  }

  /** V of a rung's noisiest coordinate. */
  #gradientVariance(rung: number): number {
    const d = this.#options.noisy.dimension;
    return Math.max(...this.#gradientSquares.subarray(rung * d, (rung + 1) * d))
      / Math.max(1, this.#counts.gradientPairs);
  }

  #adaptSteps(): void {
    const { base, stepSize, heating } = this.#options;
    if (heating === 0) return;
    const most = pathStepSizes(base, this.#lambdas, stepSize);
    for (let k = 1; k < this.#rungs; k++)
      this.#stepSizes[k] = Math.min(most[k], (2 * heating) / this.#gradientVariance(k));
  }

  #adaptLadder(): void {
    const { base, stepSize, heating } = this.#options;
    this.#lambdas.set(equalRejectionLadder(this.#lambdas, this.#rates()));
    if (heating === 0) this.#stepSizes.set(pathStepSizes(base, this.#lambdas, stepSize));
    // What was measured belongs to the rungs of before.
    this.#attempts.fill(0);
    this.#acceptance.fill(0);
    this.#swapNoise.squares.fill(0);
    this.#swapNoise.counts.fill(0);
    this.#gradientSquares.fill(0);
    this.#counts.gradientPairs = 0;
  }

  /** Log ratios of all pairs (k, k + 1) of a parity, of all ladders, each pair with a ξ that its two replicas share. */
  #logRatios(pairs: readonly number[], key: Key): Float64Array {
    const { noisy, ladders, controlVariates } = this.#options;
    const { pairs: points, xi, energies } = this.#scratch;
    const d = noisy.dimension;
    const m = noisy.size;
    const n = pairs.length * ladders;
    const ratios = new Float64Array(n);
    const draws = controlVariates ? 0 : this.#options.draws;
    pairs.forEach((k, p) => {
      points.set(this.#x.subarray(k * ladders * d, (k + 1) * ladders * d), p * ladders * d);
      points.set(this.#x.subarray((k + 1) * ladders * d, (k + 2) * ladders * d), (n + p * ladders) * d);
    });
    for (let r = 0; r < draws; r++) {
      noisy.draw(foldIn(key, r), 0, n, xi);
      xi.copyWithin(n * m, 0, n * m);
      noisy.energies(points, xi, 2 * n, energies);
      for (let i = 0; i < n; i++) ratios[i] += energies[i] - energies[n + i];
    }
    this.#counts.evaluations += 2 * n * draws;
    if (controlVariates) {
      const at = (i: number): number => pairs[Math.floor(i / ladders)] * ladders + (i % ladders);
      for (let i = 0; i < n; i++) ratios[i] = this.#anchorEnergies[at(i)] - this.#anchorEnergies[at(i) + ladders];
    }
    const ofBase = this.#baseDifferences(points, n);
    return ratios.map((sum, i) => {
      const k = pairs[Math.floor(i / ladders)];
      return (this.#lambdas[k] - this.#lambdas[k + 1]) * (sum / Math.max(1, draws) - ofBase[i]);
    });
  }

  /** U0(x_a) − U0(x_b) of pairs of points. @param points [2n, d], all first ones before all second ones */
  #baseDifferences(points: Float64Array, n: number): Float64Array {
    const { domain, mean, standardDeviation } = this.#options.base;
    const d = domain.length;
    const differences = new Float64Array(n);
    domain.forEach(({ kind }, j) => {
      if (kind !== 'real') return;
      for (let i = 0; i < n; i++) {
        const [a, b] = [points[i * d + j] - mean[j], points[(n + i) * d + j] - mean[j]];
        differences[i] += (0.5 * (a - b) * (a + b)) / standardDeviation[j] ** 2;
      }
    });
    return differences;
  }

  #swap(measure: boolean): void {
    const { key, ladders, swapCorrection } = this.#options;
    const { round } = this.#counts;
    const pairs = Array.from({ length: this.#rungs - 1 }, (_, k) => k).filter((k) => k % 2 === round % 2);
    if (pairs.length === 0) return;
    const swapKey = foldIn(foldIn(key, 'swaps'), round);
    const ratios = this.#logRatios(pairs, foldIn(swapKey, 'energies'));
    if (measure && !this.#options.controlVariates) {
      const second = this.#logRatios(pairs, foldIn(swapKey, 'measure'));
      ratios.forEach(
        (ratio, i) => { addSwapNoise(this.#swapNoise, pairs[Math.floor(i / ladders)], ratio, second[i]); }
      );
    }
    ratios.forEach((ratio, i) => {
      const k = pairs[Math.floor(i / ladders)];
      const probability =
        Math.min(1, Math.exp(correctedLogRatio(ratio, swapVariance(this.#swapNoise, k), swapCorrection)));
      this.#attempts[k] += 1;
      if (!(probability >= 0)) {
        this.#counts.nonFinite += 1;
        return;
      }
      this.#acceptance[k] += probability;
      threefry13(swapKey.k0, swapKey.k1, i, 0);
      if (toUniform(word[0], word[1]) < probability)
        this.#exchange(k * ladders + (i % ladders), (k + 1) * ladders + (i % ladders));
    });
    this.#markEnds();
  }

  #exchange(a: number, b: number): void {
    const d = this.#options.noisy.dimension;
    for (let j = 0; j < d; j++) swapEntries(this.#x, a * d + j, b * d + j);
    if (this.#options.controlVariates) {
      for (const array of [this.#references, this.#anchors])
        for (let j = 0; j < d; j++) swapEntries(array, a * d + j, b * d + j);
      swapEntries(this.#anchorEnergies, a, b);
    }
    swapEntries(this.#replicas, a, b);
  }

  /** Replicas that sit at the ends; one that came from hot to cold has made a round trip. */
  #markEnds(): void {
    const { ladders } = this.#options;
    for (let l = 0; l < ladders; l++) {
      const hot = this.#replicas[l] * ladders + l;
      const cold = this.#replicas[(this.#rungs - 1) * ladders + l] * ladders + l;
      if (this.#directions[hot] === FROM_COLD) this.#directions[hot] = FROM_HOT;
      if (this.#directions[cold] === FROM_HOT) this.#counts.roundTrips += 1;
      this.#directions[cold] = FROM_COLD;
    }
  }

  #record(): void {
    const { ladders, noisy: { dimension: d }, stride } = this.#options;
    const counts = this.#counts;
    const row = ladders * d;
    this.#positions.set(this.#x.subarray((this.#rungs - 1) * row), counts.recorded * row);
    counts.recorded += 1;
    if (stride === 0 || counts.recorded % stride !== 0) return;
    const at = (counts.recorded / stride - 1) * this.#rungs * row;
    for (let l = 0; l < ladders; l++) {
      for (let k = 0; k < this.#rungs; k++) {
        const from = (k * ladders + l) * d;
        this.#rungPositions.set(this.#x.subarray(from, from + d), at + (l * this.#rungs + k) * d);
      }
    }
  }

  #rates(): number[] {
    return Array.from(this.#acceptance, (sum, k) => sum / this.#attempts[k]);
  }

  result(): ResgldResult {
    const { stride, ladders, noisy: { dimension: d } } = this.#options;
    const counts = this.#counts;
    const rows = stride === 0 ? 0 : Math.floor(counts.recorded / stride);
    const variances = Array.from({ length: this.#rungs }, (_, k) => this.#gradientVariance(k));
    return {
      positions: this.#positions.slice(0, counts.recorded * ladders * d),
      lambdas: this.#lambdas.slice(),
      rungPositions: this.#rungPositions.slice(0, rows * ladders * this.#rungs * d),
      rows,
      stepSizes: Array.from(this.#stepSizes),
      swapRates: this.#rates(),
      roundTrips: counts.roundTrips,
      nonFinite: counts.nonFinite,
      evaluations: counts.evaluations,
      fullEvaluations: counts.fullEvaluations,
      noise: {
        swapDeviations: Array.from({ length: this.#rungs - 1 }, (_, k) => Math.sqrt(swapVariance(this.#swapNoise, k))),
        gradientDeviations: variances.map(Math.sqrt),
        heating: variances.map((variance, k) => (k === 0 ? 0 : 0.5 * this.#stepSizes[k] * variance)),
      },
    };
  }

  /** What is stored by name; of the records, what has been filled. */
  #arrays(recorded: number): Map<string, Float64Array> {
    const { stride, ladders, noisy: { dimension: d } } = this.#options;
    const rows = stride === 0 ? 0 : Math.floor(recorded / stride);
    return new Map([
      ['lambdas', this.#lambdas], ['x', this.#x], ['stepSizes', this.#stepSizes], ['replicas', this.#replicas],
      ['directions', this.#directions],
      ['attempts', this.#attempts], ['acceptance', this.#acceptance], ['swapSquares', this.#swapNoise.squares],
      ['swapCounts', this.#swapNoise.counts],
      ['gradientSquares', this.#gradientSquares], ['references', this.#references], ['anchors', this.#anchors],
      ['anchorEnergies', this.#anchorEnergies],
      ['positions', this.#positions.subarray(0, recorded * ladders * d)],
      ['rungPositions', this.#rungPositions.subarray(0, rows * ladders * this.#rungs * d)],
    ]);
  }

  /** Names the settings: a snapshot of other ones is refused. */
  #fingerprint(): string {
    const {
      noisy, base, lambdas, ladders, stepSize, stepsPerRound, warmupRounds, thinning = 1, rounds, draws, swapCorrection,
      trackSwapNoise, heating, controlVariates, adaptLadder, stride, key
    } = this.#options;
    return JSON.stringify([
      controlVariates, base.domain, Array.from(base.mean), Array.from(base.standardDeviation), noisy.dimension,
      noisy.size, Array.from(lambdas), ladders, stepSize, stepsPerRound, warmupRounds, thinning, rounds, draws,
      swapCorrection, trackSwapNoise, heating, adaptLadder, stride, key.k0, key.k1
    ]);
  }

  snapshot(): ResgldSnapshot {
    return {
      json: { settings: this.#fingerprint(), ...this.#counts },
      arrays:
        Object.fromEntries(Array.from(this.#arrays(this.#counts.recorded), ([name, array]) => [name, array.slice()])),
    };
  }

  /** @throws InputError when the snapshot is of other settings, or something is missing */
  restore({ json, arrays }: ResgldSnapshot): void {
    if (json['settings'] !== this.#fingerprint())
      throw new InputError('resgld: the snapshot is of a run with other settings');
    const counts = Object.fromEntries(Object.keys(this.#counts).map((name) => {
      const value = json[name];
      if (!Number.isSafeInteger(value) || Number(value) < 0)
        throw new InputError(`resgld: the snapshot's ${name} must be a count, got ${value}`);
      return [name, Number(value)];
    })) as unknown as Counts;
    if (counts.recorded > this.#options.rounds)
      throw new InputError(`resgld: the snapshot has ${counts.recorded} rounds recorded of ${this.#options.rounds}`);
    const live = this.#arrays(counts.recorded);
    for (const [name, array] of live) {
      if (arrays[name]?.length !== array.length) throw new InputError(
        `resgld: the snapshot's ${name} must have ${array.length} entries, got ${arrays[name]?.length ?? 'none'}`
      );
    }
    for (const [name, array] of live) array.set(arrays[name]);
    this.#counts = counts;
  }
}

function swapEntries(array: Float64Array, a: number, b: number): void {
  const kept = array[a];
  array[a] = array[b];
  array[b] = kept;
}
