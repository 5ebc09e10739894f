/** Targets with closed-form moments, and exact draws to start chains from. */
import { np, valueAndGradient, type Array as NpArray } from '../../src/engine/numpy.ts';
import { uniform, foldIn, fillNormal, type Key } from '../../src/engine/random.ts';
import { trace } from '../../src/engine/trace.ts';
import { unroll } from '../../src/engine/unroll.ts';
import type { Domain } from '../../src/targets/domain.ts';
import type { EnergyEvaluator } from '../../src/targets/energyEvaluator.ts';

export function real(d: number, half = 10): Domain {
  return Array.from({ length: d }, () => ({ kind: 'real' as const, low: -half, high: half }));
}

export function circle(low = -Math.PI, high = Math.PI): Domain {
  return [{ kind: 'torus', low, high }];
}

/** An evaluator from a function of one point that returns U and writes ∇U. */
export function pointwise(dimension: number, at: (x: Float64Array, gradient: Float64Array) => number): EnergyEvaluator {
  const scratch = new Float64Array(dimension);
  return {
    dimension,
    energies(x, n, energies) {
      for (let i = 0; i < n; i++) energies[i] = at(x.subarray(i * dimension, (i + 1) * dimension), scratch);
    },
    energiesAndGradients(x, n, energies, gradients) {
      for (let i = 0; i < n; i++) {
        energies[i] = at(x.subarray(i * dimension, (i + 1) * dimension), gradients.subarray(i * dimension, (i + 1) * dimension));
      }
    },
  };
}

/** The same energy with the operations behind it, so that chains can be compiled. @param energy of one point, [d] → [] */
export function withProgram(evaluator: EnergyEvaluator, energy: (x: NpArray) => NpArray): EnergyEvaluator {
  return { ...evaluator, compiled: { valueAndGradient: unroll(trace((x) => valueAndGradient(energy)(x), [{ shape: [evaluator.dimension] }])) } };
}

const SHAPES = [2, 4];
/** A, upper triangular: y₁ = x₁ + 0.6 x₂, y₂ = 0.8 x₂. */
const MAP = { across: 0.6, down: 0.8 };

/** Skewed and correlated: U = Σ e^{y_j} − a_j y_j with y = A x, so e^{y_j} is Gamma(β a_j) / β at any β. */
export const skewed = {
  domain: real(2),
  energy: withProgram(pointwise(2, (x, gradient) => {
    const y1 = x[0] + MAP.across * x[1];
    const y2 = MAP.down * x[1];
    const [e1, e2] = [Math.exp(y1), Math.exp(y2)];
    gradient[0] = e1 - SHAPES[0];
    gradient[1] = MAP.across * (e1 - SHAPES[0]) + MAP.down * (e2 - SHAPES[1]);
    return e1 - SHAPES[0] * y1 + e2 - SHAPES[1] * y2;
  }), (x) => {
    const y1 = x.slice(0).add(x.slice(1).mul(MAP.across));
    const y2 = x.slice(1).mul(MAP.down);
    return np.exp(y1).sub(y1.mul(SHAPES[0])).add(np.exp(y2)).sub(y2.mul(SHAPES[1]));
  }),
  /** log ∫ exp(−βU) dx, for β a_j integers */
  logZ(beta: number): number {
    return SHAPES.reduce((sum, a) => sum + logFactorial(beta * a - 1) - beta * a * Math.log(beta), 0) - Math.log(MAP.down);
  },
  /** Independent exact draws at β (β a_j integers). @returns shape [n, 2] */
  sample(key: Key, n: number, beta = 1): Float64Array {
    const out = new Float64Array(2 * n);
    const gamma = (stream: Key, i: number, shape: number): number => {
      let sum = 0;
      for (let s = 0; s < shape; s++) sum -= Math.log(uniform(stream, i, s));
      return sum / beta;
    };
    const [first, second] = [foldIn(key, 1), foldIn(key, 2)];
    for (let i = 0; i < n; i++) {
      const y1 = Math.log(gamma(first, i, beta * SHAPES[0]));
      const y2 = Math.log(gamma(second, i, beta * SHAPES[1]));
      out[2 * i + 1] = y2 / MAP.down;
      out[2 * i] = y1 - MAP.across * out[2 * i + 1];
    }
    return out;
  },
  /** Functions of a point with their exact means at β. */
  moments(beta = 1): { name: string; exact: number; at: (x: ArrayLike<number>) => number }[] {
    const mean = SHAPES.map((a) => digamma(beta * a) - Math.log(beta));
    const variance = SHAPES.map((a) => trigamma(beta * a));
    const y1 = (x: ArrayLike<number>): number => x[0] + MAP.across * x[1];
    const y2 = (x: ArrayLike<number>): number => MAP.down * x[1];
    return [
      { name: 'y1', exact: mean[0], at: y1 },
      { name: 'y2', exact: mean[1], at: y2 },
      { name: 'y1²', exact: variance[0] + mean[0] ** 2, at: (x) => y1(x) ** 2 },
      { name: 'y2²', exact: variance[1] + mean[1] ** 2, at: (x) => y2(x) ** 2 },
      { name: 'y1 y2', exact: mean[0] * mean[1], at: (x) => y1(x) * y2(x) },
      { name: 'e^y1', exact: SHAPES[0], at: (x) => Math.exp(y1(x)) },
      { name: 'e^y2', exact: SHAPES[1], at: (x) => Math.exp(y2(x)) },
    ];
  },
};

const TWO_WELLS_LOG_Z = -2.3;

const WELLS = [{ w: 0.7, m: [-3, 0], s: 0.5 }, { w: 0.3, m: [2.5, 1.5], s: 0.8 }];

/** Two round Gaussians of unequal mass and width, far apart; exp(−U) integrates to e^{logZ}. */
export const twoWells = {
  logZ: TWO_WELLS_LOG_Z,
  /** Mass of the well on the right (x₁ > 0). */
  rightMass: 0.3,
  domain: real(2, 6),
  energy: withProgram(pointwise(2, (x, gradient) => {
    const logs = WELLS.map(({ w, m, s }) => Math.log(w / (2 * Math.PI * s * s)) - ((x[0] - m[0]) ** 2 + (x[1] - m[1]) ** 2) / (2 * s * s));
    const top = Math.max(...logs);
    const total = logs.reduce((sum, l) => sum + Math.exp(l - top), 0);
    gradient.fill(0);
    WELLS.forEach(({ m, s }, k) => {
      const share = Math.exp(logs[k] - top) / total;
      for (let j = 0; j < 2; j++) gradient[j] += (share * (x[j] - m[j])) / (s * s);
    });
    return -top - Math.log(total) - TWO_WELLS_LOG_Z;
  }), (x) => {
    const logs = WELLS.map(({ w, m, s }) => np.square(x.sub(np.array(m))).sum().div(-2 * s * s).add(Math.log(w / (2 * Math.PI * s * s))));
    const top = np.maximum(logs[0], logs[1]);
    return np.log(np.exp(logs[0].sub(top)).add(np.exp(logs[1].sub(top)))).add(top).add(TWO_WELLS_LOG_Z).mul(-1);
  }),
};

/** On a circle: U = −2 cos(x − 2.5); the mode lies near the seam at π. ⟨cos(x − 2.5)⟩ = I₁(2)/I₀(2). */
export const vonMises = {
  domain: circle(),
  energy: withProgram(pointwise(1, (x, gradient) => {
    gradient[0] = 2 * Math.sin(x[0] - 2.5);
    return -2 * Math.cos(x[0] - 2.5);
  }), (x) => np.cos(x.slice(0).sub(2.5)).mul(-2)),
  meanCosine: 0.6977746579640079,
  logZ: Math.log(2 * Math.PI * 2.279585302336067),
  at: (x: ArrayLike<number>): number => Math.cos(x[0] - 2.5),
};

export function normals(key: Key, n: number): Float64Array {
  const out = new Float64Array(n);
  fillNormal(key, 0, out);
  return out;
}

export interface ZScore {
  readonly mean: number;
  readonly deviation: number;
  readonly z: number;
}

/** (mean − exact) / (std / √n) over independent points. @param x shape [n, d] */
export function zScore(x: Float64Array, d: number, at: (point: Float64Array) => number, exact: number): ZScore {
  const n = x.length / d;
  let [sum, squares] = [0, 0];
  for (let i = 0; i < n; i++) {
    const f = at(x.subarray(i * d, (i + 1) * d)) - exact;
    sum += f;
    squares += f * f;
  }
  const mean = sum / n;
  const deviation = Math.sqrt(squares / n - mean * mean);
  return { mean: mean + exact, deviation, z: mean / (deviation / Math.sqrt(n)) };
}

function logFactorial(n: number): number {
  let sum = 0;
  for (let k = 2; k <= n; k++) sum += Math.log(k);
  return sum;
}

function digamma(n: number): number {
  let sum = -0.5772156649015329;
  for (let k = 1; k < n; k++) sum += 1 / k;
  return sum;
}

function trigamma(n: number): number {
  let sum = Math.PI ** 2 / 6;
  for (let k = 1; k < n; k++) sum -= 1 / (k * k);
  return sum;
}
