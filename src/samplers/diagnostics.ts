/** How well a parallel-tempering run mixed, in numbers. */
import { autocorrelationTime } from '../estimators/autocorrelation.ts';
import { splitRhat } from '../estimators/splitRhat.ts';
import { storedExtended } from '../records/figure.ts';
import type { ParallelTemperingSummary } from '../records/record.ts';
import { atOnce, type Steps } from '../pausing.ts';
import type { Domain } from '../targets/domain.ts';

/** R̂ is taken of at most this many values: enough to see a disagreement, and ranks need a sort. */
const MOST_RANKED = 2 ** 15;

/** Energies that are nearer to each other than this, in nats, differ by rounding: they say nothing of mixing. */
const FLAT = 1e-9;

/** A function of the chain at β = 1, by name. shape [L, rounds] */
export interface ChainFunction {
  readonly name: string;
  readonly values: Float64Array;
}

/** Figures of the functions of the chain; null where a figure cannot be told. */
export type MixingFigures =
  Pick<ParallelTemperingSummary, 'autocorrelationTimes' | 'splitRhat' | 'effectiveSampleSize'>;

/** The number itself, or null: JSON has neither NaN nor infinity. */
export function figure(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

/**
 * The energy, and each coordinate (cosine and sine on circles), of samples at β = 1.
 * @param positions shape [rounds, L, d] @param energies shape [rounds, L]
 */
export function* chainFunctions(
  domain: Domain, positions: Float64Array, energies: Float64Array, ladders: number
): Generator<ChainFunction> {
  const d = domain.length;
  const rounds = energies.length / ladders;
  const byChain = (at: (sample: number) => number): Float64Array => {
    const values = new Float64Array(rounds * ladders);
    for (let l = 0; l < ladders; l++) for (let r = 0; r < rounds; r++) values[l * rounds + r] = at(r * ladders + l);
    return values;
  };
  const lowest = energies.reduce((a, b) => Math.min(a, b), Infinity);
  const flat = energies.every((energy) => energy - lowest < FLAT);
  yield { name: 'energy', values: byChain((i) => (flat ? lowest : energies[i])) };
  for (let j = 0; j < d; j++) {
    const coordinate = domain[j];
    if (coordinate.kind !== 'torus') {
      yield { name: `x${j + 1}`, values: byChain((i) => positions[i * d + j]) };
    } else {
      const turn = (2 * Math.PI) / (coordinate.high - coordinate.low);
      yield { name: `cos x${j + 1}`, values: byChain((i) => Math.cos(turn * (positions[i * d + j] - coordinate.low))) };
      yield { name: `sin x${j + 1}`, values: byChain((i) => Math.sin(turn * (positions[i * d + j] - coordinate.low))) };
    }
  }
}

/**
 * Autocorrelation, R̂ and ESS of functions over L ladders, one at a step; all null with fewer than 4 rounds.
 * @param rhatOf R̂ of the values of the k-th function [ladders, draws]; default: split R̂
 */
export function* mixingSteps(
  functions: Iterable<ChainFunction>, ladders: number,
  rhatOf: (values: Float64Array, k: number) => number = (values) => splitRhat(values, ladders).value,
): Steps<MixingFigures> {
  const autocorrelationTimes: MixingFigures['autocorrelationTimes'] = [];
  const rhats: MixingFigures['splitRhat'] = [];
  let smallest = Infinity;
  for (const { name, values } of functions) {
    const enough = values.length >= 4 * ladders;
    const time = enough ? autocorrelationTime(values, ladders) : { rounds: NaN, effectiveSampleSize: NaN };
    autocorrelationTimes.push({ name, rounds: figure(time.rounds) });
    rhats.push({ name, value: enough ? storedExtended(rhatOf(thinned(values, ladders), rhats.length)) : null });
    if (time.effectiveSampleSize < smallest) smallest = time.effectiveSampleSize;
    yield;
  }
  return { autocorrelationTimes, splitRhat: rhats, effectiveSampleSize: figure(smallest) };
}

/** {@link mixingSteps} without a pause. */
export const mixingFigures = (functions: Iterable<ChainFunction>, ladders: number): MixingFigures =>
  atOnce(mixingSteps(functions, ladders));

/** Every m-th draw of each chain. @param values shape [chains, draws] */
function thinned(values: Float64Array, chains: number): Float64Array {
  const m = Math.ceil(values.length / MOST_RANKED);
  const draws = values.length / chains;
  if (m === 1 || draws < 4 * m) return values;
  const kept = Math.floor(draws / m);
  return Float64Array.from({ length: chains * kept }, (_, i) => values[Math.floor(i / kept) * draws + (i % kept) * m]);
}
