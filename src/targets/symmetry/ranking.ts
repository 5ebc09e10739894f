/** Which particle takes which place, whatever order they are given in: the representative of all their orders. */
import { assignment } from '../../numerics/assignment.ts';
import type { ParticleSymmetry } from './particles.ts';

/**
 * The particle that takes each place in point i: only alike ones change places. Exchanged beforehand, they take the
 * same places; but for ties. @param x shape [n, d] @param order receives [N]
 */
export type Ranking = (x: Float64Array, i: number, order: Int32Array) => void;

/**
 * The farthest from the centre of all comes first; of two, who are as far from theirs, from the origin. Points may be
 * turned and mirrored.
 */
export function byDistance({ count, dimension: p, alike }: ParticleSymmetry): Ranking {
  const [centre, distances] = [new Float64Array(p), new Float64Array(count)];
  return (x, i, order) => {
    const at = i * count * p;
    for (let a = 0; a < p; a++) {
      centre[a] = 0;
      if (count > 2) for (let j = 0; j < count; j++) centre[a] += x[at + j * p + a] / count;
    }
    for (let j = 0; j < count; j++) {
      order[j] = j;
      distances[j] = 0;
      for (let a = 0; a < p; a++) {
        const gap = x[at + j * p + a] - centre[a];
        distances[j] += gap * gap;
      }
    }
    for (const set of alike) {
      const sorted = [...set].sort((a, b) => distances[b] - distances[a]);
      set.forEach((place, k) => { order[place] = sorted[k]; });
    }
  };
}

/** As near to the places of a template as can be, in squares. @param template shape [d] */
export function byTemplate({ count, dimension: p, alike }: ParticleSymmetry, template: Float64Array): Ranking {
  return (x, i, order) => {
    const at = i * count * p;
    for (let j = 0; j < count; j++) order[j] = j;
    for (const set of alike) {
      const n = set.length;
      const cost = new Float64Array(n * n);
      set.forEach((place, row) => {
        set.forEach((particle, column) => {
          for (let a = 0; a < p; a++) {
            const gap = x[at + particle * p + a] - template[place * p + a];
            cost[row * n + column] += gap * gap;
          }
        });
      });
      assignment(cost, n).forEach((column, row) => { order[set[row]] = set[column]; });
    }
  };
}
