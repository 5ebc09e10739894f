/** Moves of points that leave exp(−U_λ) as it is, or nearly so. */
import type { Key } from '../../engine/random.ts';
import type { Cuts } from '../../pausing.ts';

export interface Move {
  readonly lambda: number;
  readonly stepSize: number;
  readonly steps: number;
  readonly key: Key;
  /** Index of the first point: point i moves by (key, first + i) alone. */
  readonly first: number;
}

export interface Moved {
  /** null for moves that refuse nothing. */
  readonly acceptance: number | null;
  readonly nonFinite: number;
}

export interface Moves {
  /** Whether exp(−U_λ) is left exactly as it is: weights stay right only then. */
  readonly exact: boolean;
  /** In place. @param points [n, d] */
  move(points: Float64Array, move: Move, cuts: Cuts): Promise<Moved>;
  dispose(): void;
}
