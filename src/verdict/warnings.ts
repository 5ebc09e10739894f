/** What the figures of a run warn of, in plain words with advice. */
import type {
  GenerationSummary, LadderSummary, NoiseSummary, ParallelTemperingSummary, PathIntegralSummary, TrainingSummary,
  Warning,
} from '../records/record.ts';
import { doubt } from './standing.ts';
import { LOW_COVERAGE, MISSING_SHARE } from './trust.ts';

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

/** A stage's CESS below which its weights are few. */
const LOW_CESS = 0.5;
/** Standard errors between two routes to log Z, one of them of a few groups of particles, that are no chance. */
const PARTICLE_ROUTES = 5;
/** Fewer effective samples than this train no flow. */
const FEW_SAMPLES = 1000;

/** What MBAR says of rungs that do not overlap. */
export const unsettledPool: Warning = {
  code: 'unsettled-pool', severity: 'warning',
  message: "The free energies of tempering's rungs along the path did not settle: neighbours overlap too little, "
    + "and the samples between them are not to be trusted. Add replicas, or run more rounds."
};

/** What the stages of a ladder warn of. */
export function stageWarnings(
  { stages, particles, groups, logZ, interpolation }: LadderSummary, targetCess: number
): Warning[] {
  const warnings: Warning[] = [];
  const warn = (code: string, message: string, severity: Warning['severity'] = 'warning'): void => {
    warnings.push({ code, severity, message });
  };
  const list = (bad: readonly { readonly stage: number }[]): string =>
    `${bad.length === 1 ? 'Stage' : 'Stages'} ${bad.map(({ stage }) => stage).join(', ')}`;
  const collapsed = stages.filter(({ ess }) => ess === null || ess * particles < 2 * groups);
  if (collapsed.length > 0) warn(
    'collapsed',
    `${list(collapsed)}: the ensemble has collapsed to a few particles (ESS `
      + `${collapsed.map(({ ess }) => ((ess ?? 0) * particles).toFixed(1)).join(', ')} of ${particles}): what `
      + 'follows rests on them. Take smaller steps (targetCess, or a longer ladder), or train the stages longer.'
  );
  const low = stages.filter((stage) => (stage.cess ?? 0) < LOW_CESS && !collapsed.includes(stage));
  if (low.length > 0) warn(
    'low-cess',
    `${list(low)}: the CESS is below ${percent(LOW_CESS)}. Take smaller steps, or train the stages longer `
      + '(stageSteps).'
  );
  const missed = interpolation === 'adaptive'
    ? stages.filter((stage) => (stage.cess ?? 0) < targetCess && !low.includes(stage) && !collapsed.includes(stage))
    : [];
  if (missed.length > 0) warn(
    'missed-cess',
    `${list(missed)}: the CESS stayed below ${percent(targetCess)} (targetCess) however short the step. `
      + 'Train the stages longer (stageSteps), or look for parts of the base where the energy is not finite.'
  );
  const few = stages.filter(({ poolSize }) => poolSize !== null && poolSize < FEW_SAMPLES);
  if (few.length > 0) warn(
    'few-stage-samples',
    `${list(few)}: tempering has fewer than ${FEW_SAMPLES} effective samples of that λ to train on. Run more `
      + 'rounds, or add replicas.'
  );
  const uncovered =
    stages.filter(({ coverage }) => (coverage.value ?? 0) < (coverage.kind === 'modes' ? MISSING_SHARE : LOW_COVERAGE));
  if (uncovered.length > 0) warn(
    'stage-coverage',
    `${list(uncovered)}: the particles miss a part of what tempering has at the same λ (coverage `
      + `${uncovered.map(({ coverage }) => percent(coverage.value ?? 0)).join(', ')}).`
  );
  const identity = stages.filter(({ map }) => map === 'identity');
  if (identity.length > 0) warn(
    'identity-stage',
    `${list(identity)}: the trained flow was no better than none, so none is used there. Train the stages `
      + 'longer (stageSteps).',
    'note'
  );
  const nonFinite = stages.reduce((sum, stage) => sum + stage.nonFinite, 0);
  if (nonFinite > 0) warn(
    'non-finite-stage',
    `${nonFinite} weights or moves of the ladder's particles were not finite; the weights count as zero, the `
      + 'moves were refused.'
  );
  const last = stages[stages.length - 1].logZTempering;
  if (last.value !== null && last.standardError !== null && logZ.value !== null && logZ.standardError !== null) {
    const gap = Math.abs(last.value - logZ.value) / Math.hypot(last.standardError, logZ.standardError);
    if (gap > PARTICLE_ROUTES) warnings.push(doubt(
      'doubtful', 'log-z-disagrees',
      `The particles' log Z, ${logZ.value.toFixed(4)}, and tempering's along the path, `
        + `${last.value.toFixed(4)}, are ${gap.toFixed(1)} standard errors apart. One of them misses a part of the `
        + 'target.'
    ));
  }
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
