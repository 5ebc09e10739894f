/**
 * An energy's gradient against differences of the energy itself, at points of the base. Gradients are taken
 * automatically, so that it is derivatives given by hand, and programs of others, that this is for.
 */
import { foldIn, keyFromSeed, type Key } from '../engine/random.ts';
import { fillUniformRows } from '../engine/simd/rows.ts';
import { InputError } from '../errors.ts';
import { sampleBase } from './base.ts';
import type { EnergyEvaluator } from './energyEvaluator.ts';
import { shownPoint } from './fields.ts';
import { fillLine, LARGEST_STEP, LINE_POINTS, slopesOf } from './lineSlope.ts';
import { judgeSlope, type Judgement } from './slopeJudgement.ts';
import type { Target } from './target.ts';

export interface GradientCheckOptions {
  /** Points of the base. */
  readonly points: number;
  /** Directions at each of them: every coordinate where there are no more, else random ones of all coordinates. */
  readonly directions: number;
  /** Whose gradient it is, in messages; default: `its energy`. */
  readonly what?: string;
}

/** At the start of every run. */
export const QUICK_GRADIENT_CHECK: GradientCheckOptions = { points: 3, directions: 4 };
/** Where somebody asks for it. */
export const THOROUGH_GRADIENT_CHECK: GradientCheckOptions = { points: 16, directions: 32 };

export interface GradientCheck {
  readonly points: number;
  /** Slopes that were compared, of all points. */
  readonly compared: number;
  /** Of these: at a kink, or where the energy is too rough or its values too coarse to tell. */
  readonly kinks: number;
  readonly undecided: number;
  /** Largest relative deviation of those that agree. */
  readonly largestDeviation: number;
}

/** A point with its gradient, and lengths over which the energy is looked at along every coordinate. */
interface Place {
  readonly x: Float64Array;
  readonly gradient: Float64Array;
  readonly lengths: Float64Array;
}

type CheckedTarget = Pick<Target, 'name' | 'base' | 'dimension'>;

/** @throws InputError naming coordinate, point, gradient and difference of the first slope that is wrong */
export function checkGradient(
  target: CheckedTarget, evaluator: EnergyEvaluator, options: GradientCheckOptions,
): GradientCheck {
  const { dimension: d } = target;
  const key = foldIn(keyFromSeed(0), 'gradient');
  const places = placesOf(target, evaluator, options.points, key);
  const verdicts = places.flatMap((place, p) => directionsFor(d, options.directions, foldIn(key, p)).map(
    ({ coordinates, signs }) => {
      const judged = judgeAlong(evaluator, place, coordinates, signs);
      if (judged.verdict === 'wrong') fail(target, evaluator, place, coordinates, options.what ?? 'its energy');
      return judged;
    },
  ));
  const count = (wanted: Judgement['verdict']): number => verdicts.filter(({ verdict }) => verdict === wanted).length;
  return {
    points: places.length, compared: verdicts.length, kinks: count('kink'), undecided: count('undecided'),
    largestDeviation: verdicts.reduce((most, { deviation }) => Math.max(most, deviation), 0),
  };
}

/** The largest part of the way to a wall that a line goes. */
const TO_WALL = 0.9;

function placesOf({ base, dimension: d }: CheckedTarget, evaluator: EnergyEvaluator, n: number, key: Key): Place[] {
  const points = new Float64Array(n * d);
  const gradients = new Float64Array(n * d);
  sampleBase(base, key, 0, n, points);
  evaluator.energiesAndGradients(points, n, new Float64Array(n), gradients);
  return Array.from({ length: n }, (_, i) => {
    const x = points.subarray(i * d, i * d + d);
    const lengths = Float64Array.from(base.domain, ({ kind, low, high }, j) => (kind === 'real'
      ? base.standardDeviation[j]
      : Math.min((high - low) / 6, (TO_WALL * Math.max(0, Math.min(x[j] - low, high - x[j]))) / LARGEST_STEP)));
    return { x, gradient: gradients.subarray(i * d, i * d + d), lengths };
  });
}

interface Direction {
  readonly coordinates: readonly number[];
  /** ±1 for each of them. */
  readonly signs: readonly number[];
}

function directionsFor(d: number, most: number, key: Key): Direction[] {
  const all = Array.from({ length: d }, (_, j) => j);
  if (d <= most) return all.map((j) => ({ coordinates: [j], signs: [1] }));
  const draws = new Float64Array(most * d);
  fillUniformRows(key, 0, most, d, draws);
  return Array.from({ length: most }, (_, k) =>
    ({ coordinates: all, signs: all.map((j) => (draws[k * d + j] < 0.5 ? -1 : 1)) }));
}

/** The slope along some coordinates at once, each by its own length. */
function judgeAlong(
  evaluator: EnergyEvaluator, { x, gradient, lengths }: Place, coordinates: readonly number[],
  signs: readonly number[],
): Judgement {
  const d = x.length;
  const direction = new Float64Array(d);
  const even = 1 / Math.sqrt(coordinates.length);
  coordinates.forEach((j, k) => { direction[j] = signs[k] * lengths[j] * even; });
  const points = new Float64Array(LINE_POINTS * d);
  const energies = new Float64Array(LINE_POINTS);
  fillLine(x, direction, points);
  evaluator.energies(points, LINE_POINTS, energies);
  const sum = (term: (j: number) => number): number => x.reduce((total, _, j) => total + term(j), 0);
  // A point is rounded as well as its energy is.
  const moved = sum((j) => (direction[j] === 0 ? 0 : Math.abs(x[j] * gradient[j])));
  const largest = energies.filter(Number.isFinite).reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return judgeSlope(
    sum((j) => (direction[j] === 0 ? 0 : gradient[j] * direction[j])),
    slopesOf(energies, 4 * Number.EPSILON * (largest + moved)),
    even * Math.sqrt(sum((j) => (gradient[j] * lengths[j]) ** 2)),
  );
}

/** @throws InputError which names the coordinate, found by halving, whose derivative is wrong */
function fail(
  { name }: CheckedTarget, evaluator: EnergyEvaluator, place: Place, coordinates: readonly number[], what: string,
): never {
  const judged = (some: readonly number[]): Judgement => judgeAlong(evaluator, place, some, some.map(() => 1));
  let left = coordinates;
  while (left.length > 1) {
    const middle = left.length >> 1;
    const half = [left.slice(0, middle), left.slice(middle)].find((some) => judged(some).verdict === 'wrong');
    if (half === undefined) break;
    left = half;
  }
  const { gradient, lengths, x } = place;
  const where = `at the point ${shownPoint(x)} of its base`;
  const by = 'by central differences; mend the derivative that is given by hand';
  if (left.length > 1) throw new InputError(
    `target "${name}": the gradient of ${what} is wrong ${where}: along ${left.length} coordinates at once it is not `
      + `what it is ${by}`
  );
  const [j] = left;
  const { difference } = judged(left);
  throw new InputError(
    `target "${name}": the gradient of ${what} is wrong in coordinate ${j} ${where}: it is `
      + `${gradient[j].toPrecision(8)}, and ${(difference / lengths[j]).toPrecision(8)} ${by}`
  );
}
