/**
 * A mixture of normal laws with as few components as samples are described by as well: pairs are joined, those whose
 * union is most like one normal law first, as long as Schwarz's criterion (BIC) does not mind.
 * @see Runnalls 2007, "Kullback–Leibler approach to Gaussian mixture reduction", IEEE Trans. AES 43
 */
import { choleskyWithInverse, expect, maximise, maximised, type Components } from './gaussianMixture.ts';

/** So many steps of joining that are worse than the best so far end it. */
const PATIENCE = 6;
const ITERATIONS = 20;

/** Parameters of a component. */
const parametersOf = (r: number): number => 1 + r + (r * (r + 1)) / 2;

/**
 * Schwarz's criterion of a mixture; the larger the better.
 * @param more parameters of a component besides those of a normal law @param effective samples among the n points
 */
export function criterion(
  logLikelihood: number, components: number, r: number, more: number, n: number, effective: number,
): number {
  const seen = Math.max(2, Math.min(n, effective));
  return (seen / n) * logLikelihood - 0.5 * (parametersOf(r) + more) * components * Math.log(seen);
}

/**
 * @param x [n, r] @param start shares of the components in every point [n, K] @param effective samples among them
 * @returns also its criterion
 */
export function reduceMixture(
  x: Float64Array, r: number, start: Float64Array, effective: number,
): { components: Components; value: number } {
  const n = x.length / r;
  let components = maximise(x, r, start);
  let best = { components, value: -Infinity };
  for (let worse = 0; ;) {
    const { responsibilities, logLikelihood } = expect(x, r, components);
    const count = components.shares.length;
    const value = criterion(logLikelihood, count, r, 0, n, effective);
    worse = value > best.value ? 0 : worse + 1;
    if (worse === 0) best = { components, value };
    if (count === 1 || worse >= PATIENCE) break;
    components = joinedPair(maximise(x, r, responsibilities), r);
  }
  components = maximise(x, r, maximised(x, r, best.components, ITERATIONS));
  const { logLikelihood } = expect(x, r, components);
  return { components, value: criterion(logLikelihood, components.shares.length, r, 0, n, effective) };
}

/** With one component less: the pair is joined, keeping its moments, whose union is most like a normal law. */
function joinedPair({ shares, means, covariances }: Components, r: number): Components {
  const count = shares.length;
  const lawOf = (k: number): Law => ({
    share: shares[k], mean: means.subarray(k * r, (k + 1) * r),
    covariance: covariances.subarray(k * r * r, (k + 1) * r * r),
  });
  const logDets = Array.from({ length: count }, (_, k) => logDet(lawOf(k).covariance, r));
  let best = { loss: Infinity, a: 0, b: 0, law: lawOf(0) };
  for (let a = 1; a < count; a++) for (let b = 0; b < a; b++) {
    const law = unionOf(lawOf(a), lawOf(b), r);
    const loss = law.share * logDet(law.covariance, r) - shares[a] * logDets[a] - shares[b] * logDets[b];
    if (loss < best.loss) best = { loss, a, b, law };
  }
  const laws = Array.from({ length: count }, (_, k) => k).filter((k) => k !== best.a && k !== best.b).map(lawOf);
  const all = [...laws, best.law];
  return {
    shares: Float64Array.from(all, ({ share }) => share),
    means: Float64Array.from(all.flatMap(({ mean }) => Array.from(mean))),
    covariances: Float64Array.from(all.flatMap(({ covariance }) => Array.from(covariance))),
  };
}

interface Law {
  readonly share: number;
  readonly mean: Float64Array;
  readonly covariance: Float64Array;
}

function unionOf(a: Law, b: Law, r: number): Law {
  const share = a.share + b.share;
  const [p, q] = [a.share / share, b.share / share];
  const mean = a.mean.map((value, j) => p * value + q * b.mean[j]);
  const covariance = a.covariance.map((value, at) => {
    const [i, j] = [Math.floor(at / r), at % r];
    return p * value + q * b.covariance[at] + p * q * (a.mean[i] - b.mean[i]) * (a.mean[j] - b.mean[j]);
  });
  return { share, mean, covariance };
}

function logDet(covariance: Float64Array, r: number): number {
  const { factor } = choleskyWithInverse(covariance, r);
  let sum = 0;
  for (let j = 0; j < r; j++) sum += 2 * Math.log(factor[j * r + j]);
  return sum;
}
