/** How far learned weights are from the true ones, on samples that they were not learned from. */
import { baseEnergies, type Base } from '../targets/base.ts';
import type { PushedPiece } from './noisyChain.ts';

/**
 * U of points, or independent noisy values of it: `draw` counts those of one point.
 * @param x [n, d] @param first index of the first point @param values receives [n]
 */
export type DrawEnergies = (x: Float64Array, n: number, draw: number, first: number, values: Float64Array) => void;

/**
 * r = log(true weight) − log(learned weight) of the first m samples. With noise, e^r is seen as e^c (1 + a + b/2), where c is about the
 * weighted mean of r, a the mean of the draws of r − c, and b the mean of the products of two different ones: unbiased for (r − c)²,
 * so for e^r to second order.
 */
export class WeightRatios {
  /** Sums over draws of r, and of its square. */
  readonly #sums: Float64Array;
  readonly #squares: Float64Array;
  #filled = 0;
  /** Points whose energy was not finite: of no weight. */
  nonFinite = 0;

  /** @param m samples, at least 2 @param draws of each, at least 2; 0: the energy itself */
  constructor(readonly m: number, readonly draws: number, private readonly base: Base, private readonly energies: DrawEnergies) {
    this.#sums = new Float64Array(m);
    this.#squares = new Float64Array(m);
  }

  /** Evaluations so far. */
  get spent(): number { return this.#filled * Math.max(1, this.draws); }

  /** Pieces in their order, with their learned log-weights. @param pause called between draws, to stop in */
  async add({ first, count, steps }: PushedPiece, logWeights: Float64Array, pause: () => Promise<void>): Promise<void> {
    const n = Math.min(count, this.m - first);
    if (n <= 0) return;
    const d = this.base.domain.length;
    const known = new Float64Array(n);
    baseEnergies(this.base, steps[0].x, n, known);
    for (const { logDet } of steps) for (let i = 0; i < n; i++) known[i] += logDet[i];
    for (let i = 0; i < n; i++) known[i] -= logWeights[i];
    const images = steps[steps.length - 1].z.subarray(0, n * d);
    const values = new Float64Array(n);
    for (let draw = 0; draw < Math.max(1, this.draws); draw++) {
      await pause();
      this.energies(images, n, draw, first, values);
      for (let i = 0; i < n; i++) {
        const r = known[i] - values[i];
        this.#sums[first + i] += r;
        this.#squares[first + i] += r * r;
      }
    }
    for (let i = first; i < first + n; i++) if (!Number.isFinite(this.#sums[i])) this.nonFinite += 1;
    this.#filled += n;
  }

  /**
   * @param logWeights learned, of all samples
   * @returns e^r [m], the weighted mean square of r − c, free of noise, and what the correction leaves, of third order in r − c
   */
  result(logWeights: Float64Array): { readonly ratios: Float64Array; readonly residual: number; readonly rest: number } {
    const [sums, squares] = [this.#sums, this.#squares];
    const draws = Math.max(1, this.draws);
    const scale = logWeights.subarray(0, this.m).reduce((most, value) => (value < Infinity && value > most ? value : most), -Infinity);
    const usable = (i: number): boolean => Number.isFinite(sums[i]) && logWeights[i] < Infinity && logWeights[i] > -Infinity;
    let [total, sum] = [0, 0];
    for (let i = 0; i < this.m; i++) {
      if (!usable(i)) continue;
      const weight = Math.exp(logWeights[i] - scale);
      total += weight;
      sum += (weight * sums[i]) / draws;
    }
    const centre = total > 0 ? sum / total : 0;
    let products = 0;
    const ratios = new Float64Array(this.m);
    for (let i = 0; i < this.m; i++) {
      // A point without a finite energy has no density, whatever was learned of it.
      if (!usable(i)) continue;
      const a = sums[i] / draws - centre;
      // Σ (r − c)² over the draws; (Σ (r − c))² less that leaves the products of different ones.
      const own = squares[i] - 2 * centre * sums[i] + draws * centre * centre;
      const b = this.draws === 0 ? a * a : (draws * draws * a * a - own) / (draws * (draws - 1));
      products += Math.exp(logWeights[i] - scale) * b;
      ratios[i] = this.draws === 0 ? Math.exp(sums[i]) : Math.exp(centre) * (1 + a + b / 2);
    }
    const residual = total > 0 ? products / total : Number.NaN;
    const size = Math.sqrt(Math.max(0, residual));
    return { ratios, residual, rest: this.draws === 0 ? 0 : (size * size * size) / 3 };
  }
}
