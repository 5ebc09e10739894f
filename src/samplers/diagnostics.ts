/** How well a parallel-tempering run mixed, in numbers and in plain words. */
import { autocorrelationTime } from '../estimators/autocorrelation.ts';
import { splitRhat } from '../estimators/splitRhat.ts';
import { extendedValue, storedExtended } from '../records/figure.ts';
import type { ParallelTemperingSummary, Warning } from '../records/record.ts';
import { atOnce, type Steps } from '../pausing.ts';
import type { Domain } from '../targets/domain.ts';

/** R̂ is taken of at most this many values: enough to see a disagreement, and ranks need a sort. */
const MOST_RANKED = 2 ** 15;

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
  yield { name: 'energy', values: byChain((i) => energies[i]) };
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

/** Autocorrelation, R̂ and ESS of functions over L ladders, one at a step; all null with fewer than 4 rounds. */
export function* mixingSteps(functions: Iterable<ChainFunction>, ladders: number): Steps<MixingFigures> {
  const autocorrelationTimes: MixingFigures['autocorrelationTimes'] = [];
  const rhats: MixingFigures['splitRhat'] = [];
  let smallest = Infinity;
  for (const { name, values } of functions) {
    const enough = values.length >= 4 * ladders;
    const time = enough ? autocorrelationTime(values, ladders) : { rounds: NaN, effectiveSampleSize: NaN };
    autocorrelationTimes.push({ name, rounds: figure(time.rounds) });
    rhats.push({ name, value: enough ? storedExtended(splitRhat(thinned(values, ladders), ladders).value) : null });
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

/**
 * What a reader should know before trusting the samples, with what would help.
 * @param info.exact whether the kernel is @param info.nonFinite refusals after warm-up: those of its first, wild steps
 * mean little
 */
export function samplerWarnings(
  figures: Omit<ParallelTemperingSummary, 'seconds'>,
  { exact, nonFinite }: { readonly exact: boolean; readonly nonFinite: number },
): Warning[] {
  const warnings: Warning[] = [];
  const warn = (code: string, message: string, severity: Warning['severity'] = 'warning'): void => {
    warnings.push({ code, severity, message });
  };
  // A ladder that starts at 0 goes along the path from the base.
  const alongPath = figures.inverseTemperatures[0] === 0;
  const worst = figures.splitRhat.map(({ name, value }) => ({ name, rhat: extendedValue(value) || 0 }))
    .reduce((a, b) => (b.rhat > a.rhat ? b : a));
  if (worst.rhat > 1.05) {
    warn(
      'ladders-disagree',
      `independent ladders disagree about ${worst.name} (R-hat ${worst.rhat.toFixed(2)}, should be below `
        + '1.05): run more rounds, or add replicas and '
        + `${alongPath ? 'take a base that reaches all of the target (or path=temperature)' : 'start hotter'}`
    );
  }
  const lowest = Math.min(...figures.swapRates.map((rate) => rate ?? 1));
  if (lowest < 0.1) {
    const advised = Math.max(figures.inverseTemperatures.length + 1, Math.ceil(2 * (figures.barrier ?? 0)) + 1);
    warn(
      'poor-ladder',
      `neighbouring replicas swap in only ${percent(lowest)} of tries (should be above 10 %): use about `
        + `${advised} replicas`
    );
  }
  if (figures.inverseTemperatures.length > 1 && figures.roundTrips === 0) {
    warn(
      'no-round-trips',
      `no replica travelled from cold to hot and back in ${figures.rounds} rounds, so modes may be missing or `
        + 'misweighted: run more rounds or add replicas'
    );
  }
  figures.acceptanceRates.forEach((rate, k) => {
    if (!exact || rate === null) return;
    const at = `${figures.kernel} at ${alongPath ? 'λ =' : 'inverse temperature'} `
      + `${figures.inverseTemperatures[k].toPrecision(3)} accepts ${percent(rate)} of proposals`;
    if (rate < 0.15) warn('low-acceptance', `${at}: allow a longer warm-up, or start from a smaller step size`);
    if (rate > 0.97 && k === figures.acceptanceRates.length - 1)
      warn('high-acceptance', `${at}: its steps are needlessly small; allow a longer warm-up`, 'note');
  });
  if (figures.effectiveSampleSize !== null && figures.effectiveSampleSize < 100) {
    warn(
      'few-samples',
      `the samples are worth only ${Math.round(figures.effectiveSampleSize)} independent ones: run more `
        + 'rounds, or more kernel steps per round'
    );
  }
  if (nonFinite > 0) {
    warn('non-finite', figures.kernel === 'hmc'
      ? `${nonFinite} trajectories ran off to where the energy is not finite and were refused: a few are `
        + 'harmless; if they are many, the energy may overflow or have an edge'
      : `the energy or its gradient was not finite at ${nonFinite} points, taken as having no density: check `
        + 'the energy where it may overflow or leave its domain',
      'note');
  }
  if (!exact) {
    warn(
      'biased-kernel',
      `${figures.kernel} is not corrected by acceptance, so the samples are biased by its step size: prefer `
        + 'mala or hmc, or compare two step sizes',
      'note'
    );
  }
  if (figures.logZ !== null && !((figures.logZ.standardError ?? Infinity) < 0.5)) {
    warn(
      'uncertain-log-z',
      'log Z from parallel tempering is uncertain: the hottest replica or some neighbours overlap too little; '
        + 'add replicas or run more rounds'
    );
  }
  return warnings;
}

function percent(rate: number): string {
  return `${(100 * rate).toPrecision(2)} %`;
}
