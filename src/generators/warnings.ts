/** What the figures of a run warn of, in plain words with advice. */
import type { GenerationSummary, LadderSummary, ParallelTemperingSummary, PathIntegralSummary, TrainingSummary, Warning } from '../records/record.ts';

/** A mode counts when it holds at least this much mass, and is missing when the flow gives it less than this share of it. */
const MODE_MATTERS = 1e-3;
const MODE_SHARE = 0.25;
/** Pareto-k̂ above which weighted means are not to be trusted (Vehtari et al. 2024). */
const HEAVY_TAIL = 0.7;
const LOW_ESS = 0.1;
/** Lost modes that are named one by one. */
const MOST_NAMED = 4;
const LOW_COVERAGE = 0.8;
/** Two routes to log Z agree within this many combined standard errors. */
const ROUTES = 5;

const percent = (value: number): string => `${(100 * value).toPrecision(3)} %`;

/** What {@link compileEnergy} says of an energy that has no vector code. */
export const energyNotice = (message: string): Warning => ({ code: 'scalar-energy', severity: 'note', message: `${message}. Sampling is slower for it.` });

export function generationWarnings(generation: GenerationSummary, training: TrainingSummary, tempering: ParallelTemperingSummary): Warning[] {
  const warnings: Warning[] = [];
  const warn = (code: string, message: string, severity: Warning['severity'] = 'warning'): void => { warnings.push({ code, severity, message }); };
  const missing = generation.modes.filter(({ flow, exact, pt }) => {
    const reference = exact ?? pt.value ?? 0;
    return reference >= MODE_MATTERS && (flow.value ?? 0) < MODE_SHARE * reference;
  });
  for (const { name, flow, exact, pt } of missing.slice(0, MOST_NAMED)) {
    warn('missing-mode', `The flow has lost the mode ${name}: it gives it ${percent(flow.value ?? 0)} of its samples, where ${exact === null ? 'parallel tempering has' : 'the exact mass is'} ${percent(exact ?? pt.value ?? 0)}. The ESS cannot show this. Lower theta, or raise kappa.`);
  }
  if (missing.length > MOST_NAMED) warn('missing-mode', `${missing.length - MOST_NAMED} more modes are lost in the same way.`);
  if (generation.coverage.kind === 'neighbours' && (generation.coverage.value ?? 0) < LOW_COVERAGE) {
    warn('low-coverage', `Only ${percent(generation.coverage.value ?? 0)} of the PT samples have a generated sample near them: the flow misses a part of the target. Lower theta, or raise kappa.`);
  }
  const { ess, forwardEss, paretoK } = generation;
  if (ess !== null && forwardEss !== null && missing.length === 0 && forwardEss < 0.5 * ess && forwardEss < 0.5) {
    warn('under-covered', `On held-out PT samples the ESS is ${percent(forwardEss)}, on the flow's own ${percent(ess)}: the flow gives too little mass to a part of the target. Lower theta, raise kappa, or train longer.`);
  }
  if (paretoK !== null && paretoK > HEAVY_TAIL) {
    warn('heavy-weights', `The weights have a heavy tail (Pareto k-hat ${paretoK.toFixed(2)}, above ${HEAVY_TAIL}): weighted means and their standard errors are not to be trusted. Train longer, or enlarge the flow.`);
  }
  if (ess !== null && ess < LOW_ESS) warn('low-ess', `The ESS is only ${percent(ess)}: most samples carry next to no weight. Train longer, enlarge the flow, or raise kappa.`);
  const routes = tempering.logZ;
  const { logZ } = generation;
  if (routes !== null && routes.value !== null && routes.standardError !== null && logZ.value !== null && logZ.standardError !== null) {
    const gap = Math.abs(routes.value - logZ.value);
    const error = Math.hypot(routes.standardError, logZ.standardError);
    if (gap > ROUTES * error) {
      warn('log-z-disagrees', `The two routes to log Z disagree: flow ${logZ.value.toFixed(4)}, parallel tempering ${routes.value.toFixed(4)}, ${(gap / error).toFixed(1)} standard errors apart. One of them misses a part of the target.`);
    }
  }
  if (generation.nonFinite > 0) warn('non-finite-weights', `${generation.nonFinite} of ${generation.samples} weights are not finite and are left out.`);
  if ((generation.outOfBox ?? 0) > 0.01) warn('out-of-box', `${percent(generation.outOfBox ?? 0)} of the samples lie outside the box of the flow, where it is the identity. Widen the box.`, 'note');
  if (training.skippedSteps > 0) warn('skipped-steps', `${training.skippedSteps} training steps had a loss or gradient that was not finite and were skipped.`, training.skippedSteps > 0.01 * training.steps ? 'warning' : 'note');
  return warnings;
}

/** A stage's CESS below which its weights are few. */
const LOW_CESS = 0.5;
/** Fewer effective samples than this train no flow. */
const FEW_SAMPLES = 1000;

/** What MBAR says of rungs that do not overlap. */
export const unsettledPool: Warning = { code: 'unsettled-pool', severity: 'warning', message: "The free energies of tempering's rungs along the path did not settle: neighbours overlap too little, and the samples between them are not to be trusted. Add replicas, or run more rounds." };

/** What the stages of a ladder warn of. */
export function stageWarnings({ stages, particles, groups, logZ, interpolation }: LadderSummary, targetCess: number): Warning[] {
  const warnings: Warning[] = [];
  const warn = (code: string, message: string, severity: Warning['severity'] = 'warning'): void => { warnings.push({ code, severity, message }); };
  const list = (bad: readonly { readonly stage: number }[]): string => `${bad.length === 1 ? 'Stage' : 'Stages'} ${bad.map(({ stage }) => stage).join(', ')}`;
  const collapsed = stages.filter(({ ess }) => ess === null || ess * particles < 2 * groups);
  if (collapsed.length > 0) warn('collapsed', `${list(collapsed)}: the ensemble has collapsed to a few particles (ESS ${collapsed.map(({ ess }) => ((ess ?? 0) * particles).toFixed(1)).join(', ')} of ${particles}): what follows rests on them. Take smaller steps (targetCess, or a longer ladder), or train the stages longer.`);
  const low = stages.filter((stage) => (stage.cess ?? 0) < LOW_CESS && !collapsed.includes(stage));
  if (low.length > 0) warn('low-cess', `${list(low)}: the CESS is below ${percent(LOW_CESS)}. Take smaller steps, or train the stages longer (stageSteps).`);
  const missed = interpolation === 'adaptive' ? stages.filter((stage) => (stage.cess ?? 0) < targetCess && !low.includes(stage) && !collapsed.includes(stage)) : [];
  if (missed.length > 0) warn('missed-cess', `${list(missed)}: the CESS stayed below ${percent(targetCess)} (targetCess) however short the step. Train the stages longer (stageSteps), or look for parts of the base where the energy is not finite.`);
  const few = stages.filter(({ poolSize }) => poolSize !== null && poolSize < FEW_SAMPLES);
  if (few.length > 0) warn('few-stage-samples', `${list(few)}: tempering has fewer than ${FEW_SAMPLES} effective samples of that λ to train on. Run more rounds, or add replicas.`);
  const uncovered = stages.filter(({ coverage }) => (coverage.value ?? 0) < (coverage.kind === 'modes' ? MODE_SHARE : LOW_COVERAGE));
  if (uncovered.length > 0) warn('stage-coverage', `${list(uncovered)}: the particles miss a part of what tempering has at the same λ (coverage ${uncovered.map(({ coverage }) => percent(coverage.value ?? 0)).join(', ')}).`);
  const identity = stages.filter(({ map }) => map === 'identity');
  if (identity.length > 0) warn('identity-stage', `${list(identity)}: the trained flow was no better than none, so none is used there. Train the stages longer (stageSteps).`, 'note');
  const nonFinite = stages.reduce((sum, stage) => sum + stage.nonFinite, 0);
  if (nonFinite > 0) warn('non-finite-stage', `${nonFinite} weights or moves of the ladder's particles were not finite; the weights count as zero, the moves were refused.`);
  const last = stages[stages.length - 1].logZTempering;
  if (last.value !== null && last.standardError !== null && logZ.value !== null && logZ.standardError !== null) {
    const gap = Math.abs(last.value - logZ.value) / Math.hypot(last.standardError, logZ.standardError);
    if (gap > ROUTES) warn('log-z-disagrees', `The particles' log Z, ${logZ.value.toFixed(4)}, and tempering's along the path, ${last.value.toFixed(4)}, are ${gap.toFixed(1)} standard errors apart. One of them misses a part of the target.`);
  }
  return warnings;
}

/** An ESS below which a ring's weights are few, and a gap from what is exact that is no chance. */
const LOW_RING_ESS = 0.3;
const LARGE_GAP = 5;
/** Change of the exact log Z from basis to basis that a reader should know of. */
const ROUGH_TRUTH = 2e-4;

/** Of the rings of a path integral. @param reason why nothing exact is known, if so */
export function ringWarnings({ rings, truth }: PathIntegralSummary, reason: string | null): Warning[] {
  const warnings: Warning[] = [];
  if ((truth?.error ?? 0) > ROUGH_TRUTH) warnings.push({ code: 'rough-truth', severity: 'note', message: `The exact averages have not settled: their log Z changed by ${truth?.error?.toExponential(1)} from the last basis but one to the last. Differences of that size from them say nothing.` });
  if (reason !== null) warnings.push({ code: 'no-truth', severity: 'note', message: `No exact averages: ${reason}.` });
  for (const { beads, ess, nonFinite, largestGap, paretoK, samples } of rings) {
    if ((ess ?? 0) < LOW_RING_ESS) warnings.push({ code: 'low-ess', severity: 'warning', message: `On ${beads} beads the ESS is only ${(100 * (ess ?? 0)).toPrecision(3)} %: raise beads (the ring that the flow is trained for) or modes, or train longer.` });
    if (nonFinite > 0) warnings.push({ code: 'non-finite-weights', severity: 'warning', message: `On ${beads} beads ${nonFinite} of ${samples} weights or values are not finite and are left out.` });
    if (largestGap !== null && largestGap > LARGE_GAP) warnings.push({ code: 'ring-disagrees', severity: 'warning', message: `On ${beads} beads an estimate is ${largestGap.toFixed(1)} standard errors from the exact average of the same ring: the flow misses a part of it, or the weights have a heavy tail.` });
    if (paretoK !== null && paretoK > HEAVY_TAIL) warnings.push({ code: 'heavy-weights', severity: 'warning', message: `On ${beads} beads the weights have a heavy tail (Pareto k-hat ${paretoK.toFixed(2)}, above ${HEAVY_TAIL}): train longer, or raise modes.` });
  }
  return warnings;
}
