/** How far learned weights are from the true ones, on samples that they were not learned from. */
/**
 * U of points, or independent noisy values of it: `draw` counts those of one point.
 * @param x [n, d] @param first index of the first point @param values receives [n]
 */
export type DrawEnergies = (x: Float64Array, n: number, draw: number, first: number, values: Float64Array) => void;

/** Samples of a stream, from the first on. */
export interface RatioPiece {
  readonly first: number;
  readonly count: number;
  /** [count, d] */
  readonly samples: Float64Array;
}

export interface Ratios {
  /** True over learned weights of the first samples. [m] */
  readonly values: Float64Array;
  /** Standard deviation of their logarithms, free of noise, every sample counting by its true weight. */
  readonly residual: number;
  /** What noise leaves in the values, relative to them. */
  readonly rest: number;
  /** Points whose energy was not finite: of no weight. */
  readonly nonFinite: number;
}

/**
 * True over learned weights, e^r, of the first m samples. With noise, r is seen as the mean of D draws; e to that mean
 * is too large by exp(κ₂/2D + κ₃/6D² + …), κ the cumulants of a draw, and is divided by it, with the cumulants
 * estimated from the same draws.
 * @see Ceperley & Dewing 1999, "The penalty method for random walks with uncertain energies"
 */
export class WeightRatios {
  /** r of the first draw; sums over draws of the powers of r less that. */
  readonly #first: Float64Array;
  readonly #sums: readonly [Float64Array, Float64Array, Float64Array];
  #filled = 0;

  /**
   * @param m samples, at least 2 @param draws of each, at least 3; 0: the energy itself @param before evaluations that
   * were spent on finding these
   */
  constructor(
    readonly m: number, readonly draws: number, private readonly energies: DrawEnergies, private readonly before = 0,
  ) {
    this.#first = new Float64Array(m);
    this.#sums = [new Float64Array(m), new Float64Array(m), new Float64Array(m)];
  }

  /** Evaluations so far. */
  get spent(): number { return this.before + this.#filled * Math.max(1, this.draws); }

  /**
   * Pieces in their order. @param transported log of the flows' own part of the weights, U0(x) + Σ log|det J| [count]
   * @param logWeights learned [count] @param pause called between draws, to stop in
   */
  async add(
    { first, count, samples: images }: RatioPiece, transported: Float64Array, logWeights: Float64Array,
    pause: () => Promise<void>,
  ): Promise<void> {
    const n = Math.min(count, this.m - first);
    if (n <= 0) return;
    const known = transported.slice(0, n);
    for (let i = 0; i < n; i++) known[i] -= logWeights[i];
    const values = new Float64Array(n);
    const [sums, squares, cubes] = this.#sums;
    for (let draw = 0; draw < Math.max(1, this.draws); draw++) {
      await pause();
      this.energies(images.subarray(0, n * (images.length / count)), n, draw, first, values);
      for (let i = 0; i < n; i++) {
        const r = known[i] - values[i];
        if (draw === 0) this.#first[first + i] = r;
        const change = r - this.#first[first + i];
        sums[first + i] += change;
        squares[first + i] += change * change;
        cubes[first + i] += change * change * change;
      }
    }
    this.#filled += n;
  }

  /** @param logWeights learned, of all samples */
  result(logWeights: Float64Array): Ratios {
    const { m } = this;
    const means = new Float64Array(m);
    const variances = new Float64Array(m);
    const values = new Float64Array(m);
    let [nonFinite, rest, total, sum, squares] = [0, 0, 0, 0, 0];
    const scale =
      logWeights.subarray(0, m).reduce((most, value) => (value < Infinity && value > most ? value : most), -Infinity);
    for (let i = 0; i < m; i++) {
      const { mean, second, third } = this.#cumulants(i);
      [means[i], variances[i]] = [mean, second];
      // A point without a finite energy has no density, whatever was learned of it.
      if (!Number.isFinite(mean)) nonFinite += 1;
      else values[i] = Math.exp(mean - second / 2 - third / 6);
      const weight = logWeights[i] < Infinity ? Math.exp(logWeights[i] - scale) * values[i] : 0;
      if (!(weight > 0)) continue;
      total += weight;
      sum += weight * mean;
      // An estimated variance takes off a little less than the true one would.
      rest += this.draws === 0 ? 0 : (weight * second * second) / (4 * this.draws);
    }
    const centre = sum / total;
    for (let i = 0; i < m; i++) {
      const weight = logWeights[i] < Infinity ? Math.exp(logWeights[i] - scale) * values[i] : 0;
      if (weight > 0) squares += weight * ((means[i] - centre) * (means[i] - centre) - variances[i]);
    }
    return { values, residual: Math.sqrt(Math.max(0, squares / total)), rest: rest / total, nonFinite };
  }

  /** Mean of r, and of that mean's distribution the second and third cumulant, by k-statistics of the draws. */
  #cumulants(i: number): { mean: number; second: number; third: number } {
    const n = Math.max(1, this.draws);
    const [s, ss, sss] = this.#sums.map((values) => values[i]);
    const shift = s / n;
    if (this.draws === 0) return { mean: this.#first[i], second: 0, third: 0 };
    const second = (ss - n * shift * shift) / (n - 1);
    const third = (n * (sss - 3 * shift * ss + 2 * n * shift * shift * shift)) / ((n - 1) * (n - 2));
    return { mean: this.#first[i] + shift, second: second / n, third: third / (n * n) };
  }
}
