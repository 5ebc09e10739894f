/** What the figures of a run warn of, in plain words with advice. */
import type {
  GenerationSummary, NoiseSummary, ParallelTemperingSummary, PathIntegralSummary, TrainingSummary,
  Warning,
} from '../records/record.ts';

const LOW_ESS = 0.1;

const percent = (value: number): string => `${(100 * value).toPrecision(3)} %`;

/** What {@link compileEnergy} says of an energy that has no vector code. */
export const energyNotice = (message: string): Warning =>
  ({ code: 'scalar-energy', severity: 'note', message: `${message}. Sampling is slower for it.` });

/** What a flow's figures give reason to mention, beyond what bears on their standing (see verdict/). */
export function flowNotices({ ess, outOfBox }: GenerationSummary, { skippedSteps, steps }: TrainingSummary): Warning[] {
  const warnings: Warning[] = [];
  const warn = (code: string, message: string, severity: Warning['severity'] = 'warning'): void => {
    warnings.push({ code, severity, message });
  };
  if (ess !== null && ess < LOW_ESS) warn(
    'low-ess',
    `The ESS is only ${percent(ess)}: most samples carry next to no weight. Train longer, enlarge the flow, `
      + 'or raise kappa.'
  );
  if ((outOfBox ?? 0) > 0.01) warn(
    'out-of-box',
    `${percent(outOfBox ?? 0)} of the samples lie outside the box of the flow, where it is the identity. `
      + 'Widen the box.',
    'note'
  );
  if (skippedSteps > 0) warn(
    'skipped-steps', `${skippedSteps} training steps had a loss or gradient that was not finite and were skipped.`,
    skippedSteps > 0.01 * steps ? 'warning' : 'note'
  );
  return warnings;
}

/** An ESS below which a ring's weights are few. */
const LOW_RING_ESS = 0.3;
/** Change of the exact log Z from basis to basis that a reader should know of. */
const ROUGH_TRUTH = 2e-4;

/** Of the rings of a path integral. @param reason why nothing exact is known, if so */
export function ringWarnings({ rings, truth }: PathIntegralSummary, reason: string | null): Warning[] {
  const warnings: Warning[] = [];
  if ((truth?.error ?? 0) > ROUGH_TRUTH) warnings.push({
    code: 'rough-truth', severity: 'note',
    message: `The exact averages have not settled: their log Z changed by ${truth?.error?.toExponential(1)} from the `
      + 'last basis but one to the last. Differences of that size from them say nothing.'
  });
  if (reason !== null) warnings.push({ code: 'no-truth', severity: 'note', message: `No exact averages: ${reason}.` });
  for (const { beads, ess } of rings) {
    if ((ess ?? 0) < LOW_RING_ESS) warnings.push({
      code: 'low-ess', severity: 'warning',
      message: `On ${beads} beads the ESS is only ${(100 * (ess ?? 0)).toPrecision(3)} %: raise beads (the ring that `
        + 'the flow is trained for) or modes, or train longer.'
    });
  }
  return warnings;
}

/** Fewer round trips than this may have missed a mode. */
const FEW_TRIPS = 20;

/** What replica-exchange SGLD gives reason to mention. */
export function resgldWarnings(
  { roundTrips, swapRates, nonFinite }: ParallelTemperingSummary, { heating }: NoiseSummary['sampler'],
): Warning[] {
  const warnings: Warning[] = [];
  const least = Math.min(...swapRates.map((rate) => rate ?? 0));
  if (roundTrips < FEW_TRIPS) warnings.push({
    code: 'few-round-trips', severity: 'warning',
    message: `Only ${roundTrips} replicas went from cold to hot and back: reSGLD may not have found every mode. Run `
      + 'more rounds, or more replicas.'
  });
  if (least < 0.05) warnings.push({
    code: 'poor-ladder', severity: 'warning',
    message: `A pair of rungs swaps only ${(100 * least).toPrecision(2)} % of the time: the noise of its log ratio is `
      + 'large. Take more replicas, or average more draws (gradientDraws).'
  });
  const hottest = Math.max(...heating.map((share) => share ?? 0));
  if (hottest > 0.2) warnings.push({
    code: 'heated-rungs', severity: 'note',
    message: `The noise of the gradients heats a rung by ${(100 * hottest).toPrecision(2)} %: samples are too wide by `
      + 'so much. Lower stepSize or heating, or average more draws (gradientDraws).'
  });
  if (nonFinite > 0) warnings.push({
    code: 'non-finite-energy', severity: 'note',
    message: `${nonFinite} steps or swaps of reSGLD met a value that is not finite and were left out.`
  });
  return warnings;
}
