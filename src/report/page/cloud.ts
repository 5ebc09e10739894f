/** Points that figures show, with or without weights. */

/** Points [n, d] with their weights; `weights` null means equal ones. */
export interface Cloud {
  readonly points: Float64Array;
  readonly dimension: number;
  /** shape [n], ≥ 0, summing to 1; or null */
  readonly weights: Float64Array | null;
}

export function cloudSize(cloud: Cloud): number {
  return Math.floor(cloud.points.length / cloud.dimension);
}
