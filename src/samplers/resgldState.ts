/** The state of a reSGLD run: chains, rungs, what was measured and recorded; stored, and taken up again. */
import { foldIn } from '../engine/random.ts';
import { InputError } from '../errors.ts';
import { sampleBase } from '../targets/base.ts';
import { createSwapNoise } from './noisySwap.ts';
import { checkedOptions, pathStepSizes, type ResgldOptions } from './resgldOptions.ts';

export interface ResgldSnapshot {
  readonly json: Readonly<Record<string, number | string>>;
  readonly arrays: Readonly<Record<string, Float64Array>>;
}

export interface ResgldCounts {
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

/** Buffers. */
interface Scratch {
  /** ξ of all chains, twice. */
  readonly xi: Float64Array;
  readonly energies: Float64Array;
  readonly pairs: Float64Array;
  /** Of the active chains, on all rungs but the first. [n, d] each */
  readonly gradients: Float64Array;
  readonly mean: Float64Array;
  readonly slopes: Float64Array;
  readonly normals: Float64Array;
  /** [n] */
  readonly chainSteps: Float64Array;
}

export class ResgldState {
  readonly options: ResgldOptions;
  readonly rungs: number;
  readonly lambdas: Float64Array;
  /** Chain k·L + l is rung k of ladder l. [K, L, d] */
  readonly x: Float64Array;
  readonly stepSizes: Float64Array;
  /** Which replica is where. [K, L] */
  readonly replicas: Float64Array;
  /** Which end a replica saw last. [K, L] */
  readonly directions: Float64Array;
  /** Swaps tried, and sums of their probabilities. [K − 1] */
  readonly attempts: Float64Array;
  readonly acceptance: Float64Array;
  readonly swapNoise: ReturnType<typeof createSwapNoise>;
  /** Sums of the gradients' noise variance per rung and coordinate [K, d], over so many pairs of draws. */
  readonly gradientSquares: Float64Array;
  /** With control variates: where the energy was evaluated last, with gradient and value. [K, L, d] twice, [K, L] */
  readonly references: Float64Array;
  readonly anchors: Float64Array;
  readonly anchorEnergies: Float64Array;
  readonly positions: Float64Array;
  readonly rungPositions: Float64Array;
  readonly scratch: Scratch;
  counts: ResgldCounts = {
    round: 0, recorded: 0, steps: 0, roundTrips: 0, nonFinite: 0, evaluations: 0, fullEvaluations: 0, gradientPairs: 0
  };

  constructor(options: ResgldOptions) {
    const { base, noisy, ladders, rounds, stride, key } = checkedOptions(options);
    const d = noisy.dimension;
    this.options = options;
    this.lambdas = Float64Array.from(options.lambdas);
    const rungs = this.lambdas.length;
    this.rungs = rungs;
    const chains = rungs * ladders;
    this.x = new Float64Array(chains * d);
    sampleBase(base, foldIn(key, 'starts'), 0, chains, this.x);
    this.stepSizes = pathStepSizes(base, this.lambdas, options.stepSize);
    this.replicas = Float64Array.from({ length: chains }, (_, i) => Math.floor(i / ladders));
    this.directions = new Float64Array(chains);
    this.attempts = new Float64Array(rungs - 1);
    this.acceptance = new Float64Array(rungs - 1);
    this.swapNoise = createSwapNoise(rungs - 1);
    this.gradientSquares = new Float64Array(rungs * d);
    const anchored = options.controlVariates ? chains : 0;
    this.references = new Float64Array(anchored * d);
    this.anchors = new Float64Array(anchored * d);
    this.anchorEnergies = new Float64Array(anchored);
    this.positions = new Float64Array(rounds * ladders * d);
    this.rungPositions = new Float64Array(stride === 0 ? 0 : Math.floor(rounds / stride) * chains * d);
    this.scratch = scratchOf(chains, chains - ladders, d, noisy.size);
  }

  /** Mean probability of each pair's swaps; NaN before the first. */
  rates(): number[] {
    return Array.from(this.acceptance, (sum, k) => sum / this.attempts[k]);
  }

  /** Recorded rounds of which all rungs are kept. */
  rows(recorded: number): number {
    const { stride } = this.options;
    return stride === 0 ? 0 : Math.floor(recorded / stride);
  }

  snapshot(): ResgldSnapshot {
    const live = this.arrays(this.counts.recorded);
    return {
      json: { settings: this.fingerprint(), ...this.counts },
      arrays: Object.fromEntries(Array.from(live, ([name, array]) => [name, array.slice()])),
    };
  }

  /** @throws InputError when the snapshot is of other settings, or something is missing */
  restore({ json, arrays }: ResgldSnapshot): void {
    if (json['settings'] !== this.fingerprint())
      throw new InputError('resgld: the snapshot is of a run with other settings');
    const counts = Object.fromEntries(Object.keys(this.counts).map((name) => {
      const value = json[name];
      if (!Number.isSafeInteger(value) || Number(value) < 0)
        throw new InputError(`resgld: the snapshot's ${name} must be a count, got ${value}`);
      return [name, Number(value)];
    })) as unknown as ResgldCounts;
    if (counts.recorded > this.options.rounds)
      throw new InputError(`resgld: the snapshot has ${counts.recorded} rounds recorded of ${this.options.rounds}`);
    const live = this.arrays(counts.recorded);
    for (const [name, array] of live) {
      if (arrays[name]?.length !== array.length) throw new InputError(
        `resgld: the snapshot's ${name} must have ${array.length} entries, got ${arrays[name]?.length ?? 'none'}`
      );
    }
    for (const [name, array] of live) array.set(arrays[name]);
    this.counts = counts;
  }

  /** What is stored by name; of the records, what has been filled. */
  private arrays(recorded: number): Map<string, Float64Array> {
    const { ladders, noisy: { dimension: d } } = this.options;
    return new Map([
      ['lambdas', this.lambdas], ['x', this.x], ['stepSizes', this.stepSizes], ['replicas', this.replicas],
      ['directions', this.directions], ['attempts', this.attempts], ['acceptance', this.acceptance],
      ['swapSquares', this.swapNoise.squares], ['swapCounts', this.swapNoise.counts],
      ['gradientSquares', this.gradientSquares], ['references', this.references], ['anchors', this.anchors],
      ['anchorEnergies', this.anchorEnergies],
      ['positions', this.positions.subarray(0, recorded * ladders * d)],
      ['rungPositions', this.rungPositions.subarray(0, this.rows(recorded) * ladders * this.rungs * d)],
    ]);
  }

  /** Names the settings: a snapshot of other ones is refused. */
  private fingerprint(): string {
    const {
      noisy, base, lambdas, ladders, stepSize, stepsPerRound, warmupRounds, thinning = 1, rounds, draws, swapCorrection,
      trackSwapNoise, heating, controlVariates, adaptLadder, stride, key
    } = this.options;
    return JSON.stringify([
      controlVariates, base.domain, Array.from(base.mean), Array.from(base.standardDeviation), noisy.dimension,
      noisy.size, Array.from(lambdas), ladders, stepSize, stepsPerRound, warmupRounds, thinning, rounds, draws,
      swapCorrection, trackSwapNoise, heating, adaptLadder, stride, key.k0, key.k1
    ]);
  }
}

function scratchOf(chains: number, active: number, d: number, m: number): Scratch {
  return {
    xi: new Float64Array(2 * chains * m),
    energies: new Float64Array(2 * chains),
    gradients: new Float64Array(active * d),
    mean: new Float64Array(active * d),
    slopes: new Float64Array(active * d),
    normals: new Float64Array(active * d),
    chainSteps: new Float64Array(active),
    pairs: new Float64Array(2 * chains * d),
  };
}
