/**
 * The multistate Bennett acceptance ratio for one family of densities, exp(−U0(x) − λ D(x)): samples of several λ are
 * pooled and serve every λ between them. U0 cancels, so the values D of the samples are all that is needed.
 * @see Shirts & Chodera 2008, "Statistically optimal analysis of samples from multiple equilibrium states"
 */
import { InputError } from '../errors.ts';
import { cholesky, choleskySolve } from '../numerics/linearAlgebra.ts';
import { bennett } from './bennett.ts';

/** The free energies are settled when none moves by more than this, in nats. */
const SETTLED = 1e-9;
/** Newton's method on a convex function from a start nearby: ten turns are many. */
const MOST_TURNS = 100;
/** Self-consistent turns, slow but always downhill, that bring the start near enough. */
const FIRST_TURNS = 5;
/**
 * Rungs that do not overlap at all leave the equations singular; this much keeps them solvable and moves no solution.
 */
const RIDGE = 1e-10;

export interface PooledStates {
  /** log Z_λ of every rung, the first one 0. shape [K] */
  readonly logZ: Float64Array;
  /** Whether the equations were solved; rungs that do not overlap may leave them open. */
  readonly settled: boolean;
  /**
   * log-weights that make the pool a sample of exp(−U0 − λD), normalised so that their logSumExp is log(Z_λ / Z_first).
   * @param lambda any λ; far outside the rungs the weights degenerate, which their ESS shows @returns shape [N]
   */
  readonly logWeights: (lambda: number) => Float64Array;
}

/**
 * @param differences D of each pooled sample, finite. shape [N] @param rungs index of the rung it was drawn on. shape
 * [N]
 * @param lambdas λ of the rungs. shape [K ≥ 1]
 * @throws InputError if the shapes differ, a rung has no sample, or a D is not finite
 */
export function poolStates(differences: Float64Array, rungs: Int32Array, lambdas: Float64Array): PooledStates {
  const [n, k] = [differences.length, lambdas.length];
  if (n === 0 || rungs.length !== n)
    throw new InputError(`mbar: needs one rung per sample, got ${n} samples and ${rungs.length} rungs`);
  const counts = new Float64Array(k);
  for (const rung of rungs) {
    if (!(rung >= 0 && rung < k)) throw new InputError(`mbar: rung ${rung} is not in [0, ${k})`);
    counts[rung] += 1;
  }
  const empty = counts.indexOf(0);
  if (empty >= 0) throw new InputError(`mbar: rung ${empty} has no samples`);
  if (!differences.every(Number.isFinite)) throw new InputError('mbar: every difference must be finite');
  const logCounts = counts.map(Math.log);
  const logZ = startingFreeEnergies(differences, rungs, lambdas, counts);
  /** log Σ_k n_k exp(−λ_k D − log Z_k) of every sample: the mixture it was drawn from. */
  const denominators = new Float64Array(n);
  const shares = new Float64Array(k);
  const totals = new Float64Array(k);
  const products = new Float64Array(k * k);
  let settled = false;
  for (let turn = 0; turn < MOST_TURNS && !settled; turn++) {
    totals.fill(0);
    products.fill(0);
    const newton = turn >= FIRST_TURNS;
    for (let i = 0; i < n; i++) {
      const d = differences[i];
      let max = -Infinity;
      for (let j = 0; j < k; j++) {
        shares[j] = logCounts[j] - lambdas[j] * d - logZ[j];
        if (shares[j] > max) max = shares[j];
      }
      let sum = 0;
      for (let j = 0; j < k; j++) {
        shares[j] = Math.exp(shares[j] - max);
        sum += shares[j];
      }
      denominators[i] = max + Math.log(sum);
      for (let j = 0; j < k; j++) {
        const share = shares[j] / sum;
        shares[j] = share;
        totals[j] += share;
        if (newton && share > 0) for (let l = 0; l <= j; l++) products[j * k + l] += share * shares[l];
      }
    }
    const change = newton ? newtonChange(totals, products, counts)
      : totals.map((total, j) => Math.log(total / counts[j]));
    // The first rung is where log Z is zero.
    const moves = change.map((value) => value - change[0]);
    for (let j = 0; j < k; j++) logZ[j] += moves[j];
    settled = moves.every((value) => Math.abs(value) < SETTLED);
  }
  return { logZ, settled, logWeights: (lambda) => differences.map((d, i) => -lambda * d - denominators[i]) };
}

/**
 * The change of log Z that Newton's method makes on Σ_i log Σ_k n_k exp(−λ_k D_i − log Z_k) + Σ_k n_k log Z_k, whose
 * minimum is the solution; shorter where it is long, so that it stays where the function is nearly a parabola.
 * @param totals Σ_i of the rungs' shares p_ik [K] @param products Σ_i p_ij p_il, lower triangle [K, K]
 */
function newtonChange(totals: Float64Array, products: Float64Array, counts: Float64Array): Float64Array {
  const k = counts.length;
  if (k === 1) return new Float64Array(1);
  // The first rung stays where it is: the equations are singular along a common shift.
  const size = k - 1;
  const matrix = Float64Array.from({ length: size * size }, (_, at) => {
    const [row, column] = [Math.floor(at / size) + 1, (at % size) + 1];
    const product = products[Math.max(row, column) * k + Math.min(row, column)];
    return (row === column ? totals[row] * (1 + RIDGE) : 0) - product;
  });
  const step =
    choleskySolve(cholesky(matrix, size), Float64Array.from({ length: size }, (_, j) => totals[j + 1] - counts[j + 1]));
  const longest = step.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const scale = longest > 1 ? 1 / longest : 1;
  return Float64Array.from({ length: k }, (_, j) => (j === 0 ? 0 : scale * step[j - 1]));
}

/**
 * Bennett's ratio between neighbours: near the solution wherever they overlap, and finite where they hardly do.
 * Where it is not, the mean of −D of both (thermodynamic integration by the trapezoid rule).
 */
function startingFreeEnergies(
  differences: Float64Array, rungs: Int32Array, lambdas: Float64Array, counts: Float64Array
): Float64Array {
  const own = Array.from(counts, (count) => new Float64Array(count));
  const filled = new Int32Array(counts.length);
  for (let i = 0; i < differences.length; i++) own[rungs[i]][filled[rungs[i]]++] = differences[i];
  const mean = (values: Float64Array): number => values.reduce((sum, value) => sum + value / values.length, 0);
  const logZ = new Float64Array(lambdas.length);
  for (let j = 1; j < lambdas.length; j++) {
    const step = lambdas[j] - lambdas[j - 1];
    const ratio = bennett(own[j - 1].map((d) => -step * d), own[j].map((d) => -step * d)).value;
    logZ[j] = logZ[j - 1] + (Number.isFinite(ratio) ? ratio : -0.5 * step * (mean(own[j - 1]) + mean(own[j])));
  }
  return logZ;
}
