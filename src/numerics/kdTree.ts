/** A k-d tree over points of real lines and circles, for nearest-neighbour distances in any dimension. */

export interface KdTree {
  /** The points in the tree's order, shape [n, d]. */
  readonly points: Float64Array;
  /** Place of each point in the input. shape [n] */
  readonly order: Uint32Array;
  /** Period per coordinate; 0 for a real line. shape [d] */
  readonly periods: Float64Array;
  /** Whether any coordinate is on a circle. */
  readonly circles: boolean;
  readonly root: KdNode | null;
}

interface KdNode {
  readonly start: number;
  readonly end: number;
  /** Bounds of the node's points. shape [d] each */
  readonly low: Float64Array;
  readonly high: Float64Array;
  readonly left: KdNode | null;
  readonly right: KdNode | null;
}

/** Points that are not divided any further: the more, the less boxes rule out. */
const leafSize = (d: number): number => Math.max(12, (12 * d * d) / 64);

/**
 * Build by median splits of the widest coordinate.
 * @param points shape [n, d], copied; on circles any representatives within one period of each other
 * @param periods shape [d]; 0 for a real line
 */
export function buildKdTree(points: Float64Array, periods: Float64Array): KdTree {
  const d = periods.length;
  const n = points.length / d;
  const order = Uint32Array.from({ length: n }, (_, i) => i);
  const split = (start: number, end: number): KdNode => {
    const low = new Float64Array(d).fill(Infinity);
    const high = new Float64Array(d).fill(-Infinity);
    for (let i = start; i < end; i++) {
      for (let j = 0; j < d; j++) {
        const value = points[order[i] * d + j];
        if (value < low[j]) low[j] = value;
        if (value > high[j]) high[j] = value;
      }
    }
    let widest = 0;
    for (let j = 1; j < d; j++) if (high[j] - low[j] > high[widest] - low[widest]) widest = j;
    if (end - start <= leafSize(d) || !(high[widest] > low[widest]))
      return { start, end, low, high, left: null, right: null };
    order.subarray(start, end).sort((a, b) => points[a * d + widest] - points[b * d + widest]);
    const middle = (start + end) >> 1;
    return { start, end, low, high, left: split(start, middle), right: split(middle, end) };
  };
  const root = n > 0 ? split(0, n) : null;
  const reordered = new Float64Array(n * d);
  for (let i = 0; i < n; i++) for (let j = 0; j < d; j++) reordered[i * d + j] = points[order[i] * d + j];
  return { points: reordered, order, periods, circles: periods.some((period) => period > 0), root };
}

/** Squared distance from the query to the tree's i-th point, or anything above `limit` once it is passed. */
function pointDistance(tree: KdTree, i: number, query: Float64Array, offset: number, limit: number): number {
  const { points, periods, circles } = tree;
  const d = periods.length;
  const at = i * d;
  let sum = 0;
  let j = 0;
  if (!circles) {
    // Eight at a time in two sums: in many dimensions, where boxes rule nothing out, all of the time goes here.
    let other = 0;
    for (; j + 8 <= d && sum + other <= limit; j += 8) {
      const q = offset + j;
      const p = at + j;
      const [a0, a1] = [query[q] - points[p], query[q + 1] - points[p + 1]];
      const [a2, a3] = [query[q + 2] - points[p + 2], query[q + 3] - points[p + 3]];
      const [b0, b1] = [query[q + 4] - points[p + 4], query[q + 5] - points[p + 5]];
      const [b2, b3] = [query[q + 6] - points[p + 6], query[q + 7] - points[p + 7]];
      sum += a0 * a0 + a1 * a1 + (a2 * a2 + a3 * a3);
      other += b0 * b0 + b1 * b1 + (b2 * b2 + b3 * b3);
    }
    sum += other;
  }
  for (; j < d && sum <= limit; j++) {
    let gap = Math.abs(query[offset + j] - points[at + j]);
    const period = periods[j];
    if (period > 0 && gap > period / 2) gap = Math.abs(period - gap);
    sum += gap * gap;
  }
  return sum;
}

/** A lower bound of the squared distance from the query to any point of a node, or anything above a `limit` passed. */
function boxDistance(tree: KdTree, { low, high }: KdNode, query: Float64Array, offset: number, limit: number): number {
  const { periods } = tree;
  let sum = 0;
  for (let j = 0; j < periods.length && sum <= limit; j++) {
    const value = query[offset + j];
    if (value >= low[j] && value <= high[j]) continue;
    const period = periods[j];
    let gap = value < low[j] ? low[j] - value : value - high[j];
    if (period > 0) {
      // The way round the other side of the circle.
      const round = value < low[j] ? value + period - high[j] : low[j] + period - value;
      gap = Math.max(0, Math.min(gap, round));
    }
    sum += gap * gap;
  }
  return sum;
}

/**
 * Squared distance from a query to its k-th nearest point of the tree.
 * @param query holds the query's d coordinates from `offset` on @param exclude input index of a point to pass over (−1:
 * none)
 * @returns Infinity if the tree has fewer than k points
 */
export function kthNeighbourDistance(
  tree: KdTree, query: Float64Array, offset: number, k: number, exclude = -1
): number {
  // The k smallest squared distances so far, ascending.
  const nearest = new Float64Array(k).fill(Infinity);
  const visit = (node: KdNode): void => {
    if (node.left === null || node.right === null) {
      for (let i = node.start; i < node.end; i++) {
        if (tree.order[i] === exclude) continue;
        const distance = pointDistance(tree, i, query, offset, nearest[k - 1]);
        if (distance >= nearest[k - 1]) continue;
        let slot = k - 1;
        for (; slot > 0 && nearest[slot - 1] > distance; slot--) nearest[slot] = nearest[slot - 1];
        nearest[slot] = distance;
      }
      return;
    }
    const toLeft = boxDistance(tree, node.left, query, offset, nearest[k - 1]);
    const toRight = boxDistance(tree, node.right, query, offset, nearest[k - 1]);
    const [near, far, farDistance] = toLeft <= toRight ? [node.left, node.right, toRight]
      : [node.right, node.left, toLeft];
    if (Math.min(toLeft, toRight) < nearest[k - 1]) visit(near);
    if (farDistance < nearest[k - 1]) visit(far);
  };
  if (tree.root !== null) visit(tree.root);
  return nearest[k - 1];
}

/** Whether any point of the tree lies within `squaredRadius` (inclusive) of the query. */
export function hasNeighbourWithin(tree: KdTree, query: Float64Array, offset: number, squaredRadius: number): boolean {
  const visit = (node: KdNode): boolean => {
    if (boxDistance(tree, node, query, offset, squaredRadius) > squaredRadius) return false;
    if (node.left !== null && node.right !== null) return visit(node.left) || visit(node.right);
    for (let i = node.start; i < node.end; i++) {
      if (pointDistance(tree, i, query, offset, squaredRadius) <= squaredRadius) return true;
    }
    return false;
  };
  return tree.root !== null && visit(tree.root);
}
