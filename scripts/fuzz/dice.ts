/** The script's own stream of chance: input i depends on the seed and i alone. */
import { foldIn, keyFromSeed, uniform } from '../../src/engine/random.ts';

export interface Dice {
  /** A whole number in [0, n). */
  below(n: number): number;
  pick<T>(list: readonly T[]): T;
  chance(probability: number): boolean;
}

export function diceOf(seed: number, input: number): Dice {
  const key = foldIn(foldIn(keyFromSeed(seed), 'fuzz'), input);
  let thrown = 0;
  const next = (): number => uniform(key, thrown++);
  const below = (n: number): number => Math.floor(next() * n);
  return { below, pick: (list) => list[below(list.length)], chance: (probability) => next() < probability };
}
