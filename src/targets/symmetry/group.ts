/**
 * The group G of exchanges of like particles, and of mirroring them, as a proposal needs it. A density is summed over
 * the images under a subgroup H, which is G itself where that is small; else like particles are cut into blocks by
 * their rank, H exchanges those of a block alone, and of the points that differ by an exchange across blocks only the
 * representatives count.
 */
import { foldIn, uniform, type Key } from '../../engine/random.ts';
import { logOrder, type ParticleSymmetry } from './particles.ts';
import { byDistance, byTemplate, type Ranking } from './ranking.ts';

/** What a proposal needs to know of G: made by {@link symmetryGroup}. */
export interface SymmetryGroup {
  /** d */
  readonly dimension: number;
  /** |H| */
  readonly order: number;
  /** log |G| */
  readonly logOrder: number;
  /** The images under H, of each point the point itself first. @param x [n, d] @param out receives [n, |H|, d] */
  images(x: Float64Array, n: number, out: Float64Array): void;
  /** The representatives of points under G. @param x [n, d] @returns [n, d] */
  canonical(x: Float64Array, n: number): Float64Array;
  /** Whether point i is an image under H of its representative; always where H is G. @param x [n, d] */
  contains(x: Float64Array, i: number): boolean;
  /** Whether point i is its own representative. @param x [n, d] */
  represents(x: Float64Array, i: number): boolean;
  /** Under a random element of G each, in place: of point i it depends on the key and first + i alone. */
  scatter(key: Key, first: number, n: number, x: Float64Array): void;
}

/** Images that a density is summed over at most. */
const MOST_IMAGES = 1000;

/**
 * @param template a likely point of the target [d]: representatives are the images nearest to it, where points cannot
 *   be turned
 * @param most images to sum over
 */
export function symmetryGroup(
  given: ParticleSymmetry, template: Float64Array, most = MOST_IMAGES,
): SymmetryGroup {
  // Two particles in space, mirrored, are but turned.
  const symmetry = { ...given, reflections: given.reflections && given.count >= given.dimension };
  const { count, dimension: p, alike, reflections } = symmetry;
  const d = count * p;
  const blocks = blocksOf(symmetry, most);
  const exchanges = blocks.reduce<number[][]>((orders, block) => orders.flatMap((order) => exchanged(order, block)), [
    Array.from({ length: count }, (_, j) => j),
  ]);
  const signs = reflections ? [1, -1] : [1];
  const blockOf = new Int32Array(count).fill(-1);
  blocks.forEach((block, k) => { for (const place of block) blockOf[place] = k; });
  const rank = symmetry.rotations ? byDistance(symmetry) : byTemplate(symmetry, template);
  const place = new Int32Array(count);
  return {
    dimension: d,
    order: exchanges.length * signs.length,
    logOrder: logOrder(symmetry),
    images(x, n, out) {
      let to = 0;
      for (let i = 0; i < n; i++) {
        for (const order of exchanges) for (const sign of signs) to = writeImage(x, i, order, sign, p, out, to);
      }
    },
    canonical: (x, n) => canonicalPoints(symmetry, rank, x, n),
    contains(x, i) {
      rank(x, i, place);
      return place.every((particle, j) => particle === j || blockOf[particle] === blockOf[j]);
    },
    represents(x, i) {
      rank(x, i, place);
      return place.every((particle, j) => particle === j) && !(reflections && handedness(x, i, count, p) < 0);
    },
    scatter(key, first, n, x) {
      const own = foldIn(key, 'exchange');
      const out = new Float64Array(d);
      for (let i = 0; i < n; i++) {
        const order = shuffled(count, alike, own, first + i);
        const sign = reflections && uniform(own, first + i, count) < 0.5 ? -1 : 1;
        writeImage(x, i, order, sign, p, out, 0);
        x.set(out, i * d);
      }
    },
  };
}

/** Sets of places that H exchanges: halves of the largest ones, until there are few enough exchanges. */
function blocksOf({ alike, reflections }: ParticleSymmetry, most: number): number[][] {
  const factorial = (n: number): number => (n < 2 ? 1 : n * factorial(n - 1));
  let blocks = alike.map((set) => [...set]);
  while (blocks.reduce((product, { length }) => product * factorial(length), reflections ? 2 : 1) > most) {
    const largest = blocks.reduce((best, block) => (block.length > best.length ? block : best));
    if (largest.length < 2) break;
    const half = Math.ceil(largest.length / 2);
    blocks = blocks.flatMap((block) => (block === largest ? [block.slice(0, half), block.slice(half)] : [block]));
  }
  return blocks;
}

/** An order and all that come of exchanging the places of a block; itself first. */
function exchanged(order: readonly number[], block: readonly number[]): number[][] {
  if (block.length < 2) return [[...order]];
  const [first, ...rest] = block;
  return block.flatMap((other) => {
    const swapped = [...order];
    [swapped[first], swapped[other]] = [order[other], order[first]];
    return exchanged(swapped, rest);
  });
}

function writeImage(
  x: Float64Array, i: number, order: ArrayLike<number>, sign: number, p: number, out: Float64Array, to: number,
): number {
  const at = i * order.length * p;
  let next = to;
  for (let j = 0; j < order.length; j++) {
    const from = at + order[j] * p;
    for (let a = 0; a < p - 1; a++) out[next++] = x[from + a];
    out[next++] = sign * x[from + p - 1];
  }
  return next;
}

function canonicalPoints(
  { count, dimension: p, reflections }: ParticleSymmetry, rank: Ranking, x: Float64Array, n: number,
): Float64Array {
  const d = count * p;
  const out = new Float64Array(n * d);
  const order = new Int32Array(count);
  for (let i = 0; i < n; i++) {
    rank(x, i, order);
    writeImage(x, i, order, 1, p, out, i * d);
    if (reflections && handedness(out, i, count, p) < 0) for (let j = p - 1; j < d; j += p) out[i * d + j] *= -1;
  }
  return out;
}

/** The determinant of the first particles' positions as their centre sees them, or of theirs and the centre's. */
function handedness(x: Float64Array, i: number, count: number, p: number): number {
  const at = i * count * p;
  const centre = Array.from({ length: p }, (_, a) => {
    let sum = 0;
    for (let j = 0; j < count; j++) sum += x[at + j * p + a];
    return sum / count;
  });
  const vectors = Array.from({ length: p }, (_, j) => (j < count - 1
    ? centre.map((value, a) => x[at + j * p + a] - value) : centre));
  const [u, v, w] = vectors;
  if (p === 2) return u[0] * v[1] - u[1] * v[0];
  return u[0] * (v[1] * w[2] - v[2] * w[1]) - u[1] * (v[0] * w[2] - v[2] * w[0]) + u[2] * (v[0] * w[1] - v[1] * w[0]);
}

/** Fisher and Yates's shuffle of each set. */
function shuffled(count: number, alike: ParticleSymmetry['alike'], key: Key, index: number): Int32Array {
  const order = Int32Array.from({ length: count }, (_, j) => j);
  for (const set of alike) {
    for (let k = set.length - 1; k > 0; k--) {
      const other = set[Math.floor(uniform(key, index, set[k]) * (k + 1))];
      [order[set[k]], order[other]] = [order[other], order[set[k]]];
    }
  }
  return order;
}
