/** Comparison for sorting: larger first, equal ones (two infinities too) in their own order. */
export function descending(a: number, b: number): number {
  return a === b ? 0 : b > a ? 1 : -1;
}
