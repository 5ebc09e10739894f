/** Whether a target is still the one whose energies are stored: some of them are evaluated again. */
import { InputError } from '../errors.ts';
import { foldIn, type Key } from '../engine/random.ts';
import type { EnergyEvaluator } from './energyEvaluator.ts';
import { averagedEnergy } from './noisyPath.ts';
import type { NoisyEvaluator } from './noisyEvaluator.ts';

/** Of the chains that energies come from. */
type Precision = 'float64' | 'float32';

/** What samples are labelled with: the energy itself, or means over so many draws. */
export interface LabelSettings {
  readonly trainingEnergies: 'full' | 'draws';
  readonly energyDraws: number;
}

/** Energies that are evaluated again. */
const CHECKED = 32;

/** Half of the digits of the arithmetic must agree: rounding takes a few of them, a target that is another one most. */
const AGREEMENT: Readonly<Record<Precision, number>> = { float64: 1e-8, float32: 2.4e-4 };

/** Indices of the samples that are checked, spread evenly over all of them. */
export function checkedSamples(n: number): number[] {
  const count = Math.min(CHECKED, n);
  return Array.from({ length: count }, (_, k) => Math.floor(((k + 0.5) * n) / count));
}

export interface StoredEnergies {
  /** Of the target. */
  readonly name: string;
  /** Which samples these are, of all: the result of {@link checkedSamples}. */
  readonly indices: readonly number[];
  /** [indices.length, d] */
  readonly positions: Float64Array;
  /** [indices.length] */
  readonly energies: Float64Array;
  /** What samples of index `first` and on are labelled with. */
  readonly labels: (first: number) => EnergyEvaluator;
  /** Of the chains that the energies come from. */
  readonly precision: Precision;
}

/** @throws InputError in one line where an energy is not what it was, beyond rounding */
export function checkStoredEnergies({ name, indices, positions, energies, labels, precision }: StoredEnergies): void {
  const d = positions.length / Math.max(1, indices.length);
  const [energy, gradient] = [new Float64Array(1), new Float64Array(d)];
  for (const [k, index] of indices.entries()) {
    const point = positions.subarray(k * d, k * d + d);
    labels(index).energiesAndGradients(point, 1, energy, gradient);
    const [now, stored] = [energy[0], energies[k]];
    // What rounding of the coordinates and of the result can change, in units of the arithmetic. A cusp has no slope.
    const byCoordinate = Array.from(gradient, (slope, j) => (Number.isFinite(slope) ? Math.abs(slope * point[j]) : 0));
    const scale = byCoordinate.reduce((sum, part) => sum + part, 1 + Math.abs(stored));
    const gap = Math.abs(now - stored);
    if (Object.is(now, stored) || (gap < Infinity && gap <= AGREEMENT[precision] * scale)) continue;
    const what = `the energy of target "${name}" is ${now} at sample ${index}, where ${stored} is stored`;
    const why = 'the target, what it imports or its data are not those that the run began with';
    throw new InputError(`${what}: ${why}; restore them, or start a new run`);
  }
}

/** The same of all samples of a run. @param positions [n, d] @param energies [n] */
export function checkAllEnergies(stored: Omit<StoredEnergies, 'indices'>): void {
  const n = stored.energies.length;
  const d = stored.positions.length / Math.max(1, n);
  const indices = checkedSamples(n);
  const positions = new Float64Array(indices.length * d);
  for (const [k, index] of indices.entries()) positions.set(stored.positions.subarray(index * d, index * d + d), k * d);
  checkStoredEnergies({
    ...stored,
    indices,
    positions,
    energies: Float64Array.from(indices, (index) => stored.energies[index]),
  });
}

/**
 * What samples of a noisy target are labelled with: its energy, or means of noisy values.
 * @param key of the run
 * @param first index of the first sample of a call
 */
export function noisyLabels(
  noisy: NoisyEvaluator,
  { trainingEnergies, energyDraws }: LabelSettings,
  key: Key,
  first = 0,
): EnergyEvaluator {
  return trainingEnergies === 'full' && noisy.full !== null
    ? noisy.full
    : averagedEnergy(noisy, energyDraws, foldIn(key, 'labels'), first);
}
