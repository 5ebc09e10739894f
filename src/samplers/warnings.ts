/** What a reader should know of a parallel-tempering run before trusting its samples, in plain words. */
import { extendedValue } from '../records/figure.ts';
import type { ParallelTemperingSummary, Warning } from '../records/record.ts';

type Figures = Omit<ParallelTemperingSummary, 'seconds'>;

/**
 * What may be wrong, with what would help.
 * @param info.exact whether the kernel is
 * @param info.nonFinite refusals after warm-up: those of its first, wild steps mean little
 */
export function samplerWarnings(
  figures: Figures, { exact, nonFinite }: { readonly exact: boolean; readonly nonFinite: number },
): Warning[] {
  return [
    ...mixingWarnings(figures),
    ...(exact ? acceptanceWarnings(figures) : []),
    ...sampleWarnings(figures, exact, nonFinite),
  ];
}

const warning = (code: string, message: string, severity: Warning['severity'] = 'warning'): Warning =>
  ({ code, severity, message });

/** A ladder that starts at 0 goes along the path from the base. */
const isAlongPath = ({ inverseTemperatures }: Figures): boolean => inverseTemperatures[0] === 0;

/** Of the ladders' agreement, their swaps and their round trips. */
function mixingWarnings(figures: Figures): Warning[] {
  const warnings: Warning[] = [];
  const worst = figures.splitRhat.map(({ name, value }) => ({ name, rhat: extendedValue(value) || 0 }))
    .reduce((a, b) => (b.rhat > a.rhat ? b : a));
  if (worst.rhat > 1.05) {
    const hotter =
      isAlongPath(figures) ? 'take a base that reaches all of the target (or path=temperature)' : 'start hotter';
    warnings.push(warning('ladders-disagree', `independent ladders disagree about ${worst.name} (R-hat `
      + `${worst.rhat.toFixed(2)}, should be below 1.05): run more rounds, or add replicas and ${hotter}`));
  }
  const lowest = Math.min(...figures.swapRates.map((rate) => rate ?? 1));
  if (lowest < 0.1) {
    const advised = Math.max(figures.inverseTemperatures.length + 1, Math.ceil(2 * (figures.barrier ?? 0)) + 1);
    warnings.push(warning('poor-ladder', `neighbouring replicas swap in only ${percent(lowest)} of tries `
      + `(should be above 10 %): use about ${advised} replicas`));
  }
  if (figures.inverseTemperatures.length > 1 && figures.roundTrips === 0)
    warnings.push(warning('no-round-trips', 'no replica travelled from cold to hot and back in '
      + `${figures.rounds} rounds, so modes may be missing or misweighted: run more rounds or add replicas`));
  return warnings;
}

/** Of an exact kernel's acceptance on every rung. */
function acceptanceWarnings(figures: Figures): Warning[] {
  const { acceptanceRates, inverseTemperatures, kernel } = figures;
  return acceptanceRates.flatMap((rate, k) => {
    if (rate === null) return [];
    const at = `${kernel} at ${isAlongPath(figures) ? 'λ =' : 'inverse temperature'} `
      + `${inverseTemperatures[k].toPrecision(3)} accepts ${percent(rate)} of proposals`;
    if (rate < 0.15)
      return [warning('low-acceptance', `${at}: allow a longer warm-up, or start from a smaller step size`)];
    if (rate > 0.97 && k === acceptanceRates.length - 1)
      return [warning('high-acceptance', `${at}: its steps are needlessly small; allow a longer warm-up`, 'note')];
    return [];
  });
}

/** Of the samples and what is computed from them. */
function sampleWarnings(
  { kernel, effectiveSampleSize, logZ }: Figures, exact: boolean, nonFinite: number
): Warning[] {
  const warnings: Warning[] = [];
  if (effectiveSampleSize !== null && effectiveSampleSize < 100)
    warnings.push(warning('few-samples', `the samples are worth only ${Math.round(effectiveSampleSize)} `
      + 'independent ones: run more rounds, or more kernel steps per round'));
  if (nonFinite > 0) {
    warnings.push(warning('non-finite', kernel === 'hmc'
      ? `${nonFinite} trajectories ran off to where the energy is not finite and were refused: a few are `
        + 'harmless; if they are many, the energy may overflow or have an edge'
      : `the energy or its gradient was not finite at ${nonFinite} points, taken as having no density: check `
        + 'the energy where it may overflow or leave its domain',
      'note'));
  }
  if (!exact)
    warnings.push(warning('biased-kernel', `${kernel} is not corrected by acceptance, so the samples are biased by `
      + 'its step size: prefer mala or hmc, or compare two step sizes', 'note'));
  if (logZ !== null && !((logZ.standardError ?? Infinity) < 0.5))
    warnings.push(warning('uncertain-log-z', 'log Z from parallel tempering is uncertain: the hottest replica or some '
      + 'neighbours overlap too little; add replicas or run more rounds'));
  return warnings;
}

function percent(rate: number): string {
  return `${(100 * rate).toPrecision(2)} %`;
}
