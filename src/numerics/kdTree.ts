/** A k-d tree over points of real lines and circles, for nearest-neighbour distances in any dimension. */

export interface KdTree {
  /** The points in the tree's order, shape [n, d]. */
  readonly points: Float64Array;
  /** Place of each point in the input. shape [n] */
  readonly order: Uint32Array;
  /** Period per coordinate; 0 for a real line. shape [d] */
  readonly periods: Float64Array;
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

const LEAF_SIZE = 12;

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
    if (end - start <= LEAF_SIZE || !(high[widest] > low[widest])) return { start, end, low, high, left: null, right: null };
    order.subarray(start, end).sort((a, b) => points[a * d + widest] - points[b * d + widest]);
    const middle = (start + end) >> 1;
    return { start, end, low, high, left: split(start, middle), right: split(middle, end) };
  };
  const root = n > 0 ? split(0, n) : null;
  const reordered = new Float64Array(n * d);
  for (let i = 0; i < n; i++) for (let j = 0; j < d; j++) reordered[i * d + j] = points[order[i] * d + j];
  return { points: reordered, order, periods, root };
}

/** Squared distance from the query to the tree's i-th point, or anything above `limit` once it is passed. */
function pointDistance(tree: KdTree, i: number, query: Float64Array, offset: number, limit: number): number {
  const d = tree.periods.length;
  let sum = 0;
  for (let j = 0; j < d && sum <= limit; j++) {
    let gap = Math.abs(query[offset + j] - tree.points[i * d + j]);
    const period = tree.periods[j];
    if (period > 0 && gap > period / 2) gap = Math.abs(period - gap);
    sum += gap * gap;
  }
  return sum;
}

/** A lower bound of the squared distance from the query to any point of a node. */
function boxDistance(tree: KdTree, node: KdNode, query: Float64Array, offset: number): number {
  let sum = 0;
  for (let j = 0; j < tree.periods.length; j++) {
    const value = query[offset + j];
    if (value >= node.low[j] && value <= node.high[j]) continue;
    const period = tree.periods[j];
    let gap = value < node.low[j] ? node.low[j] - value : value - node.high[j];
    if (period > 0) {
      // The way round the other side of the circle.
      const round = value < node.low[j] ? value + period - node.high[j] : node.low[j] + period - value;
      gap = Math.max(0, Math.min(gap, round));
    }
    sum += gap * gap;
  }
  return sum;
}

/**
 * Squared distance from a query to its k-th nearest point of the tree.
 * @param query holds the query's d coordinates from `offset` on @param exclude input index of a point to pass over (−1: none)
 * @returns Infinity if the tree has fewer than k points
 */
export function kthNeighbourDistance(tree: KdTree, query: Float64Array, offset: number, k: number, exclude = -1): number {
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
    const toLeft = boxDistance(tree, node.left, query, offset);
    const toRight = boxDistance(tree, node.right, query, offset);
    const [near, far, farDistance] = toLeft <= toRight ? [node.left, node.right, toRight] : [node.right, node.left, toLeft];
    if (Math.min(toLeft, toRight) < nearest[k - 1]) visit(near);
    if (farDistance < nearest[k - 1]) visit(far);
  };
  if (tree.root !== null) visit(tree.root);
  return nearest[k - 1];
}

/** Whether any point of the tree lies within `squaredRadius` (inclusive) of the query. */
export function hasNeighbourWithin(tree: KdTree, query: Float64Array, offset: number, squaredRadius: number): boolean {
  const visit = (node: KdNode): boolean => {
    if (boxDistance(tree, node, query, offset) > squaredRadius) return false;
    if (node.left !== null && node.right !== null) return visit(node.left) || visit(node.right);
    for (let i = node.start; i < node.end; i++) {
      if (pointDistance(tree, i, query, offset, squaredRadius) <= squaredRadius) return true;
    }
    return false;
  };
  return tree.root !== null && visit(tree.root);
}
