/** Bennett acceptance ratio: the ratio of two normalising constants from samples of both ensembles. */
import { InputError } from '../errors.ts';
import type { CountedEstimate } from './estimate.ts';

export interface GroupedBennett extends CountedEstimate {
  /** The estimate without group g, shape [G]: add them over a ladder's pairs before {@link jackknifeStandardError}. */
  readonly leaveOneOut: Float64Array;
}

/** Below this, σ(t) = exp(t) to double precision. */
const EXPONENTIAL = -40;

/** Sums over one side's samples, σᵢ = σ(sign · (fᵢ − c)): log Σσ, Σσ(1−σ)/Σσ and Σσ²/(Σσ)². */
function sideSums(
  groups: readonly Float64Array[], skip: number, sign: 1 | -1, c: number
): Record<'logSum' | 'slope' | 'square', number> {
  let max = -Infinity;
  for (let g = 0; g < groups.length; g++) {
    if (g === skip) continue;
    for (const f of groups[g]) max = Math.max(max, sign * (f - c));
  }
  if (max === -Infinity) return { logSum: -Infinity, slope: 1, square: NaN };
  const tiny = max < EXPONENTIAL;
  let sum = 0;
  let squares = 0;
  for (let g = 0; g < groups.length; g++) {
    if (g === skip) continue;
    for (const f of groups[g]) {
      const t = sign * (f - c);
      const s = tiny ? Math.exp(t - max) : 1 / (1 + Math.exp(-t));
      sum += s;
      squares += s * s;
    }
  }
  // Where every σ is tiny, 1 − σ = 1.
  return {
    logSum: (tiny ? max : 0) + Math.log(sum), slope: tiny ? 1 : 1 - squares / sum, square: squares / (sum * sum)
  };
}

function countOf(groups: readonly Float64Array[], skip: number): number {
  return groups.reduce((sum, values, g) => sum + (g === skip ? 0 : values.length), 0);
}

/** Σ₀ σ(f − c) = Σ₁ σ(c − f) for c = log(Z1/Z0) + log(n0/n1): Bennett 1976, eq. 12, solved by safeguarded Newton. */
function solve(
  forward: readonly Float64Array[], reverse: readonly Float64Array[], skip: number, start: number | null
): Omit<CountedEstimate, 'nonFinite'> {
  const n0 = countOf(forward, skip);
  const n1 = countOf(reverse, skip);
  const offset = Math.log(n0 / n1);
  let low = Infinity;
  let high = -Infinity;
  for (const side of [forward, reverse]) {
    side.forEach((values, g) => {
      if (g === skip) return;
      for (const f of values) {
        if (!Number.isFinite(f)) continue;
        if (f < low) low = f;
        if (f > high) high = f;
      }
    });
  }
  const failure = { value: NaN, standardError: NaN };
  if (low > high) return failure;
  // Beyond these both sides cannot balance; see the limits of σ.
  low -= Math.abs(offset) + 1 + Math.log(n0 + n1);
  high += Math.abs(offset) + 1 + Math.log(n0 + n1);
  let c = start === null ? (low + high) / 2 : Math.min(high, Math.max(low, start + offset));
  for (let iteration = 0; iteration < 200; iteration++) {
    const left = sideSums(forward, skip, 1, c);
    const right = sideSums(reverse, skip, -1, c);
    if (left.logSum === -Infinity || right.logSum === -Infinity) {
      // One side has no sample in the other's support: the ratio is 0, infinite, or unknown.
      if (left.logSum === right.logSum) return failure;
      return { value: left.logSum === -Infinity ? -Infinity : Infinity, standardError: NaN };
    }
    const difference = left.logSum - right.logSum;
    if (difference > 0) low = c;
    else high = c;
    const newton = c + difference / (left.slope + right.slope);
    const next = newton > low && newton < high ? newton : (low + high) / 2;
    // Newton's steps converge quadratically: after one this small the error is below 1e-16.
    const done = Math.abs(next - c) <= 1e-9 || high - low <= 1e-14 * Math.abs(c);
    if (done) {
      // Bennett 1976, eq. 10: relative variances of the two acceptance means.
      const variance = left.square - 1 / n0 + right.square - 1 / n1;
      return { value: next - offset, standardError: Math.sqrt(Math.max(0, variance)) };
    }
    c = next;
  }
  return failure;
}

/**
 * The farthest that a group may move the solution for {@link withoutEachGroup} to answer: its error is then below 1e-8.
 */
const NEARBY = 0.02;

/**
 * Leave-one-out solutions from one pass over the samples: sums of σ and of its first three derivatives at the common
 * solution, group by group, give both sides of Bennett's equation without a group as cubics in its shift.
 * @returns the solution without group g, or null where it lies too far for that
 */
function withoutEachGroup(
  forward: readonly Float64Array[], reverse: readonly Float64Array[], value: number
): (g: number) => number | null {
  const c = value + Math.log(countOf(forward, -1) / countOf(reverse, -1));
  /** Σσ(t), Σσ′, Σσ″, Σσ‴ of one group. */
  const sums = (values: Float64Array, sign: 1 | -1): number[] => {
    const total = [0, 0, 0, 0];
    for (const f of values) {
      const s = 1 / (1 + Math.exp(-sign * (f - c)));
      const slope = s * (1 - s);
      total[0] += s;
      total[1] += slope;
      total[2] += slope * (1 - 2 * s);
      total[3] += slope * (1 - 6 * slope);
    }
    return total;
  };
  const [left, right] = [forward.map((values) => sums(values, 1)), reverse.map((values) => sums(values, -1))];
  const all = (side: readonly number[][]): number[] =>
    [0, 1, 2, 3].map((k) => side.reduce((sum, group) => sum + group[k], 0));
  const [wholeLeft, wholeRight] = [all(left), all(right)];
  return (g) => {
    const [l, r] = [wholeLeft.map((sum, k) => sum - left[g][k]), wholeRight.map((sum, k) => sum - right[g][k])];
    // c grows by δ: the left side's t falls by it, the right side's rises.
    const cubic = ([a, b, q, w]: readonly number[], t: number): [number, number] =>
      [a + t * (b + t * (q / 2 + (t * w) / 6)), b + t * (q + (t * w) / 2)];
    let delta = 0;
    for (let iteration = 0; iteration < 50; iteration++) {
      const [[f, df], [h, dh]] = [cubic(l, -delta), cubic(r, delta)];
      const step = (Math.log(f) - Math.log(h)) / (df / f + dh / h);
      delta += step;
      if (!(Math.abs(delta) < NEARBY)) return null;
      if (Math.abs(step) < 1e-12) return c + delta - Math.log(countOf(forward, g) / countOf(reverse, g));
    }
    return null;
  };
}

/** Works that can be: not NaN, not +Infinity at samples of 0, not −Infinity at samples of 1. */
function keepUsable(values: Float64Array, impossible: number): Float64Array {
  return values.filter((value) => !Number.isNaN(value) && value !== impossible);
}

/**
 * log(Z1/Z0) of unnormalised densities q0, q1 from independent samples of each.
 * @param atSamplesOf0 log(q1/q0) at samples of ensemble 0, shape [n0]; −Infinity (q1 = 0 there) is legitimate
 * @param atSamplesOf1 log(q1/q0) at samples of ensemble 1, shape [n1]; +Infinity (q0 = 0 there) is legitimate
 * @returns in nats, with the standard error of independent samples; ±Infinity or NaN where the supports do not meet;
 *   `nonFinite` counts NaN and impossible infinities, which are left out
 * @throws InputError if n0 or n1 is 0
 * @see Bennett 1976, "Efficient estimation of free energy differences from Monte Carlo data"
 */
export function bennett(atSamplesOf0: Float64Array, atSamplesOf1: Float64Array): CountedEstimate {
  return bennettOfGroups([atSamplesOf0], [atSamplesOf1], 'bennett');
}

function bennettOfGroups(
  atSamplesOf0: readonly Float64Array[], atSamplesOf1: readonly Float64Array[], caller: string
): CountedEstimate {
  const total = countOf(atSamplesOf0, -1) + countOf(atSamplesOf1, -1);
  if (countOf(atSamplesOf0, -1) === 0 || countOf(atSamplesOf1, -1) === 0) {
    throw new InputError(`${caller}: needs samples of both ensembles`);
  }
  const forward = atSamplesOf0.map((values) => keepUsable(values, Infinity));
  const reverse = atSamplesOf1.map((values) => keepUsable(values, -Infinity));
  const nonFinite = total - countOf(forward, -1) - countOf(reverse, -1);
  return { ...solve(forward, reverse, -1, null), nonFinite };
}

/**
 * {@link bennett} of pooled groups (independent ladders, say), whose samples may be correlated within a group:
 * the standard error is the jackknife's over the groups.
 * @param atSamplesOf0 one array of log(q1/q0) per group, at samples of ensemble 0 @param atSamplesOf1 likewise of
 * ensemble 1
 * @throws InputError if there are fewer than 2 groups, the numbers of groups differ, or a leave-one-out side is empty
 */
export function bennettFromGroups(
  atSamplesOf0: readonly Float64Array[], atSamplesOf1: readonly Float64Array[]
): GroupedBennett {
  const groups = atSamplesOf0.length;
  if (groups < 2 || atSamplesOf1.length !== groups) {
    throw new InputError(
      `bennettFromGroups: needs the same number of groups of both ensembles, at least 2, got ${groups} and `
        + `${atSamplesOf1.length}`
    );
  }
  const whole = bennettOfGroups(atSamplesOf0, atSamplesOf1, 'bennettFromGroups');
  const forward = atSamplesOf0.map((values) => keepUsable(values, Infinity));
  const reverse = atSamplesOf1.map((values) => keepUsable(values, -Infinity));
  const nearby = Number.isFinite(whole.value) ? withoutEachGroup(forward, reverse, whole.value) : null;
  const leaveOneOut = Float64Array.from({ length: groups }, (_, g) => {
    if (countOf(forward, g) === 0 || countOf(reverse, g) === 0) {
      throw new InputError(`bennettFromGroups: no samples are left without group ${g}`);
    }
    return nearby?.(g) ?? solve(forward, reverse, g, Number.isFinite(whole.value) ? whole.value : null).value;
  });
  return {
    value: whole.value, standardError: jackknifeStandardError(leaveOneOut), nonFinite: whole.nonFinite, leaveOneOut
  };
}

/**
 * √((G−1)/G · Σ (θ₍g₎ − θ̄)²) of leave-one-group-out estimates.
 * @param leaveOneOut shape [G] @throws InputError if G < 2 @see Efron & Stein 1981
 */
export function jackknifeStandardError(leaveOneOut: Float64Array): number {
  const groups = leaveOneOut.length;
  if (groups < 2) throw new InputError(`jackknifeStandardError: needs at least 2 groups, got ${groups}`);
  const mean = leaveOneOut.reduce((a, b) => a + b, 0) / groups;
  const squares = leaveOneOut.reduce((a, b) => a + (b - mean) ** 2, 0);
  return Math.sqrt(((groups - 1) / groups) * squares);
}
