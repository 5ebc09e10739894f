/** ESS, log Z and tail of weights that pass by in pieces, in bounded memory. */
import { tailOfLogWeights } from './paretoK.ts';
import { LargestValues, type Tail } from './tail.ts';

/** Sums of w and w² on a floating scale. */
export class RunningWeights {
  private scale = -Infinity;
  private sum = 0;
  private squares = 0;
  private count = 0;
  private readonly largest: LargestValues;
  nonFinite = 0;

  /** @param n how many there will be, for the size of their tail */
  constructor(n: number) {
    this.largest = new LargestValues(n);
  }

  /**
   * @param logWeights a piece, any length; −Infinity is a weight of zero; NaN and +Infinity count as zero, and are
   * counted
   */
  add(logWeights: Float64Array): void {
    let largest = this.scale;
    for (const value of logWeights) if (value > largest && value < Infinity) largest = value;
    if (largest > this.scale) {
      const shrink = Math.exp(this.scale - largest);
      this.sum *= shrink;
      this.squares *= shrink * shrink;
      this.scale = largest;
    }
    this.count += logWeights.length;
    for (const value of logWeights) {
      this.largest.add(value < Infinity ? value : -Infinity);
      if (Number.isNaN(value) || value === Infinity) {
        this.nonFinite += 1;
        continue;
      }
      if (value === -Infinity) continue;
      const w = Math.exp(value - this.scale);
      this.sum += w;
      this.squares += w * w;
    }
  }

  /** log Σ w */
  get logSum(): number {
    return this.scale + Math.log(this.sum);
  }

  /** (Σ w)² / Σ w², in samples (Kong 1992). */
  get ess(): number {
    return this.squares === 0 ? 0 : (this.sum * this.sum) / this.squares;
  }

  /** Of the weights, relative to their mean: what was not seen is an error of {@link logMean}. */
  get tail(): Tail {
    return tailOfLogWeights(this.largest.ascending(), this.count, this.logMean);
  }

  /** log of the mean weight. */
  get logMean(): number {
    return this.logSum - Math.log(this.count);
  }

  /** Standard error of {@link logMean} by the delta method. */
  get logMeanStandardError(): number {
    const n = this.count;
    return n < 2 || this.squares === 0 ? NaN : Math.sqrt(Math.max(0, (n / this.ess - 1) / (n - 1)));
  }
}
