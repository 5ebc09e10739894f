/** Who takes whose place at the least cost in all: the linear assignment problem. */

/**
 * By shortest augmenting paths, in O(n³).
 * @param cost of column j for row i, shape [n, n], finite
 * @returns the column of each row, shape [n]
 * @see Jonker & Volgenant 1987, "A shortest augmenting path algorithm for dense and sparse linear assignment problems"
 */
export function assignment(cost: Float64Array, n: number): Int32Array {
  // Row and column n stand for none.
  const [rowPrice, columnPrice] = [new Float64Array(n + 1), new Float64Array(n + 1)];
  const rowOf = new Int32Array(n + 1).fill(n);
  const before = new Int32Array(n + 1);
  for (let i = 0; i < n; i++) {
    rowOf[n] = i;
    const distance = new Float64Array(n).fill(Infinity);
    const settled = new Uint8Array(n + 1);
    let column = n;
    do {
      settled[column] = 1;
      const row = rowOf[column];
      let [nearest, least] = [n, Infinity];
      for (let j = 0; j < n; j++) {
        if (settled[j] === 1) continue;
        const reduced = cost[row * n + j] - rowPrice[row] - columnPrice[j];
        if (reduced < distance[j]) [distance[j], before[j]] = [reduced, column];
        if (distance[j] < least) [nearest, least] = [j, distance[j]];
      }
      for (let j = 0; j <= n; j++) {
        if (settled[j] === 1) {
          rowPrice[rowOf[j]] += least;
          columnPrice[j] -= least;
        } else distance[j] -= least;
      }
      column = nearest;
    } while (rowOf[column] !== n);
    while (column !== n) {
      rowOf[column] = rowOf[before[column]];
      column = before[column];
    }
  }
  const columnOf = new Int32Array(n);
  for (let j = 0; j < n; j++) columnOf[rowOf[j]] = j;
  return columnOf;
}
