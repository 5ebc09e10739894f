/**
 * log Z of the target from tempered energies: Bennett ratios between neighbouring rungs, and one more from a normalised
 * reference to the hottest rung; on an interpolation path that rung is a normalised base itself. The reference has
 * independent coordinates, Gaussian on lines and uniform on circles and intervals, fitted to the first quarter of the
 * hottest rung's samples and used on the rest, so fit and use share no data.
 */
import type { Key } from '../engine/random.ts';
import { bennettFromGroups, jackknifeStandardError, type GroupedBennett } from '../estimators/bennett.ts';
import type { CountedEstimate } from '../estimators/estimate.ts';
import { baseEnergies, sampleBase, type Base } from '../targets/base.ts';
import type { Domain } from '../targets/domain.ts';
import type { EnergyEvaluator } from '../targets/energyEvaluator.ts';

/** Fewer rows than this tell too little to split. */
const FEWEST_ROWS = 32;
/** With fewer ladders than this, ladders are cut into blocks of time for the jackknife. */
const ENOUGH_LADDERS = 8;
const GROUPS_FROM_BLOCKS = 16;
/** The reference is this much wider than the samples it was fitted to: tails cost less than holes. */
const INFLATION = 1.1;

export interface TemperedEnergies {
  /** β, or on an interpolation path λ from 0; hot to cold, ending in 1. shape [K] */
  readonly inverseTemperatures: Float64Array;
  /** L */
  readonly ladders: number;
  /** U, or on a path D, on every rung. shape [rows, L, K] */
  readonly rungEnergies: Float64Array;
  /** Positions of the hottest rung (not read on a path). shape [rows, L, d] */
  readonly hottestPositions: Float64Array;
  /** Of an interpolation path: the base at its beginning. */
  readonly base?: Base | null;
}

export interface TemperedLogZ extends CountedEstimate {
  /**
   * log of the ratio of each stone: the reference to the hottest rung first, then pair by pair, shape [K]. On a path
   * the pairs alone, shape [K − 1], with the base's share of points of finite energy in the first.
   */
  readonly stones: readonly CountedEstimate[];
}

/** One block of rows of one ladder: the unit that the jackknife leaves out. */
interface Group {
  readonly ladder: number;
  readonly from: number;
  readonly to: number;
}

/**
 * log ∫ exp(−U) with its jackknife standard error over independent ladders (over blocks of time too, if ladders are
 * few). `nonFinite` counts reference points whose energy is not finite: their density is taken as zero. @returns null
 * if fewer than 32 rows were kept
 */
export function temperedLogZ(samples: TemperedEnergies, energy: EnergyEvaluator, domain: Domain, key: Key): TemperedLogZ
  | null {
  const { inverseTemperatures, ladders, rungEnergies, base = null } = samples;
  const rungs = inverseTemperatures.length;
  const rows = rungEnergies.length / (ladders * rungs);
  if (rows < FEWEST_ROWS) return null;
  const fitted = Math.floor(rows / 4);
  const groups = makeGroups(ladders, 0, rows);
  const stones =
    base === null ? [referenceStone(samples, energy, domain, key, fitted, makeGroups(ladders, fitted, rows))] : [];
  for (let k = 0; k + 1 < rungs; k++) {
    const difference = inverseTemperatures[k] - inverseTemperatures[k + 1];
    const logRatios = (rung: number): Float64Array[] => groups.map(({ ladder, from, to }) =>
      Float64Array.from({ length: to - from }, (_, i) =>
        difference * rungEnergies[((from + i) * ladders + ladder) * rungs + rung]));
    stones.push(bennettFromGroups(logRatios(k), logRatios(k + 1)));
  }
  if (base !== null) stones[0] = withShare(stones[0], finiteShare(base, energy, key, groups));
  const total = groups.map((_, g) => stones.reduce((sum, stone) => sum + stone.leaveOneOut[g], 0));
  return {
    value: stones.reduce((sum, stone) => sum + stone.value, 0),
    standardError: jackknifeStandardError(Float64Array.from(total)),
    nonFinite: stones.reduce((sum, stone) => sum + stone.nonFinite, 0),
    stones,
  };
}

function makeGroups(ladders: number, first: number, end: number): Group[] {
  const blocks = ladders >= ENOUGH_LADDERS ? 1 : Math.ceil(GROUPS_FROM_BLOCKS / ladders);
  const edge = (block: number): number => first + Math.floor(((end - first) * block) / blocks);
  return Array.from({ length: ladders * blocks }, (_, g) => ({
    ladder: g % ladders,
    from: edge(Math.floor(g / ladders)),
    to: edge(Math.floor(g / ladders) + 1),
  }));
}

/**
 * log of the base's mass where the energy is finite, from as many base points as the rows have: chains never are
 * elsewhere, so on the first rung they sample the base cut down to there, whose mass is that.
 */
function finiteShare(base: Base, energy: EnergyEvaluator, key: Key, groups: readonly Group[]): GroupedBennett {
  const d = energy.dimension;
  let drawn = 0;
  const counts = groups.map(({ from, to }) => {
    const n = to - from;
    const points = new Float64Array(n * d);
    const energies = new Float64Array(n);
    sampleBase(base, key, drawn, n, points);
    drawn += n;
    energy.energies(points, n, energies);
    return { n, finite: energies.reduce((sum, value) => sum + (Number.isFinite(value) ? 1 : 0), 0) };
  });
  const finite = counts.reduce((sum, count) => sum + count.finite, 0);
  return {
    value: Math.log(finite / drawn),
    standardError: Math.sqrt((1 - finite / drawn) / finite),
    nonFinite: drawn - finite,
    leaveOneOut: Float64Array.from(counts, (count) => Math.log((finite - count.finite) / (drawn - count.n))),
  };
}

function withShare(stone: GroupedBennett, share: GroupedBennett): GroupedBennett {
  return {
    value: stone.value + share.value,
    standardError: Math.hypot(stone.standardError, share.standardError),
    nonFinite: stone.nonFinite + share.nonFinite,
    leaveOneOut: stone.leaveOneOut.map((value, g) => value + share.leaveOneOut[g]),
  };
}

/**
 * Where the energy is not finite the density is zero, as it is to the kernels, which refuse such points; both count
 * them.
 */
function referenceStone(
  samples: TemperedEnergies, energy: EnergyEvaluator, domain: Domain, key: Key, fitted: number,
  groups: readonly Group[],
): GroupedBennett {
  const { inverseTemperatures, ladders, rungEnergies, hottestPositions } = samples;
  const d = domain.length;
  const rungs = inverseTemperatures.length;
  const hottest = inverseTemperatures[0];
  const reference = fitReference(domain, hottestPositions.subarray(0, fitted * ladders * d));
  let drawn = 0;
  let nonFinite = 0;
  const logRatios = (points: Float64Array, energies: Float64Array): Float64Array => {
    const referenceEnergies = new Float64Array(energies.length);
    baseEnergies(reference, points, energies.length, referenceEnergies);
    return referenceEnergies.map((u0, i) => {
      if (Number.isFinite(energies[i])) return u0 - hottest * energies[i];
      nonFinite += 1;
      return -Infinity;
    });
  };
  const atReference = groups.map(({ from, to }) => {
    const n = to - from;
    const points = new Float64Array(n * d);
    const energies = new Float64Array(n);
    sampleBase(reference, key, drawn, n, points);
    drawn += n;
    energy.energies(points, n, energies);
    return logRatios(points, energies);
  });
  const atHottest = groups.map(({ ladder, from, to }) => {
    const points = new Float64Array((to - from) * d);
    const energies = new Float64Array(to - from);
    for (let row = from; row < to; row++) {
      const at = row * ladders + ladder;
      points.set(hottestPositions.subarray(at * d, (at + 1) * d), (row - from) * d);
      energies[row - from] = rungEnergies[at * rungs];
    }
    return logRatios(points, energies);
  });
  const stone = bennettFromGroups(atReference, atHottest);
  return { ...stone, nonFinite: stone.nonFinite + nonFinite };
}

/** Independent coordinates with the means and inflated standard deviations of points. @param points shape [n ≥ 1, d] */
export function fitReference(domain: Domain, points: Float64Array): Base {
  const d = domain.length;
  const n = points.length / d;
  const mean = new Float64Array(d);
  const standardDeviation = new Float64Array(d);
  for (let i = 0; i < points.length; i++) mean[i % d] += points[i] / n;
  for (let i = 0; i < points.length; i++) standardDeviation[i % d] += (points[i] - mean[i % d]) ** 2 / n;
  for (let j = 0; j < d; j++) standardDeviation[j] = INFLATION * Math.sqrt(standardDeviation[j]) || 1;
  return { domain, mean, standardDeviation };
}
