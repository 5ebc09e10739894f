/**
 * Special functions in double precision: gamma and error functions, the normal, chi-square and Kolmogorov
 * distributions.
 */
import { InputError } from '../errors.ts';

// Lanczos approximation, g = 7, nine terms (Godfrey 2001): about 1e-15 relative.
const LANCZOS = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
  12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
];

/** log Γ(x). @param x > 0 @throws InputError otherwise */
export function logGamma(x: number): number {
  if (!(x > 0)) throw new InputError(`logGamma: x must be > 0, got ${x}`);
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - logGamma(1 - x);
  let sum = LANCZOS[0];
  for (let i = 1; i < LANCZOS.length; i++) sum += LANCZOS[i] / (x - 1 + i);
  const t = x + 6.5;
  return 0.5 * Math.log(2 * Math.PI) + (x - 0.5) * Math.log(t) - t + Math.log(sum);
}

/**
 * The regularised incomplete gamma functions P(a, x) and Q = 1 − P, each to full relative precision:
 * series below x = a + 1, Lentz's continued fraction above (Abramowitz & Stegun 6.5.29, 6.5.31).
 */
function incompleteGamma(a: number, x: number): { p: number; q: number } {
  if (x <= 0) return { p: 0, q: 1 };
  const front = Math.exp(a * Math.log(x) - x - logGamma(a));
  if (x < a + 1) {
    let term = 1 / a;
    let sum = term;
    for (let k = 1; k < 10000 && Math.abs(term) > 1e-17 * Math.abs(sum); k++) {
      term *= x / (a + k);
      sum += term;
    }
    return { p: front * sum, q: 1 - front * sum };
  }
  const tiny = 1e-300;
  let b = x + 1 - a;
  let c = 1 / tiny;
  let d = 1 / b;
  let h = d;
  for (let k = 1; k < 10000; k++) {
    const an = -k * (k - a);
    b += 2;
    d = an * d + b;
    if (Math.abs(d) < tiny) d = tiny;
    c = b + an / c;
    if (Math.abs(c) < tiny) c = tiny;
    d = 1 / d;
    h *= d * c;
    if (Math.abs(d * c - 1) < 1e-16) break;
  }
  return { p: 1 - front * h, q: front * h };
}

/** erf(x), absolute error below 1e-14. */
export function erf(x: number): number {
  if (Number.isNaN(x)) return NaN;
  return Math.sign(x) * incompleteGamma(0.5, Math.min(x * x, 1e4)).p;
}

/** erfc(x) = 1 − erf(x), relative error below 1e-13 in the right tail too. */
export function erfc(x: number): number {
  if (Number.isNaN(x)) return NaN;
  const { p, q } = incompleteGamma(0.5, Math.min(x * x, 1e4));
  return x >= 0 ? q : 1 + p;
}

/** Φ(z), the standard normal distribution function, accurate in the left tail. */
export function normalCdf(z: number): number {
  return 0.5 * erfc(-z / Math.SQRT2);
}

// Wichura 1988, "Algorithm AS 241: the percentage points of the normal distribution", PPND16; highest power first.
const CENTRE = [
  [2509.0809287301227, 33430.57558358813, 67265.7709270087, 45921.95393154987, 13731.69376550946,
    1971.5909503065513, 133.14166789178438, 3.3871328727963665],
  [5226.495278852854, 28729.085735721943, 39307.89580009271, 21213.794301586597, 5394.196021424751,
    687.1870074920579, 42.31333070160091, 1],
];
const SHOULDER = [
  [0.0007745450142783414, 0.022723844989269184, 0.2417807251774506, 1.2704582524523684, 3.6478483247632045,
    5.769497221460691, 4.630337846156546, 1.4234371107496835],
  [1.0507500716444169e-9, 0.0005475938084995345, 0.015198666563616457, 0.14810397642748008, 0.6897673349851,
    1.6763848301838038, 2.053191626637759, 1],
];
const TAIL = [
  [2.0103343992922881e-7, 2.7115555687434876e-5, 0.0012426609473880784, 0.026532189526576124, 0.29656057182850487,
    1.7848265399172913, 5.463784911164114, 6.657904643501103],
  [2.0442631033899397e-15, 1.421511758316446e-7, 1.8463183175100548e-5, 0.0007868691311456133, 0.014875361290850615,
    0.1369298809227358, 0.599832206555888, 1],
];

function ratio([numerator, denominator]: readonly (readonly number[])[], r: number): number {
  const horner = (coefficients: readonly number[]): number => coefficients.reduce((sum, c) => sum * r + c, 0);
  return horner(numerator) / horner(denominator);
}

/** Φ⁻¹(p), relative error about 1e-16. @param p in [0, 1]; 0 and 1 give ∓Infinity @throws InputError outside */
export function inverseNormalCdf(p: number): number {
  if (!(p >= 0 && p <= 1)) throw new InputError(`inverseNormalCdf: p must be in [0, 1], got ${p}`);
  const q = p - 0.5;
  if (Math.abs(q) <= 0.425) return q * ratio(CENTRE, 0.180625 - q * q);
  const tail = Math.min(p, 1 - p);
  if (tail === 0) return q < 0 ? -Infinity : Infinity;
  const r = Math.sqrt(-Math.log(tail));
  const z = r <= 5 ? ratio(SHOULDER, r - 1.6) : ratio(TAIL, r - 5);
  return q < 0 ? -z : z;
}

/** P(χ² > x) with `degrees` degrees of freedom, in [0, 1]. @param degrees > 0 @throws InputError otherwise */
export function chiSquareSurvival(x: number, degrees: number): number {
  if (!(degrees > 0)) throw new InputError(`chiSquareSurvival: degrees must be > 0, got ${degrees}`);
  return incompleteGamma(degrees / 2, x / 2).q;
}

/**
 * Largest distance between the samples' distribution function and `cdf`, in [0, 1]. @param samples shape [n] @throws
 * InputError if n = 0
 */
export function kolmogorovSmirnovStatistic(samples: Float64Array, cdf: (x: number) => number): number {
  const n = samples.length;
  if (n === 0) throw new InputError('kolmogorovSmirnovStatistic: needs at least one sample, got none');
  let largest = 0;
  samples.slice().sort().forEach((x, i) => {
    const value = cdf(x);
    largest = Math.max(largest, value - i / n, (i + 1) / n - value);
  });
  return largest;
}

/**
 * P(D_n > statistic) when the distribution is right: the limit law with Stephens' 1970 finite-n correction (good from n
 * = 20).
 * @param statistic in [0, 1] @param n number of samples (for two samples of n1 and n2: n1·n2 / (n1 + n2))
 */
export function kolmogorovSmirnovPValue(statistic: number, n: number): number {
  const root = Math.sqrt(n);
  const lambda = (root + 0.12 + 0.11 / root) * statistic;
  // Below 0.2 the p-value is 1 to double precision and the series stops converging.
  if (lambda < 0.2) return 1;
  let sum = 0;
  for (let j = 1; j <= 100; j++) {
    const term = Math.exp(-2 * j * j * lambda * lambda);
    sum += j % 2 === 1 ? term : -term;
    if (term < 1e-18) break;
  }
  return Math.min(1, Math.max(0, 2 * sum));
}
