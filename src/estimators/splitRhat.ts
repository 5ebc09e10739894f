/** Rank-normalised split-R̂: whether chains agree with each other and with themselves. */
import { InputError } from '../errors.ts';
import { normalScores } from '../numerics/normalScores.ts';

export interface SplitRhat {
  /**
   * The larger of the two below; 1 when chains agree, above 1.01 a reason to look. Infinite for chains that do not
   * move, each elsewhere; NaN if all values are the same or one is not finite.
   */
  readonly value: number;
  /** Of the ranks: differences in location. */
  readonly bulk: number;
  /** Of the ranks of |x − median|: differences in spread. */
  readonly folded: number;
}

/**
 * @param values shape [chains, draws], row-major; each chain is split in halves (an odd middle draw is dropped)
 * @throws InputError if the shape does not fit or draws < 4
 * @see Vehtari, Gelman, Simpson, Carpenter & Bürkner 2021, "Rank-normalization, folding, and localization", Bayesian
 * Analysis 16(2)
 */
export function splitRhat(values: Float64Array, chains: number): SplitRhat {
  const draws = values.length / chains;
  if (!Number.isInteger(chains) || chains < 1 || !Number.isInteger(draws) || draws < 4) {
    throw new InputError(
      `splitRhat: needs values of shape [chains, draws] with at least 4 draws, got ${values.length} values for `
        + `${chains} chains`
    );
  }
  if (!values.every((value) => Number.isFinite(value))) return { value: NaN, bulk: NaN, folded: NaN };
  const half = Math.floor(draws / 2);
  const halves = new Float64Array(2 * chains * half);
  for (let chain = 0; chain < chains; chain++) {
    const row = values.subarray(chain * draws, (chain + 1) * draws);
    halves.set(row.subarray(0, half), 2 * chain * half);
    halves.set(row.subarray(draws - half), (2 * chain + 1) * half);
  }
  const sorted = halves.slice().sort();
  const middle = sorted.length / 2;
  const median = 0.5 * (sorted[middle - 1] + sorted[middle]);
  const bulk = rhat(normalScores(halves), half);
  const folded = rhat(normalScores(halves.map((value) => Math.abs(value - median))), half);
  return { value: Math.max(bulk, folded), bulk, folded };
}

/** Variance within chains that rounding alone leaves, over that between them. */
const ROUNDING = 1e-28;

/** √(((n−1)/n · W + B/n) / W) of chains of n draws: eqs. 1–4. */
function rhat(values: Float64Array, n: number): number {
  const chains = values.length / n;
  const means = new Float64Array(chains);
  let within = 0;
  for (let c = 0; c < chains; c++) {
    const row = values.subarray(c * n, (c + 1) * n);
    means[c] = row.reduce((a, b) => a + b, 0) / n;
    within += row.reduce((a, b) => a + (b - means[c]) ** 2, 0) / (n - 1) / chains;
  }
  const mean = means.reduce((a, b) => a + b, 0) / chains;
  const betweenOverN = means.reduce((a, b) => a + (b - mean) ** 2, 0) / (chains - 1);
  // Chains that do not move at all have a spread of rounding errors.
  if (betweenOverN > 0 && within < ROUNDING * betweenOverN) return Infinity;
  return Math.sqrt(((n - 1) / n * within + betweenOverN) / within);
}
