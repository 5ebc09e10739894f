/**
 * Monotone rational-quadratic splines of the unit interval (Durkan et al. 2019, "Neural spline flows", eqs. 4–8),
 * on the line (derivative 1 at both ends, identity outside) and on the circle (the ends share one free derivative).
 *
 * Only the selected bin enters the gradient: its corner is a masked sum of the bins before it, so no cumulative sum
 * is differentiated. Zero parameters give exactly the identity.
 */
import { lax, np, type Array } from '../../engine/numpy.ts';
import { softmax, squareplus } from '../activations.ts';

export type Topology = 'line' | 'circle';
export type Direction = 'forward' | 'inverse';

/** Smallest bin width and height, as fractions of the interval, and the smallest derivative at a knot. */
const MINIMUM_BIN = 1e-3;
const MINIMUM_DERIVATIVE = 1e-3;

/** Parameters per coordinate: K widths, K heights, and K − 1 (line) or K (circle) derivatives. */
export const splineParameterCount = (bins: number, topology: Topology): number => 3 * bins - (topology === 'line' ? 1 : 0);

const list = <T>(length: number, f: (i: number) => T): T[] => globalThis.Array.from({ length }, (_, i) => f(i));

const matrix = (rows: number, columns: number, entry: (i: number, j: number) => number): Array =>
  np.array(list(rows, (i) => list(columns, (j) => entry(i, j))));

/**
 * Map `u` through the spline of `parameters`.
 * @param u shape [B, n], in [0, 1]
 * @param parameters shape [B, n, splineParameterCount(bins, topology)], unconstrained
 * @returns the image [B, n] in [0, 1], and the logarithm of the map's derivative [B, n]
 */
export function rationalQuadraticSpline(u: Array, parameters: Array, bins: number, topology: Topology, direction: Direction): [Array, Array] {
  const [batch, n] = u.shape;
  const inner = bins - 1;
  const raw = splineParameterCount(bins, topology) - 2 * bins;
  const [sizesRaw, slopesRaw] = np.split(parameters, [2 * bins], 2);
  const sizes = softmax(sizesRaw.reshape([batch, n, 2, bins])).mul(1 - bins * MINIMUM_BIN).add(MINIMUM_BIN);

  // passed[j] = 1 where u lies beyond the upper knot of bin j; found outside the gradient.
  const searched = lax.stopGradient(sizes).slice([], [], direction === 'forward' ? 0 : 1);
  const knots = np.matmul(searched, matrix(bins, inner, (i, j) => (i <= j ? 1 : 0)));
  const passed = lax.stopGradient(np.where(knots.lessEqual(u.reshape([batch, n, 1])), 1, 0));

  // One product turns `passed` into masks of: the bins before (bins), the bin itself (bins), its two slopes' slots (raw each).
  const own = (i: number, j: number): number => (i === j ? -1 : 0) + (i === j - 1 ? 1 : 0);
  const lower = (i: number, j: number): number => own(i, topology === 'line' ? j + 1 : j);
  const upper = (i: number, j: number): number => (topology === 'line' ? own(i, j) : own(i, (j + bins - 1) % bins));
  const columns = 2 * bins + 2 * raw;
  const select = (i: number, j: number): number =>
    j < bins ? (i === j ? 1 : 0) : j < 2 * bins ? own(i, j - bins) : j < 2 * bins + raw ? lower(i, j - 2 * bins) : upper(i, j - 2 * bins - raw);
  // With nothing passed, u is in bin 0.
  const start = list(columns, (j) => (j === bins || (topology === 'line' ? j === 2 * bins + raw : j === 2 * bins || j === 2 * bins + raw + 1 % bins) ? 1 : 0));
  const masks = np.matmul(passed, matrix(inner, columns, select)).add(np.array(start));
  const [before, within, atLower, atUpper] = np.split(masks, [bins, 2 * bins, 2 * bins + raw], 2);
  const pick = (mask: Array): [Array, Array] => {
    const [fromWidths, fromHeights] = np.split(sizes.mul(mask.reshape([batch, n, 1, bins])).sum(-1), 2, 2);
    return [fromWidths, fromHeights];
  };
  const [x0, y0] = pick(before);
  const [w, h] = pick(within);
  const slope = (mask: Array): Array =>
    squareplus(slopesRaw.mul(mask).sum(-1, { keepdims: true })).mul(1 - MINIMUM_DERIVATIVE).add(MINIMUM_DERIVATIVE);
  const [d0, d1] = [slope(atLower), slope(atUpper)];

  const s = h.div(w);
  const point = u.reshape([batch, n, 1]);
  const curvature = d0.add(d1).sub(s.mul(2));
  let xi: Array;
  if (direction === 'forward') {
    xi = point.sub(x0).div(w);
  } else {
    // Durkan et al. 2019, eqs. 6–8, divided by the bin's height; rise is the share of it that lies below the point.
    const rise = point.sub(y0).div(h);
    const b = d0.sub(rise.mul(curvature));
    const climb = s.mul(rise);
    const discriminant = np.maximum(b.mul(b).add(s.sub(b).mul(climb).mul(4)), 0);
    xi = climb.mul(2).div(b.add(np.sqrt(discriminant)));
  }
  const eta = np.subtract(1, xi);
  const product = xi.mul(eta);
  const denominator = s.add(curvature.mul(product));
  // eq. 5, as the derivative of the forward map at xi
  const derivative = np.square(s.div(denominator)).mul(d1.mul(np.square(xi)).add(s.mul(product).mul(2)).add(d0.mul(np.square(eta))));
  const logDerivative = np.log(derivative).reshape([batch, n]);
  if (direction === 'inverse') return [x0.add(xi.mul(w)).reshape([batch, n]), logDerivative.neg()];
  const image = y0.add(h.mul(s.mul(np.square(xi)).add(d0.mul(product))).div(denominator)); // eq. 4
  return [image.reshape([batch, n]), logDerivative];
}
