/** Where a target is and how wide: its standard units, from samples of any quality. */
import { symmetricEigen } from '../numerics/symmetricEigen.ts';
import type { Domain } from './domain.ts';
import type { Frame, Turn } from './frame.ts';

/** Samples beyond these quantiles count as lying on them, so that a few lost chains do not set the scale. */
const TRIMMED = 0.01;
/** Correlations from which on axes are turned: below, chance would mix coordinates that are independent. */
const CORRELATED = 0.6;
const SMALLEST_SCALE = 1e-12;

/**
 * Means and deviations of trimmed samples; where coordinates are strongly correlated, along the principal axes of their
 * correlations.
 * @param x [n, d] @param turned whether axes may be turned
 */
export function frameOf(x: Float64Array, domain: Domain, turned = true): Frame {
  const d = domain.length;
  const n = x.length / d;
  const real = domain.flatMap(({ kind }, j) => (kind === 'real' ? [j] : []));
  const location = new Float64Array(d);
  const scale = new Float64Array(d).fill(1);
  const centred = new Float64Array(n * d);
  for (const j of real) {
    const column = Float64Array.from({ length: n }, (_, i) => x[i * d + j]);
    const sorted = column.slice().sort();
    const [low, high] = [TRIMMED, 1 - TRIMMED].map((share) => sorted[Math.round(share * (n - 1))]);
    const trimmed = column.map((value) => Math.min(high, Math.max(low, value)));
    const mean = trimmed.reduce((a, b) => a + b, 0) / n;
    const variance = trimmed.reduce((a, b) => a + (b - mean) ** 2, 0) / n;
    location[j] = mean;
    scale[j] = Math.max(Math.sqrt(variance), SMALLEST_SCALE * Math.max(1, Math.abs(mean)));
    trimmed.forEach((value, i) => { centred[i * d + j] = (value - mean) / scale[j]; });
  }
  const axes = turned && real.length > 1 ? principalAxes(centred, real, d) : null;
  return { location, scale, turn: axes === null ? null : turnOf(axes, real, d) };
}

interface Axes {
  /** Rows are directions in units of the deviations. [r, r] */
  readonly vectors: Float64Array;
  readonly values: Float64Array;
}

function principalAxes(centred: Float64Array, real: readonly number[], d: number): Axes | null {
  const r = real.length;
  const n = centred.length / d;
  const correlations = new Float64Array(r * r);
  for (let i = 0; i < n; i++) {
    for (let a = 0; a < r; a++) {
      const value = centred[i * d + real[a]] / n;
      for (let b = 0; b <= a; b++) correlations[a * r + b] += value * centred[i * d + real[b]];
    }
  }
  let strongest = 0;
  for (let a = 0; a < r; a++) {
    for (let b = 0; b < a; b++) {
      correlations[b * r + a] = correlations[a * r + b];
      strongest = Math.max(strongest, Math.abs(correlations[a * r + b]));
    }
  }
  return strongest < CORRELATED ? null : symmetricEigen(correlations, r);
}

/** T = Q Λ^½ in units of the deviations, the widest directions first. */
function turnOf({ vectors, values }: Axes, real: readonly number[], d: number): Turn {
  const r = real.length;
  const [matrix, inverse] = [new Float64Array(d * d), new Float64Array(d * d)];
  for (let j = 0; j < d; j++) if (!real.includes(j)) [matrix[j * d + j], inverse[j * d + j]] = [1, 1];
  let logDet = 0;
  for (let k = 0; k < r; k++) {
    const from = r - 1 - k;
    const length = Math.sqrt(Math.max(values[from], SMALLEST_SCALE));
    logDet += Math.log(length);
    for (let a = 0; a < r; a++) {
      matrix[real[a] * d + real[k]] = vectors[from * r + a] * length;
      inverse[real[k] * d + real[a]] = vectors[from * r + a] / length;
    }
  }
  return { matrix, inverse, logDet };
}
