/**
 * Rays from the middle of the known bulk, screened by their energies alone. A well that is felt only inside its basin
 * shows as U below the parabola through the three radii before. Rays are ranked by how far it lies below, in units of
 * what is usual at that radius; then the directions of the first in rank are turned to where it lies lowest.
 */
import { foldIn, threefry13, word, type Key } from '../../engine/random.ts';
import { fillNormalRows } from '../../engine/simd/rows.ts';
import { power } from '../../numerics/power.ts';
import type { Steps } from '../../pausing.ts';
import type { Domain } from '../../targets/domain.ts';
import type { EnergyEvaluator } from '../../targets/energyEvaluator.ts';
import { placeOthers } from './searchStarts.ts';

/** Radii of a ray in deviations times √r: the first, and each over the one before. */
const FIRST = 0.6;
const RATIO = 1.5;
export const RADII = 8;
/** Radii before the first that is judged. */
const BEFORE = 3;
/** Rays at a time; those that share their numbers but for signs; those that say what is usual. */
const BATCH = 1024;
const FLIPS = 16;
const USUAL = 4096;
/** A depth below so many usual ones is none; the smallest usual one over energies. */
const FLAGGED = 6;
const ROUNDING = 1e-12;
/** Flags that are kept at each radius, and those of them that are followed, in different directions. */
const KEPT = 256;
const FOLLOWED = 40;
const SAME_DIRECTION = 0.9;
/** Turns of the directions that are followed: the first angle, and after one that helps and one that does not. */
const TURNS = 150;
const FIRST_TURN = 0.3;
const WIDER = 1.5;
const NARROWER = 0.9;

/** Weights of the parabola through three radii at the fourth (Lagrange). */
const [A, B, C] = [0, 1, 2].map((k) => {
  const at = [1, RATIO, RATIO * RATIO];
  const to = RATIO * RATIO * RATIO;
  return at.reduce((product, r, i) => (i === k ? product : (product * (to - r)) / (at[k] - r)), 1);
});

export interface RayOptions {
  /** In standard units. */
  readonly energy: EnergyEvaluator;
  readonly domain: Domain;
  /** Unit vectors that are screened first. [n, d] */
  readonly directions: Float64Array;
  /** Random ones after them. */
  readonly count: number;
  readonly key: Key;
}

export interface Rays {
  /** Points on rays that lie below what they promised somewhere. [n, d] */
  readonly points: Float64Array;
  readonly evaluations: number;
}

interface Flag {
  readonly depth: number;
  readonly direction: Float64Array;
}

/** Energies of rays and how deep below their parabolas they lie. */
class Screen {
  readonly radii: readonly number[];
  evaluations = 0;
  /** Middle and width of what is usual at each radius. */
  private usual: readonly { readonly middle: number; readonly width: number }[] = [];
  private points = new Float64Array(0);
  private energies = new Float64Array(0);
  private readonly real: readonly boolean[];

  constructor(private readonly energy: EnergyEvaluator, domain: Domain) {
    this.real = domain.map(({ kind }) => kind === 'real');
    const r = Math.sqrt(this.real.filter(Boolean).length);
    this.radii = Array.from({ length: RADII }, (_, k) => FIRST * r * power(RATIO, k));
  }

  /** @param units real coordinates are directions, the others places [n, d] */
  evaluate(units: Float64Array): void {
    const n = units.length / this.real.length;
    this.place(units);
    this.energy.energies(this.points, RADII * n, this.energies);
    this.evaluations += RADII * n;
  }

  private place(units: Float64Array): void {
    const { length } = units;
    const d = this.real.length;
    const n = length / d;
    if (this.points.length !== RADII * length) {
      this.points = new Float64Array(RADII * length);
      this.energies = new Float64Array(RADII * n);
    }
    const { points } = this;
    for (let k = 0; k < RADII; k++) {
      const radius = this.radii[k];
      for (let at = 0, to = k * length; at < length; at++, to++) points[to] = radius * units[at];
    }
    this.real.forEach((isReal, j) => {
      if (!isReal) for (let at = j; at < RADII * length; at += d) points[at] = units[at % length];
    });
  }

  private depth(n: number, i: number, k: number): number {
    const u = this.energies;
    return A * u[(k - 3) * n + i] + B * u[(k - 2) * n + i] + C * u[(k - 1) * n + i] - u[k * n + i];
  }

  /** Takes the rays that were evaluated last for the usual ones. */
  calibrate(n: number): void {
    this.usual = this.radii.map((_, k) => {
      if (k < BEFORE) return { middle: 0, width: Infinity };
      const all = Array.from({ length: n }, (__, i) => this.depth(n, i, k)).filter(Number.isFinite);
      if (all.length === 0) return { middle: 0, width: Infinity };
      const middle = medianOf(all);
      const size = medianOf(all.map((_depth, i) => Math.abs(this.energies[k * n + i])));
      const width = medianOf(all.map((depth) => Math.abs(depth - middle)));
      return { middle, width: width + ROUNDING * (1 + size) };
    });
  }

  /** Points on rays at all radii that can be deep. [n (RADII − BEFORE + 1), d] */
  along(units: Float64Array): Float64Array {
    this.place(units);
    return this.points.slice((BEFORE - 1) * units.length);
  }

  /** Calls `found` for each ray that lies deeper at a radius than so many usual depths. */
  above(n: number, k: number, least: number, found: (i: number, depth: number) => void): void {
    const { middle, width } = this.usual[k];
    const limit = middle + width * least;
    for (let i = 0; i < n; i++) {
      const depth = this.depth(n, i, k);
      if (depth > limit && depth < Infinity) found(i, (depth - middle) / width);
    }
  }

  /** In usual depths; what is not finite is none. */
  private rank(n: number, i: number, k: number): number {
    const { middle, width } = this.usual[k];
    const depth = (this.depth(n, i, k) - middle) / width;
    return Number.isFinite(depth) ? depth : -Infinity;
  }

  /** The radius at which a ray is deepest. */
  best(n: number, i: number): { readonly k: number; readonly depth: number } {
    let best = { k: BEFORE, depth: -Infinity };
    for (let k = BEFORE; k < RADII; k++) {
      const depth = this.rank(n, i, k);
      if (depth > best.depth) best = { k, depth };
    }
    return best;
  }
}

function medianOf(values: readonly number[]): number {
  const sorted = Float64Array.from(values).sort();
  return Number.isNaN(sorted[sorted.length >> 1]) ? 0 : sorted[sorted.length >> 1];
}

export function* screenRays({ energy, domain, directions, count, key }: RayOptions): Steps<Rays> {
  const d = domain.length;
  const screen = new Screen(energy, domain);
  if (domain.filter(({ kind }) => kind === 'real').length < 2) return { points: new Float64Array(0), evaluations: 0 };
  screen.evaluate(randomUnits(domain, USUAL, foldIn(key, 'usual')));
  screen.calibrate(USUAL);
  const flags = screen.radii.map((): Flag[] => []);
  const least = screen.radii.map(() => FLAGGED);
  const look = (units: Float64Array): void => {
    const n = units.length / d;
    screen.evaluate(units);
    for (let k = BEFORE; k < RADII; k++) {
      screen.above(n, k, least[k], (i, depth) => {
        flags[k].push({ depth, direction: units.slice(i * d, (i + 1) * d) });
      });
      if (flags[k].length >= 2 * KEPT) [flags[k], least[k]] = deepest(flags[k]);
    }
  };
  for (let from = 0; from < directions.length / d; from += BATCH) {
    const units = directions.slice(from * d, (from + BATCH) * d);
    placeOthers(domain, units, foldIn(foldIn(key, 'structured'), from));
    look(units);
    yield;
  }
  for (let batch = 0; batch * BATCH < count; batch++) {
    look(randomUnits(domain, BATCH, foldIn(foldIn(key, 'rays'), batch)));
    yield;
  }
  const followed = flags.flatMap((own) => apart(deepest(own)[0]));
  return yield* turned(screen, domain, followed, foldIn(key, 'turns'));
}

function deepest(flags: readonly Flag[]): [Flag[], number] {
  const sorted = [...flags].sort((a, b) => b.depth - a.depth).slice(0, KEPT);
  return [sorted, sorted.length < KEPT ? FLAGGED : sorted[KEPT - 1].depth];
}

/** Those that point elsewhere than those before them. */
function apart(flags: readonly Flag[]): Flag[] {
  const chosen: Flag[] = [];
  for (const flag of flags) {
    if (chosen.length >= FOLLOWED) break;
    if (chosen.every(({ direction }) =>
      direction.reduce((sum, value, j) => sum + value * flag.direction[j], 0) < SAME_DIRECTION)) chosen.push(flag);
  }
  return chosen;
}

/** Unit vectors, in runs that share their numbers but for the signs. */
function randomUnits(domain: Domain, n: number, key: Key): Float64Array {
  const d = domain.length;
  const few = Math.ceil(n / FLIPS);
  const numbers = new Float64Array(few * d);
  fillNormalRows(foldIn(key, 'directions'), 0, few, d, numbers);
  normalise(domain, numbers);
  const units = new Float64Array(n * d);
  const own = foldIn(key, 'signs');
  for (let i = 0; i < n; i++) {
    threefry13(own.k0, own.k1, i, 0);
    const bits = word[0];
    const from = Math.floor(i / FLIPS) * d;
    for (let j = 0; j < d; j++) units[i * d + j] = (1 - 2 * ((bits >> (j & 31)) & 1)) * numbers[from + j];
  }
  placeOthers(domain, units, key);
  return units;
}

function normalise(domain: Domain, units: Float64Array): void {
  const d = domain.length;
  for (let from = 0; from < units.length; from += d) {
    let squares = 0;
    for (let j = 0; j < d; j++) if (domain[j].kind === 'real') squares += units[from + j] * units[from + j];
    const factor = 1 / Math.sqrt(squares);
    for (let j = 0; j < d; j++) if (domain[j].kind === 'real') units[from + j] *= factor;
  }
}

/** Directions turned at random, and back where that does not help. */
function* turned(screen: Screen, domain: Domain, flags: readonly Flag[], key: Key): Steps<Rays> {
  const d = domain.length;
  const n = flags.length;
  if (n === 0) return { points: new Float64Array(0), evaluations: screen.evaluations };
  const units = new Float64Array(n * d);
  flags.forEach(({ direction }, i) => { units.set(direction, i * d); });
  screen.evaluate(units);
  const best = flags.map((_, i) => screen.best(n, i));
  const angles = new Float64Array(n).fill(FIRST_TURN);
  const tried = new Float64Array(n * d);
  for (let turn = 0; turn < TURNS; turn++) {
    fillNormalRows(foldIn(key, turn), 0, n, d, tried);
    for (let at = 0; at < n * d; at++) {
      const width = domain[at % d].kind === 'real' ? angles[Math.floor(at / d)] / Math.sqrt(d) : 0;
      tried[at] = units[at] + width * tried[at];
    }
    normalise(domain, tried);
    screen.evaluate(tried);
    for (let i = 0; i < n; i++) {
      const found = screen.best(n, i);
      const better = found.depth > best[i].depth;
      angles[i] *= better ? WIDER : NARROWER;
      if (!better) continue;
      best[i] = found;
      units.set(tried.subarray(i * d, (i + 1) * d), i * d);
    }
    yield;
  }
  return { points: screen.along(units), evaluations: screen.evaluations };
}
