/** Masses of equal round Gaussians in the plane, by nearest centre: of the cells of the centres' Voronoi diagram. */
import { gaussLegendre } from '../../numerics/quadratureRules.ts';

type Point = readonly [number, number];

/** No mass lies this far out. */
const FAR = 1000;
const angles = gaussLegendre(200, 0, 1);

/** The part of a convex polygon where a · x ≤ b (Sutherland & Hodgman 1974). */
function clipped(polygon: readonly Point[], [a0, a1]: Point, b: number): Point[] {
  const excess = polygon.map(([x, y]) => a0 * x + a1 * y - b);
  return polygon.flatMap(([x, y], i): Point[] => {
    const next = (i + 1) % polygon.length;
    const kept: Point[] = excess[i] <= 0 ? [[x, y]] : [];
    if ((excess[i] <= 0) === (excess[next] <= 0)) return kept;
    const t = excess[i] / (excess[i] - excess[next]);
    return [...kept, [x + t * (polygon[next][0] - x), y + t * (polygon[next][1] - y)]];
  });
}

const cellOf = (centres: readonly Point[], k: number): Point[] => {
  const [x, y] = centres[k];
  const square: Point[] = [[-FAR, -FAR], [FAR, -FAR], [FAR, FAR], [-FAR, FAR]];
  return centres.reduce<Point[]>((cell, [a, b], j) => (j === k ? cell
    : clipped(cell, [2 * (a - x), 2 * (b - y)], a * a + b * b - x * x - y * y)), square);
};

/**
 * Mass of a round Gaussian in a polygon that goes anticlockwise: over each edge, as seen from the Gaussian's centre,
 * ∫ (1 − exp(−r(φ)²/2σ²)) dφ/2π with r(φ) the distance to the edge.
 */
function massWithin(polygon: readonly Point[], [x, y]: Point, deviation: number): number {
  return polygon.reduce((sum, [ax, ay], i) => {
    const [bx, by] = polygon[(i + 1) % polygon.length];
    const [dx, dy] = [bx - ax, by - ay];
    const length = Math.hypot(dx, dy);
    if (length === 0) return sum;
    // With its sign: positive where the centre lies to the left of the edge.
    const distance = (dx * (y - ay) - dy * (x - ax)) / length;
    const from = Math.atan2((dx * (ax - x) + dy * (ay - y)) / length, Math.abs(distance));
    const to = Math.atan2((dx * (bx - x) + dy * (by - y)) / length, Math.abs(distance));
    const inside = angles.nodes.reduce((total, t, q) => {
      const r = distance / Math.cos(from + t * (to - from));
      return total - angles.weights[q] * Math.expm1(-(r * r) / (2 * deviation * deviation));
    }, 0);
    return sum + Math.sign(distance) * inside * (to - from) / (2 * Math.PI);
  }, 0);
}

/** Of the mixture of equal Gaussians around the centres, the mass that lies nearest to each. */
export function nearestMasses(centres: readonly Point[], deviation: number): number[] {
  return centres.map((_, k) => {
    const cell = cellOf(centres, k);
    return centres.reduce((sum, centre) => sum + massWithin(cell, centre, deviation), 0) / centres.length;
  });
}
