/** Whether a density falls off far out, as one with a finite integral must: before any work is spent, and after. */
import { foldIn, keyFromSeed } from '../engine/random.ts';
import { fillNormalRows } from '../engine/simd/rows.ts';
import { InputError } from '../errors.ts';
import { sampleBase } from './base.ts';
import type { Coordinate } from './domain.ts';
import type { EnergyEvaluator } from './energyEvaluator.ts';
import { shownPoint } from './fields.ts';
import type { Target } from './target.ts';

/** Directions along coordinates at most, each to both sides, and random ones. */
const MOST_ALONG = 64;
const RANDOM = 32;
/** How far out the energy is looked at, in widths of the box. */
const RADII = [1e3, 1e6] as const;
/** A density that many nats below its largest value is as good as none, whatever it does further out. */
const NEGLIGIBLE = 40;
/** Half of the rise that an integrable density needs between the two radii: exp(−U) falls faster than 1/r. */
const LEAST_RISE = 0.5 * Math.log(RADII[1] / RADII[0]);

/**
 * Follow lines from base samples far out along real coordinates. If ∫ exp(−U) is finite, it is along almost every line
 * of any direction (Fubini), so that U rises there, however narrow the ridges are that it may fall along.
 * @throws InputError naming a far point where U has not risen
 */
export function checkConfined({ name, domain, base, dimension: d }: Target, energy: EnergyEvaluator): void {
  const real = domain.flatMap(({ kind }, j) => (kind === 'real' ? [j] : []));
  if (real.length === 0) return;
  const along = real.filter((_, k) => k % Math.ceil(real.length / MOST_ALONG) === 0);
  const lines = 2 * along.length + RANDOM;
  const key = keyFromSeed(0);
  const starts = new Float64Array(lines * d);
  sampleBase(base, foldIn(key, 'starts of lines'), 0, lines, starts);
  const random = new Float64Array(RANDOM * d);
  fillNormalRows(foldIn(key, 'directions'), 0, RANDOM, d, random);
  const energies = new Float64Array(lines);
  energy.energies(starts, lines, energies);
  const least = energies.reduce((a, b) => (b < a ? b : a), Infinity);
  const points = RADII.map((radius) => {
    const x = starts.slice();
    const go = (line: number, j: number, step: number): void => {
      x[line * d + j] += radius * step * (domain[j].high - domain[j].low);
    };
    along.forEach((j, k) => [-1, 1].forEach((side, s) => go(2 * k + s, j, side)));
    for (let i = 0; i < RANDOM; i++) for (const j of real) go(2 * along.length + i, j, random[i * d + j]);
    return x;
  });
  const [near, far] = points.map((x) => {
    const values = new Float64Array(lines);
    energy.energies(x, lines, values);
    return values;
  });
  const stays = (line: number): boolean =>
    far[line] === -Infinity || (far[line] < least + NEGLIGIBLE && far[line] - near[line] < LEAST_RISE);
  const line = Array.from(far.keys()).find(stays);
  if (line === undefined) return;
  const at = points[1].subarray(line * d, (line + 1) * d);
  const [there, here] = [far[line], least].map((value) => value.toPrecision(4));
  throw new InputError(
    `target "${name}": its density does not fall off: the energy is ${there} far outside its box, ` +
      `at ${shownPoint(at)}, and ${here} where it is least in its base, so exp(−U) has no finite integral; ` +
      'add what confines it (a prior), or say where there are walls (`interval`) or circles (`torus`)',
  );
}

/** How far out, in widths of the box, samples of a density are lost, and the share of them that may be. */
const LOST = 10;
const MOST_LOST = 0.5;

/**
 * Of samples that chains have made: whether they stayed where the target is. @param x shape [n, d]
 * @throws InputError when most of them ran away along a real coordinate
 */
export function checkReach({ name, domain }: Target, x: Float64Array): void {
  const d = domain.length;
  const n = x.length / d;
  const isWithin = ({ kind, low, high }: Coordinate, value: number): boolean =>
    kind !== 'real' || (value >= low - LOST * (high - low) && value <= high + LOST * (high - low));
  let lost = 0;
  for (let i = 0; i < n; i++) if (!domain.every((coordinate, j) => isWithin(coordinate, x[i * d + j]))) lost += 1;
  if (lost <= MOST_LOST * n) return;
  const share = Math.round((100 * lost) / n);
  throw new InputError(
    `target "${name}": ${share} % of the chains' samples lie more than ${LOST} widths outside of its box: ` +
      'its energy does not confine them (is it bounded below?), or its box is far too small; ' +
      'mend the definition and start a new run',
    { exitCode: 1 },
  );
}
