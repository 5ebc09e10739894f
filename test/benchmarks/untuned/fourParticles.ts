/** Four particles in the plane with a pair energy, and the trap |Σ p|²/8: log Z and the pair distance, by quadrature. */
import { fft } from '../../../src/numerics/fft.ts';
import { gaussLegendre } from '../../../src/numerics/quadratureRules.ts';

/** Of one component of the Fourier transforms: rows of complex numbers. */
interface Field {
  readonly re: Float64Array[];
  readonly im: Float64Array[];
}

function transformed(n: number, width: number, f: (x: number, y: number) => number): Field {
  const place = (i: number): number => ((i < n / 2 ? i : i - n) * width) / n;
  const re = Array.from({ length: n }, (_, i) => Float64Array.from({ length: n }, (__, j) => f(place(i), place(j))));
  const im = re.map(() => new Float64Array(n));
  re.forEach((row, i) => fft(row, im[i]));
  const [a, b] = [new Float64Array(n), new Float64Array(n)];
  for (let j = 0; j < n; j++) {
    for (let i = 0; i < n; i++) [a[i], b[i]] = [re[i][j], im[i][j]];
    fft(a, b);
    for (let i = 0; i < n; i++) [re[i][j], im[i][j]] = [a[i], b[i]];
  }
  return { re, im };
}

export interface FourParticles {
  readonly logZ: number;
  /** ⟨f⟩ of the distance of a pair. */
  readonly pairMean: (f: (distance: number) => number) => number;
}

/**
 * d⁸p = d²c d⁶r with the mean c and r_i = p_i − p_4; the trap is exp(−2|c|²), whose integral is π/2; the first r has length
 * a and any direction, 2πa da. Seen from the middle of that pair, the other two particles have the weight
 * g(r) g(r') exp(−u(|r − r'|)), a sum over Fourier coefficients |ĝ|² k̂ on a periodic square of side `width`.
 * @param cuts ends of panels of the quadrature over a, of `order` points each
 */
export function fourParticles(
  u: (distance: number) => number, { n, width, cuts, order }: { n: number; width: number; cuts: readonly number[]; order: number },
): FourParticles {
  const kernel = transformed(n, width, (x, y) => Math.exp(-u(Math.hypot(x, y))));
  const cell = (width / n) ** 4 / (n * n);
  const nodes = cuts.slice(1).flatMap((high, k) => {
    const rule = gaussLegendre(order, cuts[k], high);
    return Array.from(rule.nodes, (a, q) => {
      const g = transformed(n, width, (x, y) => Math.exp(-u(Math.hypot(x - a / 2, y)) - u(Math.hypot(x + a / 2, y))));
      let others = 0;
      for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) others += (g.re[i][j] ** 2 + g.im[i][j] ** 2) * kernel.re[i][j];
      return { a, mass: rule.weights[q] * 2 * Math.PI * a * Math.exp(-u(a)) * cell * others };
    });
  });
  const total = nodes.reduce((sum, { mass }) => sum + mass, 0);
  return {
    logZ: Math.log(total) + Math.log(Math.PI / 2),
    pairMean: (f) => nodes.reduce((sum, { a, mass }) => sum + mass * f(a), 0) / total,
  };
}
