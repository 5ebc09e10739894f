/** Coordinates of a target: real lines (with the box the flow acts on) and circles. */

/** A real coordinate. The flow bends [low, high] and is the identity outside; samples may lie anywhere. */
export interface RealCoordinate {
  readonly kind: 'real';
  readonly low: number;
  readonly high: number;
}

/** A circle: x and x + (high − low) are the same point; representatives lie in [low, high). */
export interface TorusCoordinate {
  readonly kind: 'torus';
  readonly low: number;
  readonly high: number;
}

export type Coordinate = RealCoordinate | TorusCoordinate;

/** One entry per coordinate. */
export type Domain = readonly Coordinate[];

/** The representative of `value` in [low, high). */
export function wrapCoordinate(value: number, low: number, high: number): number {
  const period = high - low;
  const wrapped = value - period * Math.floor((value - low) / period);
  // Rounding may leave either end.
  return wrapped >= high || wrapped < low ? low : wrapped;
}

/** Wrap the torus coordinates of `n` points into their intervals, in place. @param x shape [n, d] */
export function wrapPoints(domain: Domain, x: Float64Array, n: number): void {
  const d = domain.length;
  for (let j = 0; j < d; j++) {
    const coordinate = domain[j];
    if (coordinate.kind !== 'torus') continue;
    for (let i = j; i < n * d; i += d) x[i] = wrapCoordinate(x[i], coordinate.low, coordinate.high);
  }
}
