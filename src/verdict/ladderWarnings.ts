/** What the stages of a ladder of flows warn of, in plain words with advice. */
import type { LadderSummary, StageSummary, Warning } from '../records/record.ts';
import { doubt } from './standing.ts';
import { LOW_COVERAGE, MISSING_SHARE } from './trust.ts';

const percent = (value: number): string => `${(100 * value).toPrecision(3)} %`;

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

type Stages = readonly StageSummary[];

const warning = (code: string, message: string, severity: Warning['severity'] = 'warning'): Warning =>
  ({ code, severity, message });

const list = (bad: readonly { readonly stage: number }[]): string =>
  `${bad.length === 1 ? 'Stage' : 'Stages'} ${bad.map(({ stage }) => stage).join(', ')}`;

/** What the stages of a ladder warn of. */
export function stageWarnings(summary: LadderSummary, targetCess: number): Warning[] {
  const { stages } = summary;
  return [
    ...weightWarnings(summary, targetCess), ...sampleWarnings(stages), ...mapWarnings(stages),
    ...routeWarnings(summary),
  ];
}

/** Of stages whose weights are few. */
function weightWarnings({ stages, particles, groups, interpolation }: LadderSummary, targetCess: number): Warning[] {
  const warnings: Warning[] = [];
  const collapsed = stages.filter(({ ess }) => ess === null || ess * particles < 2 * groups);
  if (collapsed.length > 0) warnings.push(warning(
    'collapsed',
    `${list(collapsed)}: the ensemble has collapsed to a few particles (ESS `
      + `${collapsed.map(({ ess }) => ((ess ?? 0) * particles).toFixed(1)).join(', ')} of ${particles}): what `
      + 'follows rests on them. Take smaller steps (targetCess, or a longer ladder), or train the stages longer.',
  ));
  const low = stages.filter((stage) => (stage.cess ?? 0) < LOW_CESS && !collapsed.includes(stage));
  if (low.length > 0) warnings.push(warning(
    'low-cess',
    `${list(low)}: the CESS is below ${percent(LOW_CESS)}. Take smaller steps, or train the stages longer `
      + '(stageSteps).',
  ));
  const missed = interpolation !== 'adaptive' ? []
    : stages.filter((stage) => (stage.cess ?? 0) < targetCess && !low.includes(stage) && !collapsed.includes(stage));
  if (missed.length > 0) warnings.push(warning(
    'missed-cess',
    `${list(missed)}: the CESS stayed below ${percent(targetCess)} (targetCess) however short the step. `
      + 'Train the stages longer (stageSteps), or look for parts of the base where the energy is not finite.',
  ));
  return warnings;
}

/** Of what stages were trained on, and what of it they reach. */
function sampleWarnings(stages: Stages): Warning[] {
  const warnings: Warning[] = [];
  const few = stages.filter(({ poolSize }) => poolSize !== null && poolSize < FEW_SAMPLES);
  if (few.length > 0) warnings.push(warning(
    'few-stage-samples',
    `${list(few)}: tempering has fewer than ${FEW_SAMPLES} effective samples of that λ to train on. Run more `
      + 'rounds, or add replicas.',
  ));
  const uncovered =
    stages.filter(({ coverage }) => (coverage.value ?? 0) < (coverage.kind === 'modes' ? MISSING_SHARE : LOW_COVERAGE));
  if (uncovered.length > 0) warnings.push(warning(
    'stage-coverage',
    `${list(uncovered)}: the particles miss a part of what tempering has at the same λ (coverage `
      + `${uncovered.map(({ coverage }) => percent(coverage.value ?? 0)).join(', ')}).`,
  ));
  return warnings;
}

function mapWarnings(stages: Stages): Warning[] {
  const warnings: Warning[] = [];
  const identity = stages.filter(({ map }) => map === 'identity');
  if (identity.length > 0) warnings.push(warning(
    'identity-stage',
    `${list(identity)}: the trained flow was no better than none, so none is used there. Train the stages `
      + 'longer (stageSteps).',
    'note',
  ));
  const nonFinite = stages.reduce((sum, stage) => sum + stage.nonFinite, 0);
  if (nonFinite > 0) warnings.push(warning(
    'non-finite-stage',
    `${nonFinite} weights or moves of the ladder's particles were not finite; the weights count as zero, the `
      + 'moves were refused.',
  ));
  return warnings;
}

/** Of the two routes to log Z along the bridge. */
function routeWarnings({ stages, logZ }: LadderSummary): Warning[] {
  const last = stages[stages.length - 1].logZTempering;
  if (last.value === null || last.standardError === null || logZ.value === null || logZ.standardError === null)
    return [];
  const gap = Math.abs(last.value - logZ.value) / Math.hypot(last.standardError, logZ.standardError);
  if (!(gap > PARTICLE_ROUTES)) return [];
  return [doubt(
    'doubtful', 'log-z-disagrees',
    `The particles' log Z, ${logZ.value.toFixed(4)}, and tempering's along the path, `
      + `${last.value.toFixed(4)}, are ${gap.toFixed(1)} standard errors apart. One of them misses a part of the `
      + 'target.',
  )];
}
