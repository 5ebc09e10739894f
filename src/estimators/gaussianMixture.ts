/**
 * Wells as a mixture of normal laws: expectation–maximisation from many components, of which those that overlap are
 * joined, so that one is left for each well (after Hennig 2010, "Methods for merging Gaussian mixture components").
 */
import { foldIn, uniform, type Key } from '../engine/random.ts';

export interface Components {
  /** Sum to one. [K] */
  readonly shares: Float64Array;
  /** [K, r] */
  readonly means: Float64Array;
  /** [K, r, r] */
  readonly covariances: Float64Array;
}

const ITERATIONS = 40;
/** Nats per point that a turn of the first components gains, below which it is the last. */
const SETTLED = 5e-4;
/** Two components of which points are shared by more than this are one well. */
const OVERLAP = 0.03;
/** Added to variances, in the units of the points, whose own are about one: repeated points have none. */
export const RIDGE = 1e-5;
/** Of a component's log share in a point's density: less is lost in rounding. */
const NOTHING = -40;
/** Points of the smallest component, per coordinate. */
const LEAST_POINTS = 8;

/**
 * The components that there are before any are joined.
 * @param x points in standard units [n, r] @param most components to begin with
 * @returns shares of the components in every point [n, K]
 */
export function manyComponents(x: Float64Array, r: number, most: number, key: Key): Float64Array {
  const n = x.length / r;
  const responsibilities = hardened(x, r, seeds(x, r, Math.min(most, Math.floor(n / (LEAST_POINTS * (r + 1)))), key));
  return maximised(x, r, maximise(x, r, responsibilities), ITERATIONS, SETTLED);
}

/**
 * Expectation–maximisation from given components.
 * @param settled nats per point that a turn gains, below which it is the last
 * @returns shares of the components in every point [n, K]
 */
export function maximised(
  x: Float64Array, r: number, start: Components, iterations: number, settled = -Infinity,
): Float64Array {
  const n = x.length / r;
  let before = -Infinity;
  let now = expect(x, r, start);
  for (let turn = 1; turn < iterations && now.logLikelihood - before > settled * n; turn++) {
    before = now.logLikelihood;
    now = expect(x, r, maximise(x, r, now.responsibilities));
  }
  return now.responsibilities;
}

const square = (value: number): number => value * value;

/** k-means++: each next seed far from those before. @returns [K, r] */
function seeds(x: Float64Array, r: number, most: number, key: Key): Float64Array {
  const n = x.length / r;
  const nearest = new Float64Array(n).fill(Infinity);
  const chosen: number[] = [Math.floor(uniform(foldIn(key, 'first'), 0) * n)];
  for (let k = 1; k < Math.max(1, most); k++) {
    const from = chosen[k - 1];
    let total = 0;
    for (let i = 0; i < n; i++) {
      let distance = 0;
      for (let j = 0; j < r; j++) distance += square(x[i * r + j] - x[from * r + j]);
      nearest[i] = Math.min(nearest[i], distance);
      total += nearest[i];
    }
    let rest = uniform(foldIn(key, 'seeds'), k) * total;
    let next = 0;
    while (next < n - 1 && (rest -= nearest[next]) >= 0) next += 1;
    chosen.push(next);
  }
  return Float64Array.from(chosen.flatMap((i) => Array.from(x.subarray(i * r, (i + 1) * r))));
}

/** Each point to its nearest seed. @returns [n, K] */
function hardened(x: Float64Array, r: number, centres: Float64Array): Float64Array {
  const [n, count] = [x.length / r, centres.length / r];
  const responsibilities = new Float64Array(n * count);
  for (let i = 0; i < n; i++) {
    let [best, least] = [0, Infinity];
    for (let k = 0; k < count; k++) {
      let distance = 0;
      for (let j = 0; j < r; j++) distance += square(x[i * r + j] - centres[k * r + j]);
      if (distance < least) [best, least] = [k, distance];
    }
    responsibilities[i * count + best] = 1;
  }
  return responsibilities;
}

/** Moments of the components that still have points. */
export function maximise(x: Float64Array, r: number, responsibilities: Float64Array): Components {
  const n = x.length / r;
  const count = responsibilities.length / n;
  const sizes = new Float64Array(count);
  for (let i = 0; i < responsibilities.length; i++) sizes[i % count] += responsibilities[i];
  const alive = Array.from(sizes.keys()).filter((k) => sizes[k] >= LEAST_POINTS * (r + 1));
  const kept = alive.length > 0 ? alive : [sizes.indexOf(Math.max(...sizes))];
  const total = kept.reduce((sum, k) => sum + sizes[k], 0);
  const means = new Float64Array(kept.length * r);
  const covariances = new Float64Array(kept.length * r * r);
  const centred = new Float64Array(r);
  for (let i = 0; i < n; i++) {
    for (let out = 0; out < kept.length; out++) {
      const share = responsibilities[i * count + kept[out]] / sizes[kept[out]];
      if (share > 0) for (let j = 0; j < r; j++) means[out * r + j] += share * x[i * r + j];
    }
  }
  for (let i = 0; i < n; i++) {
    for (let out = 0; out < kept.length; out++) {
      const share = responsibilities[i * count + kept[out]] / sizes[kept[out]];
      if (share < 1e-12) continue;
      for (let j = 0; j < r; j++) centred[j] = x[i * r + j] - means[out * r + j];
      for (let a = 0; a < r; a++) {
        const row = (out * r + a) * r;
        for (let b = 0; b <= a; b++) covariances[row + b] += share * centred[a] * centred[b];
      }
    }
  }
  for (let out = 0; out < kept.length; out++) {
    const covariance = covariances.subarray(out * r * r, (out + 1) * r * r);
    for (let a = 0; a < r; a++) {
      covariance[a * r + a] += RIDGE;
      for (let b = 0; b < a; b++) covariance[b * r + a] = covariance[a * r + b];
    }
  }
  return { shares: Float64Array.from(kept, (k) => sizes[k] / total), means, covariances };
}

/** L with L Lᵀ = A, and its inverse. @param matrix [r, r], positive definite */
export function choleskyWithInverse(matrix: Float64Array, r: number): { factor: Float64Array; inverse: Float64Array } {
  const factor = new Float64Array(r * r);
  for (let a = 0; a < r; a++) {
    for (let b = 0; b <= a; b++) {
      let value = matrix[a * r + b];
      for (let c = 0; c < b; c++) value -= factor[a * r + c] * factor[b * r + c];
      factor[a * r + b] = a === b ? Math.sqrt(Math.max(value, Number.MIN_VALUE)) : value / factor[b * r + b];
    }
  }
  const inverse = new Float64Array(r * r);
  for (let b = 0; b < r; b++) {
    for (let a = b; a < r; a++) {
      let value = a === b ? 1 : 0;
      for (let c = b; c < a; c++) value -= factor[a * r + c] * inverse[c * r + b];
      inverse[a * r + b] = value / factor[a * r + a];
    }
  }
  return { factor, inverse };
}

/** Shares of the components in every point [n, K], and the log density summed over them. */
export function expect(
  x: Float64Array, r: number, { shares, means, covariances }: Components,
): { responsibilities: Float64Array; logLikelihood: number } {
  const [n, count] = [x.length / r, shares.length];
  const responsibilities = new Float64Array(n * count);
  const parts = Array.from(shares, (share, k) => {
    const { factor, inverse } = choleskyWithInverse(covariances.subarray(k * r * r, (k + 1) * r * r), r);
    let constant = Math.log(share) - 0.5 * r * Math.log(2 * Math.PI);
    for (let j = 0; j < r; j++) constant -= Math.log(factor[j * r + j]);
    return { inverse, constant };
  });
  let logLikelihood = 0;
  const logs = new Float64Array(count);
  for (let i = 0; i < n; i++) {
    let most = -Infinity;
    for (let k = 0; k < count; k++) {
      const { inverse, constant } = parts[k];
      let squares = 0;
      for (let a = 0; a < r; a++) {
        let value = 0;
        for (let b = 0; b <= a; b++) value += inverse[a * r + b] * (x[i * r + b] - means[k * r + b]);
        squares += value * value;
      }
      logs[k] = constant - 0.5 * squares;
      // What is not a number stays: nothing is above it.
      if (logs[k] > most || Number.isNaN(logs[k])) most = logs[k];
    }
    let sum = 0;
    for (let k = 0; k < count; k++) {
      const part = logs[k] - most > NOTHING ? Math.exp(logs[k] - most) : 0;
      responsibilities[i * count + k] = part;
      sum += part;
    }
    logLikelihood += most + Math.log(sum);
    for (let k = 0; k < count; k++) responsibilities[i * count + k] /= sum;
  }
  return { responsibilities, logLikelihood };
}

/**
 * Components that share points become one, the pair that shares most first, until none do.
 * @param x [n, r] @param start their shares in every point [n, K] @returns the wells; one where nothing is apart
 */
export function wellsAmong(x: Float64Array, r: number, start: Float64Array): Components {
  const n = x.length / r;
  let responsibilities = start;
  for (;;) {
    const count = responsibilities.length / n;
    const shared = new Float64Array(count * count);
    const sizes = new Float64Array(count);
    for (let i = 0; i < n; i++) {
      const row = responsibilities.subarray(i * count, (i + 1) * count);
      for (let a = 0; a < count; a++) {
        if (row[a] < 1e-9) continue;
        sizes[a] += row[a];
        for (let b = 0; b < a; b++) shared[a * count + b] += row[a] * row[b];
      }
    }
    let [first, second, most] = [0, 0, OVERLAP];
    for (let a = 0; a < count; a++) for (let b = 0; b < a; b++) {
      const overlap = shared[a * count + b] / Math.max(Math.min(sizes[a], sizes[b]), 1e-300);
      if (overlap > most) [first, second, most] = [b, a, overlap];
    }
    if (second === 0) return maximise(x, r, responsibilities);
    responsibilities = merged(responsibilities, count, first, second);
  }
}

function merged(responsibilities: Float64Array, count: number, into: number, gone: number): Float64Array {
  const n = responsibilities.length / count;
  const result = new Float64Array(n * (count - 1));
  for (let i = 0; i < n; i++) {
    let out = 0;
    for (let k = 0; k < count; k++) if (k !== gone) result[i * (count - 1) + out++] = responsibilities[i * count + k];
    result[i * (count - 1) + into] += responsibilities[i * count + gone];
  }
  return result;
}
