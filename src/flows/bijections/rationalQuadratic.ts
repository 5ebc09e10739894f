/**
 * Monotone rational-quadratic splines of the unit interval (Durkan et al. 2019, "Neural spline flows", eqs. 4–8),
 * on the line (derivative 1 at both ends, identity outside), between walls (a free derivative at each end: the density
 * there is whatever the target's is) and on the circle (the ends share one free derivative).
 * Zero parameters give exactly the identity.
 *
 * Points are the last axis: sums over bins are then sums of rows, and every operation runs along the points. The
 * search for the bin lies outside the gradient, and the derivatives are written by hand: only the selected bin enters
 * them, and no cumulative sum is differentiated.
 */
import { held, withChange, withChanges } from '../../engine/derivative.ts';
import { np, type Array } from '../../engine/numpy.ts';
import { squareplus } from '../activations.ts';

export type Topology = 'line' | 'interval' | 'circle';
/** From the base to the target, or back. */
export type Direction = 'forward' | 'inverse';

/** Smallest bin width and height, as fractions of the interval, and the smallest derivative at a knot. */
export const MINIMUM_BIN = 1e-3;
export const MINIMUM_DERIVATIVE = 1e-3;

/** Free derivatives beside those of the K − 1 inner knots. */
const FREE_ENDS: Readonly<Record<Topology, number>> = { line: 0, interval: 2, circle: 1 };

/** Parameters per coordinate: K widths, K heights, and K − 1 (line), K + 1 (interval) or K (circle) derivatives. */
export const splineParameterCount = (bins: number, topology: Topology): number => 3 * bins - 1 + FREE_ENDS[topology];

const list = <T>(length: number, f: (i: number) => T): T[] => globalThis.Array.from({ length }, (_, i) => f(i));

/** Numbers along the bins' axis, [1, length, 1]. */
const alongBins = (length: number, entry: (i: number) => number): Array => np.array([list(length, (i) => [entry(i)])]);

const number = (condition: Array): Array => condition.astype(np.float64);
const sumOverBins = (x: Array): Array => x.sum(1, { keepdims: true });

/** exp of logits [n, K, B], scaled to at most 1, and its sum over bins. */
interface Exponentials {
  readonly logits: Array;
  readonly e: Array;
  readonly total: Array;
}

function exponentials(logits: Array): Exponentials {
  const still = held(logits);
  const e = np.exp(still.sub(still.max(1, { keepdims: true })));
  return { logits, e, total: sumOverBins(e) };
}

/** Number of inner knots at or below u, [n, 1, B]. */
function findBin(u: Array, { e, total }: Exponentials, bins: number): Array {
  // Knots as multiples of total / share: the smallest bin adds (j + 1) · MINIMUM_BIN / share · total to knot j.
  const share = 1 - bins * MINIMUM_BIN;
  const sums = np.array([list(bins - 1, (j) => list(bins, (i) => (i <= j ? 1 : 0) + ((j + 1) * MINIMUM_BIN) / share))]);
  const knots = np.matmul(sums, e);
  return sumOverBins(number(knots.lessEqual(held(u).mul(total.div(share)))));
}

/** Where bin k starts, and its size: softmax of the logits, squeezed so that no bin is smaller than MINIMUM_BIN. */
function selectBin({ logits, e, total }: Exponentials, k: Array, before: Array, within: Array, bins: number): [
  Array, Array
] {
  const share = 1 - bins * MINIMUM_BIN;
  const perTotal = np.divide(share, total);
  const start = sumOverBins(e.mul(before)).mul(perTotal);
  const size = sumOverBins(e.mul(within)).mul(perTotal);
  const [from, extent] = withChanges([start.add(k.mul(MINIMUM_BIN)), size.add(MINIMUM_BIN)], [logits], (change) => {
    // d softmax = softmax · (d logits − Σ softmax · d logits)
    const weighted = e.mul(change);
    const mean = sumOverBins(weighted).div(total);
    return [[start, before], [size, within]]
      .map(([value, mask]) => sumOverBins(weighted.mul(mask)).mul(perTotal).sub(value.mul(mean)));
  });
  return [from, extent];
}

/**
 * Map `u` through the spline of `parameters`.
 * @param u shape [n, B], in [0, 1]
 * @param parameters shape [n, splineParameterCount(bins, topology), B], unconstrained
 * @returns the image [n, B] in [0, 1], and the logarithm of the map's derivative [n, B]
 */
export function rationalQuadraticSpline(
  u: Array, parameters: Array, bins: number, topology: Topology, direction: Direction
): [Array, Array] {
  const [n, batch] = u.shape;
  const point = u.reshape([n, 1, batch]);
  const [forWidths, forHeights, forSlopes] = np.split(parameters, [bins, 2 * bins], 1);
  const [widths, heights] = [exponentials(forWidths), exponentials(forHeights)];

  const k = findBin(point, direction === 'forward' ? widths : heights, bins);
  const before = number(np.less(alongBins(bins, (i) => i), k));
  const within = number(np.equal(alongBins(bins, (i) => i), k));
  const [x0, w] = selectBin(widths, k, before, within, bins);
  const [y0, h] = selectBin(heights, k, before, within, bins);

  // Slot i holds the slope at the upper end of bin i (line), or at the lower end (interval, circle).
  const slope = (binOfSlot: (i: number) => number): Array => {
    const mask = number(np.equal(alongBins(splineParameterCount(bins, topology) - 2 * bins, binOfSlot), k));
    const chosen =
      withChange(sumOverBins(held(forSlopes).mul(mask)), [forSlopes], (change) => sumOverBins(change.mul(mask)));
    return squareplus(chosen).mul(1 - MINIMUM_DERIVATIVE).add(MINIMUM_DERIVATIVE);
  };
  const d0 = slope(topology === 'line' ? (i) => i + 1 : (i) => i);
  const d1 =
    slope(topology === 'line' ? (i) => i : topology === 'interval' ? (i) => i - 1 : (i) => (i + bins - 1) % bins);

  const [image, logDerivative] = bend({ point, x0, y0, w, h, d0, d1 }, direction);
  return [image.reshape([n, batch]), logDerivative.reshape([n, batch])];
}

/** A point and the bin it lies in: corner, size and the slopes at both ends, [n, 1, B] each. */
interface Bin {
  readonly point: Array;
  readonly x0: Array;
  readonly y0: Array;
  readonly w: Array;
  readonly h: Array;
  readonly d0: Array;
  readonly d1: Array;
}

/** The map of one bin and the logarithm of its derivative, with the derivatives of both by all that they depend on. */
function bend(bin: Bin, direction: Direction): [Array, Array] {
  const [point, x0, y0, w, h, d0, d1] = [bin.point, bin.x0, bin.y0, bin.w, bin.h, bin.d0, bin.d1].map(held);
  const perW = np.reciprocal(w);
  const s = h.mul(perW);
  const curvature = d0.add(d1).sub(s.mul(2));
  let xi: Array;
  if (direction === 'forward') {
    xi = point.sub(x0).mul(perW);
  } else {
    // Durkan et al. 2019, eqs. 6–8, divided by the bin's height; rise is the share of it that lies below the point.
    const rise = point.sub(y0).div(h);
    const b = d0.sub(rise.mul(curvature));
    const climb = s.mul(rise);
    const discriminant = np.maximum(b.mul(b).add(s.sub(b).mul(climb).mul(4)), 0);
    xi = climb.mul(2).div(b.add(np.sqrt(discriminant)));
  }
  const eta = np.subtract(1, xi);
  const [product, xi2, eta2, tilt] = [xi.mul(eta), np.square(xi), np.square(eta), eta.sub(xi)];
  const perBelow = np.reciprocal(s.add(curvature.mul(product)));
  const share = s.mul(xi2).add(d0.mul(product)).mul(perBelow); // eq. 4: y = y0 + h · share
  const above = d1.mul(xi2).add(s.mul(product).mul(2)).add(d0.mul(eta2));
  const steepness = s.mul(perBelow);
  const logDerivative = np.log(np.square(steepness).mul(above)); // eq. 5

  // Partial derivatives of the share and of log(derivative) by xi, s, d0 and d1.
  const perAbove = np.reciprocal(above);
  const bySlope = product.mul(perBelow);
  const unbent = np.subtract(1, product.mul(2));
  const shareByXi = steepness.mul(above).mul(perBelow);
  const logByXi =
    d1.mul(xi).sub(d0.mul(eta)).add(s.mul(tilt)).mul(perAbove).sub(curvature.mul(tilt).mul(perBelow)).mul(2);
  const shareByS = xi2.sub(share.mul(unbent)).mul(perBelow);
  const logByS = np.reciprocal(s).add(product.mul(perAbove)).sub(unbent.mul(perBelow)).mul(2);
  const shareByD1 = bySlope.mul(share).neg();
  const shareByD0 = bySlope.add(shareByD1);
  const logByD0 = eta2.mul(perAbove).sub(bySlope.mul(2));
  const logByD1 = xi2.mul(perAbove).sub(bySlope.mul(2));

  const image = direction === 'forward' ? y0.add(h.mul(share)) : x0.add(xi.mul(w));
  const inputs = [bin.point, bin.x0, bin.y0, bin.w, bin.h, bin.d0, bin.d1];
  const results = [image, direction === 'forward' ? logDerivative : logDerivative.neg()];
  const [moved, logSlope] = withChanges(results, inputs, (dPoint, dx0, dy0, dw, dh, dd0, dd1) => {
    const ds = dh.sub(dw.mul(s)).mul(perW);
    const dShare = ds.mul(shareByS).add(dd0.mul(shareByD0)).add(dd1.mul(shareByD1));
    const dLog = ds.mul(logByS).add(dd0.mul(logByD0)).add(dd1.mul(logByD1));
    if (direction === 'forward') {
      const dxi = dPoint.sub(dx0).sub(dw.mul(xi)).mul(perW);
      return [dy0.add(dh.mul(share)).add(dxi.mul(shareByXi).add(dShare).mul(h)), dxi.mul(logByXi).add(dLog)];
    }
    // The forward map at xi stays the point.
    const dxi = dPoint.sub(dy0).sub(dh.mul(share)).div(h).sub(dShare).div(shareByXi);
    return [dx0.add(dxi.mul(w)).add(dw.mul(xi)), dxi.mul(logByXi).add(dLog).neg()];
  });
  return [moved, logSlope];
}
