/** Like particles: what of a target's energy stays the same when they are exchanged, turned together or mirrored. */
import { InputError } from '../../errors.ts';
import type { Domain } from '../domain.ts';

/** Consecutive coordinates are those of one particle. */
export interface Particles {
  readonly count: number;
  /** Coordinates of one: of the plane or of space. */
  readonly dimension: 2 | 3;
  /** Sets of two or more that can be exchanged among themselves; default: all of them. */
  readonly alike?: readonly (readonly number[])[];
  /** Whether all may be turned about the origin; default true. */
  readonly rotations?: boolean;
  /** Whether all may be mirrored; only where they may be turned. Default: what rotations is. */
  readonly reflections?: boolean;
}

/** The same with nothing left open, and its sets in order. */
export interface ParticleSymmetry extends Required<Particles> {
  readonly alike: readonly (readonly number[])[];
}

/** @param name of the target @throws InputError naming what cannot be */
export function declaredSymmetry(name: string, particles: Particles, domain: Domain): ParticleSymmetry {
  const { count, dimension, rotations = true, reflections = rotations } = particles;
  const d = domain.length;
  const fail = (what: string): never => { throw new InputError(`target "${name}": particles: ${what}`); };
  if (dimension !== 2 && dimension !== 3) fail(`dimension must be 2 or 3, got ${String(dimension)}`);
  if (!Number.isInteger(count) || count < 2) fail(`count must be an integer of at least 2, got ${String(count)}`);
  if (count * dimension !== d) fail(`${count} of ${dimension} coordinates each are ${count * dimension}, not ${d}`);
  if (rotations && domain.some(({ kind }) => kind !== 'real'))
    fail('circles and intervals cannot be turned; say rotations: false');
  if (reflections && !rotations) fail('reflections go with rotations; set both or neither');
  return { count, dimension, alike: checkedSets(particles, fail), rotations, reflections };
}

/** In order, without those that have nothing to exchange. */
function checkedSets(
  { count, alike = [Array.from({ length: count }, (_, i) => i)] }: Particles, fail: (what: string) => never,
): number[][] {
  const seen = new Set<number>();
  for (const particle of alike.flat()) {
    if (!Number.isInteger(particle) || particle < 0 || particle >= count)
      fail(`alike names particle ${String(particle)}, but they are 0 to ${count - 1}`);
    if (seen.has(particle)) fail(`alike names particle ${particle} twice`);
    seen.add(particle);
  }
  const sets = alike.filter((set) => set.length > 1).map((set) => [...set].sort((a, b) => a - b));
  return sets.sort((a, b) => a[0] - b[0]);
}

/** log of the number of exchanges, doubled by mirroring. */
export function logOrder({ alike, reflections }: ParticleSymmetry): number {
  const logFactorial = (n: number): number => (n < 2 ? 0 : Math.log(n) + logFactorial(n - 1));
  return alike.reduce((sum, { length }) => sum + logFactorial(length), reflections ? Math.LN2 : 0);
}
