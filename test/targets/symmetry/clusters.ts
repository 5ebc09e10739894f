/** Small clusters of particles that keep apart, whose energies are written out here once more in plain numbers. */
import { np, type Array as NpArray } from '../../../src/engine/numpy.ts';
import { fillNormal, keyFromSeed } from '../../../src/engine/random.ts';
import { defineTarget, type Target } from '../../../src/targets/target.ts';

export interface Twist {
  /** Added to the energy of a point [N, p]. */
  readonly twist?: (positions: NpArray) => NpArray;
}

/** Pairs that like a distance of 1.5 and cannot meet, in a trap. */
export function cluster(count: number, p: number, { twist }: Twist = {}): Target {
  return defineTarget({
    name: 'cluster', dimension: count * p, box: [-6, 6], base: { mean: 0, standardDeviation: 1.5 },
    energy: (x) => {
      const q = x.reshape([count, p]);
      let sum = np.square(x).sum().mul(0.2);
      for (let i = 0; i < count; i++) {
        for (let j = 0; j < i; j++) {
          const squared = np.square(q.slice(i).sub(q.slice(j))).sum();
          sum = sum.add(np.reciprocal(squared.add(0.05))).add(np.square(np.sqrt(squared.add(1e-9)).sub(1.5)).mul(3));
        }
      }
      return twist === undefined ? sum : sum.add(twist(q));
    },
  });
}

/** Standard normal points [n, d]. */
export function normals(n: number, d: number, seed = 3): Float64Array {
  const out = new Float64Array(n * d);
  fillNormal(keyFromSeed(seed), 0, out);
  return out;
}
