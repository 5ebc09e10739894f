/** Rules of quadrature on plain numbers. */

export interface Rule {
  readonly nodes: Float64Array;
  readonly weights: Float64Array;
}

/** Gauss–Legendre with n nodes on [low, high]: exact for polynomials of degree 2n − 1. */
export function gaussLegendre(n: number, low: number, high: number): Rule {
  const [nodes, weights] = [new Float64Array(n), new Float64Array(n)];
  for (let i = 0; i < n; i++) {
    let x = Math.cos((Math.PI * (i + 0.75)) / (n + 0.5));
    let slope = 1;
    for (let step = 0; step < 100; step++) {
      let [before, value] = [1, x];
      for (let k = 2; k <= n; k++) [before, value] = [value, ((2 * k - 1) * x * value - (k - 1) * before) / k];
      slope = (n * (x * value - before)) / (x * x - 1);
      const change = value / slope;
      x -= change;
      if (Math.abs(change) < 1e-15) break;
    }
    nodes[i] = low + ((high - low) * (1 - x)) / 2;
    weights[i] = (high - low) / ((1 - x * x) * slope * slope);
  }
  return { nodes, weights };
}

/** Equal weights: as good as exact for smooth functions that are periodic, or vanish at both ends. */
export const midpoint = (n: number, low: number, high: number): Rule => ({
  nodes: Float64Array.from({ length: n }, (_, i) => low + ((i + 0.5) / n) * (high - low)),
  weights: new Float64Array(n).fill((high - low) / n),
});

/** A rule times a density, whose integral it takes as one. */
export function weighted({ nodes, weights }: Rule, density: (x: number) => number): Rule {
  const products = weights.map((weight, i) => weight * density(nodes[i]));
  const total = products.reduce((sum, each) => sum + each, 0);
  return { nodes, weights: products.map((each) => each / total) };
}
