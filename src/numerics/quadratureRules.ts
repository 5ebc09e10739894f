/** One-dimensional quadrature rules, and their tensor product applied in batches. */
import { InputError } from '../errors.ts';

/** Nodes and weights on an interval: ∫ f ≈ Σ weights[i] f(nodes[i]). */
export interface QuadratureRule {
  readonly nodes: Float64Array;
  readonly weights: Float64Array;
}

/**
 * The n-point Gauss–Legendre rule, exact for polynomials of degree 2n − 1; nodes ascend.
 * @throws InputError if n is not a positive integer
 * @see Abramowitz & Stegun 25.4.29; nodes by Newton's method on P_n
 */
export function gaussLegendre(n: number, low: number, high: number): QuadratureRule {
  if (!Number.isInteger(n) || n < 1) throw new InputError(`gaussLegendre: n must be an integer ≥ 1, got ${n}`);
  const nodes = new Float64Array(n);
  const weights = new Float64Array(n);
  const centre = (low + high) / 2;
  const half = (high - low) / 2;
  for (let i = 0; i < n; i++) {
    let x = -Math.cos((Math.PI * (i + 0.75)) / (n + 0.5));
    let slope = 1;
    for (let iteration = 0; iteration < 100; iteration++) {
      let previous = 1;
      let value = x;
      for (let k = 2; k <= n; k++) [previous, value] = [value, ((2 * k - 1) * x * value - (k - 1) * previous) / k];
      slope = (n * (x * value - previous)) / (x * x - 1);
      const step = value / slope;
      x -= step;
      if (Math.abs(step) < 1e-15) break;
    }
    nodes[i] = centre + half * x;
    weights[i] = (2 * half) / ((1 - x * x) * slope * slope);
  }
  return { nodes, weights };
}

/** Gauss–Legendre of `order` points on each of `panels` equal panels. */
export function compositeGaussLegendre(panels: number, order: number, low: number, high: number): QuadratureRule {
  const unit = gaussLegendre(order, 0, 1);
  const width = (high - low) / panels;
  const nodes = new Float64Array(panels * order);
  const weights = new Float64Array(panels * order);
  for (let p = 0; p < panels; p++) {
    for (let i = 0; i < order; i++) {
      nodes[p * order + i] = low + (p + unit.nodes[i]) * width;
      weights[p * order + i] = unit.weights[i] * width;
    }
  }
  return { nodes, weights };
}

/** Receives `n` points and their weights. @param points shape [≥ n, d], reused @param weights shape [≥ n], reused */
export type BatchVisitor = (points: Float64Array, weights: Float64Array, n: number) => void;

/** Visit the tensor product of d rules in batches of at most `batch` points, the last coordinate fastest. */
export function visitTensorGrid(rules: readonly QuadratureRule[], batch: number, visit: BatchVisitor): void {
  const d = rules.length;
  const points = new Float64Array(batch * d);
  const weights = new Float64Array(batch);
  const index = new Int32Array(d);
  const total = rules.reduce((product, rule) => product * rule.nodes.length, 1);
  let filled = 0;
  for (let i = 0; i < total; i++) {
    let weight = 1;
    for (let j = 0; j < d; j++) {
      points[filled * d + j] = rules[j].nodes[index[j]];
      weight *= rules[j].weights[index[j]];
    }
    weights[filled++] = weight;
    if (filled === batch) {
      visit(points, weights, filled);
      filled = 0;
    }
    for (let j = d - 1; j >= 0; j--) {
      index[j] += 1;
      if (index[j] < rules[j].nodes.length) break;
      index[j] = 0;
    }
  }
  if (filled > 0) visit(points, weights, filled);
}

/** ∫ f over the tensor product of rules. @param f writes values of `n` points: (x [n, d], n, values [n]) */
export function integrateTensor(
  rules: readonly QuadratureRule[], f: (x: Float64Array, n: number, values: Float64Array) => void
): number {
  const batch = 8192;
  const values = new Float64Array(batch);
  let sum = 0;
  visitTensorGrid(rules, batch, (points, weights, n) => {
    f(points, n, values);
    for (let i = 0; i < n; i++) sum += weights[i] * values[i];
  });
  return sum;
}
