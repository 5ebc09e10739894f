/** Axes that no coordinate follows. */
import { fillNormal, keyFromSeed } from '../../engine/random.ts';

/** `count` random orthonormal rows of length d ≥ count (Gram–Schmidt, twice, of normal ones). */
export function orthonormalRows(count: number, d: number, seed: number): number[][] {
  const draws = new Float64Array(count * d);
  fillNormal(keyFromSeed(seed), 0, draws);
  const rows: number[][] = [];
  for (let k = 0; k < count; k++) {
    let row = Array.from(draws.subarray(k * d, (k + 1) * d));
    for (const other of [...rows, ...rows]) {
      const along = dot(row, other);
      row = row.map((entry, j) => entry - along * other[j]);
    }
    const length = Math.hypot(...row);
    rows.push(row.map((entry) => entry / length));
  }
  return rows;
}

export const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  let sum = 0;
  for (let j = 0; j < a.length; j++) sum += a[j] * b[j];
  return sum;
};
