/** Finds the like particles of a target by looking at its energy. */
import { foldIn, keyFromSeed, uniform } from '../../engine/random.ts';
import { InputError } from '../../errors.ts';
import { spreadRows } from '../../numerics/spreadRows.ts';
import type { EnergyEvaluator } from '../energyEvaluator.ts';
import type { Target } from '../target.ts';
import { turnPoint, randomRotation } from './orientation.ts';
import { logOrder, type ParticleSymmetry } from './particles.ts';

/** Points that an energy is looked at. */
const POINTS = 24;
/** Differences of energies that rounding makes, relative to one more than their size. */
const ROUNDING = 1e-8;
/** Pairs of alike particles that must be rarer than this, against independent ones, within a short distance. */
const APART = 0.5;
/** The short distance is that within which this share of independent pairs lies. */
const NEAR = 0.02;
const PAIRS = 20_000;

/**
 * Like particles of two or three consecutive coordinates each whose exchanges make wells of their own: the energy is
 * the same when they are exchanged, perhaps also when all are turned about the origin or mirrored, and they keep apart.
 * Whoever samples with what is found is right also where it is a mistake (pipeline/proposal/symmetrised.ts).
 * @param points likely ones of the target [n, d], where energies tell differences
 * @returns null where there are none
 */
export function detectSymmetry(target: Target, energy: EnergyEvaluator, points: Float64Array): ParticleSymmetry | null {
  const { dimension: d } = target;
  const n = points.length / d;
  const look = lookAt(energy, points, n);
  const found = ([2, 3] as const)
    .filter((p) => d % p === 0 && d >= 2 * p)
    .map((dimension) => symmetryOf(target, look, dimension))
    .filter(({ alike, rotations }) => alike.length > 0 || rotations)
    .sort((a, b) => Number(b.rotations) - Number(a.rotations) || logOrder(b) - logOrder(a));
  return found.find((symmetry) => keepApart(symmetry, points, n)) ?? null;
}

/**
 * @param points as of {@link detectSymmetry}
 * @throws InputError where the energy lacks a symmetry that it is said to have
 */
export function checkSymmetry(
  target: Target, symmetry: ParticleSymmetry, energy: EnergyEvaluator, points: Float64Array,
): void {
  const { count, dimension, alike, rotations, reflections } = symmetry;
  const fail = (what: string): never => {
    throw new InputError(`target "${target.name}": particles: its energy changes when ${what}`);
  };
  const found = symmetryOf(target, lookAt(energy, points, points.length / target.dimension), dimension);
  for (const set of alike) {
    const other = set.find((particle) => !sharesSet(found.alike, set[0], particle));
    if (other !== undefined)
      fail(`particles ${set[0]} and ${other} of ${count} are exchanged; say in alike which can be`);
  }
  if (rotations && !found.rotations) fail('all are turned about the origin; say rotations: false');
  if (reflections && !found.reflections) fail('all are mirrored; say reflections: false');
}

const sharesSet = (sets: ParticleSymmetry['alike'], a: number, b: number): boolean =>
  a === b || sets.some((set) => set.includes(a) && set.includes(b));

/** Whether the energy at some points stays as it is when they are changed. @param change of point i of x, in place */
type Look = (change: (x: Float64Array, i: number) => void) => boolean;

function lookAt(energy: EnergyEvaluator, points: Float64Array, n: number): Look {
  const d = energy.dimension;
  const rows = spreadRows(n, POINTS);
  const x = new Float64Array(rows.length * d);
  rows.forEach((row, i) => { x.set(points.subarray(row * d, (row + 1) * d), i * d); });
  const before = new Float64Array(rows.length);
  energy.energies(x, rows.length, before);
  return (change) => {
    const changed = x.slice();
    for (let i = 0; i < rows.length; i++) change(changed, i);
    const after = new Float64Array(rows.length);
    energy.energies(changed, rows.length, after);
    return after.every((u, i) => Math.abs(u - before[i]) <= ROUNDING * (1 + Math.abs(before[i])));
  };
}

function symmetryOf({ domain, dimension: d }: Target, look: Look, dimension: 2 | 3): ParticleSymmetry {
  const p = dimension;
  const count = d / p;
  const sameDomain = (i: number, j: number): boolean => Array.from({ length: p }, (_, a) => a)
    .every((a) => JSON.stringify(domain[i * p + a]) === JSON.stringify(domain[j * p + a]));
  const isAlike = (i: number, j: number): boolean => sameDomain(i, j) && look((x, row) => {
    for (let a = 0; a < p; a++) {
      const [one, other] = [row * d + i * p + a, row * d + j * p + a];
      [x[one], x[other]] = [x[other], x[one]];
    }
  });
  const sets: number[][] = [];
  for (let j = 0; j < count; j++) {
    const own = sets.find(([first]) => isAlike(first, j));
    if (own === undefined) sets.push([j]);
    else own.push(j);
  }
  const key = foldIn(keyFromSeed(0), 'turns');
  const rotations = domain.every(({ kind }) => kind === 'real')
    && look((x, i) => { turnPoint(randomRotation(p, key, i), p, x, i, d); });
  const reflections = rotations && look((x, i) => {
    for (let at = i * d + p - 1; at < (i + 1) * d; at += p) x[at] *= -1;
  });
  return { count, dimension, alike: sets.filter((set) => set.length > 1), rotations, reflections };
}

/** Whether alike particles of one point are nearer to each other more rarely than those of different points are. */
function keepApart({ count, dimension: p, alike }: ParticleSymmetry, points: Float64Array, n: number): boolean {
  if (alike.length === 0) return true;
  const d = count * p;
  const key = foldIn(keyFromSeed(0), 'pairs');
  const together = new Float64Array(PAIRS);
  const apart = new Float64Array(PAIRS);
  const squared = (i: number, a: number, j: number, b: number): number => {
    let sum = 0;
    for (let c = 0; c < p; c++) {
      const gap = points[i * d + a * p + c] - points[j * d + b * p + c];
      sum += gap * gap;
    }
    return sum;
  };
  for (let t = 0; t < PAIRS; t++) {
    const pick = (draw: number, among: number): number => Math.floor(uniform(key, t, draw) * among);
    const [i, j, set] = [pick(0, n), pick(1, n), alike[pick(2, alike.length)]];
    const one = pick(3, set.length);
    const other = set[(one + 1 + pick(4, set.length - 1)) % set.length];
    together[t] = squared(i, set[one], i, other);
    apart[t] = squared(i, set[one], j, other);
  }
  const near = apart.sort()[Math.floor(NEAR * PAIRS)];
  return together.filter((distance) => distance < near).length < APART * NEAR * PAIRS;
}
