/** Groups of equal size by rank. */

/** Numbers 0 … count − 1 of equal groups by size. @param column [n] @returns [n] */
export function groupsOf(column: Float64Array, count: number): Int32Array {
  const order = Uint32Array.from({ length: column.length }, (_, i) => i).sort((a, b) => column[a] - column[b]);
  const groups = new Int32Array(column.length);
  order.forEach((i, rank) => { groups[i] = Math.floor((rank * count) / column.length); });
  return groups;
}
