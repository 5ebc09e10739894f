/** Coordinates of a target: real lines (with the box the flow acts on), intervals with walls, and circles. */

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

/**
 * An interval with walls: the density is zero outside [low, high]. The base is uniform on it, and the flow maps it onto
 * itself.
 */
export interface IntervalCoordinate {
  readonly kind: 'interval';
  readonly low: number;
  readonly high: number;
}

/** A line, a circle or an interval with walls; all of them have `low` < `high`. */
export type Coordinate = RealCoordinate | TorusCoordinate | IntervalCoordinate;

/** One entry per coordinate. */
export type Domain = readonly Coordinate[];

/** The representative of `value` in [low, high). */
export function wrapCoordinate(value: number, low: number, high: number): number {
  const period = high - low;
  const wrapped = value - period * Math.floor((value - low) / period);
  // Rounding may leave either end.
  return wrapped >= high || wrapped < low ? low : wrapped;
}

/**
 * Wrap the torus coordinates of `n` points into their intervals, in place; walls are left to {@link isOutside}. @param
 * x shape [n, d]
 */
export function wrapCircles(domain: Domain, x: Float64Array, n: number): void {
  const d = domain.length;
  for (let j = 0; j < d; j++) {
    const coordinate = domain[j];
    if (coordinate.kind !== 'torus') continue;
    for (let i = j; i < n * d; i += d) x[i] = wrapCoordinate(x[i], coordinate.low, coordinate.high);
  }
}

/**
 * Bring `n` points into the domain, in place: circles are wrapped, and interval coordinates clamped to [low, high],
 * which maps in float32 leave by a rounding error. What is not finite stays so. For points that are in the domain but
 * for rounding; a proposal beyond a wall is to be refused, not moved. @param x shape [n, d]
 */
export function wrapPoints(domain: Domain, x: Float64Array, n: number): void {
  wrapCircles(domain, x, n);
  const d = domain.length;
  for (let j = 0; j < d; j++) {
    const { kind, low, high } = domain[j];
    if (kind !== 'interval') continue;
    for (let i = j; i < n * d; i += d) if (Number.isFinite(x[i])) x[i] = Math.min(high, Math.max(low, x[i]));
  }
}

/** The walls of a domain's intervals; null where it has none. */
export type Walls = readonly { readonly coordinate: number; readonly low: number; readonly high: number }[] | null;

/** The intervals of a domain, for {@link isOutside}. */
export function wallsOf(domain: Domain): Walls {
  const walls =
    domain.flatMap(({ kind, low, high }, coordinate) => (kind === 'interval' ? [{ coordinate, low, high }] : []));
  return walls.length === 0 ? null : walls;
}

/** Whether point i lies beyond a wall; a coordinate that is NaN does not. @param x shape [n, d] */
export function isOutside(walls: Walls, x: Float64Array, i: number, d: number): boolean {
  if (walls === null) return false;
  for (const { coordinate, low, high } of walls) {
    const value = x[i * d + coordinate];
    if (value < low || value > high) return true;
  }
  return false;
}
