/** What a run on noisy energies tells of its noise, its kinds of weights, and what all of it cost. */
import { expectations, l2Bias } from '../../estimators/expectation.ts';
import { storedFigure } from '../../records/figure.ts';
import type { NoiseSummary, RunResult, Warning, WeightKindSummary } from '../../records/record.ts';
import type { Settings } from '../../settings/settings.ts';
import type { WeightKind } from '../../settings/weights.ts';
import type { NoisyEvaluator } from '../../targets/noisyEvaluator.ts';
import type { Target } from '../../targets/target.ts';
import type { Truth } from '../../targets/truth.ts';
import { weightedEstimates } from '../../verdict/estimates.ts';
import { doubt } from '../../verdict/standing.ts';
import type { Support } from '../../verdict/support.ts';
import { weightDoubts } from '../../verdict/weights.ts';
import type { ResgldSamples } from '../bank/resgld.ts';
import type { Particles } from '../../samplers/particles.ts';
import type { KindResult, NoisyDraws } from './draw.ts';
import { EvaluationCount } from './evaluations.ts';
import type { NoisyStage } from './stages.ts';

/** What a summary is of. */
export interface NoisyContext {
  readonly target: Target;
  readonly noisy: NoisyEvaluator;
  readonly settings: Settings;
  /** More than one stage. */
  readonly ladder: boolean;
}

/** ½ Σ |mass − exact mass|, or null without exact ones. */
function totalVariation(masses: readonly (number | null)[], truth: Truth | null): number | null {
  const exact = truth?.modeMasses ?? null;
  return exact === null || masses.length === 0 ? null
    : storedFigure(0.5 * masses.reduce<number>((sum, mass, k) => sum + Math.abs((mass ?? 0) - exact[k]), 0));
}

const biasOf = (target: Target, values: readonly { readonly value: number }[], truth: Truth | null): number | null =>
  storedFigure(
    l2Bias(values.map(({ value }) => value), target.observables.map((_, k) => truth?.observables[k] ?? null))
  );

function plainFigures(
  target: Target, points: Float64Array, masses: readonly (number | null)[], truth: Truth | null
): NoiseSummary['input'] {
  const values = expectations(points, target.dimension, target.observables.map(({ value }) => value), null);
  return { bias: biasOf(target, values, truth), totalVariation: totalVariation(masses, truth) };
}

/** @param stages whose conditional ESS along a ladder is told; that of one flow is the ESS of its samples */
export function kindSummary(
  { kind, estimates, correlation, deviation, residual, nonFinite }: KindResult,
  { target, ladder }: Pick<NoisyContext, 'target' | 'ladder'>,
  stages: readonly NoisyStage[], support: Support, truth: Truth | null,
): WeightKindSummary {
  const { weights, observables, masses } = estimates;
  const ofStages = stages.map(({ kinds }) => kinds.find((other) => other.kind === kind) ?? null);
  const last = ofStages[ofStages.length - 1];
  const own = weightDoubts(weights, '', '');
  const ess = storedFigure(weights.fraction);
  return {
    kind, correlation, deviation, ess,
    cess: ladder ? ofStages.map((stage) => stage?.cess ?? null) : [ess],
    residual,
    bias: biasOf(target, observables, truth),
    totalVariation: totalVariation(masses.map(({ value }) => value), truth),
    logZ: support.stand(weights.logZ, weights.n, null, truth?.logZ ?? null, own),
    masses: masses.map((mass, k) => support.stand(mass, weights.n, null, truth?.modeMasses?.[k] ?? null, own)),
    heldOutError: last?.heldOutError ?? null,
    constantError: last?.constantError ?? null,
    nonFinite: (last?.nonFinite ?? 0) + nonFinite,
  };
}

/** Particles that Langevin steps have moved, weighted as they were. */
function movedFigures(target: Target, { points, logWeights }: Particles, truth: Truth | null): NoiseSummary['moved'] {
  const { observables, masses } = weightedEstimates(target, points, logWeights);
  return {
    bias: biasOf(target, observables, truth), totalVariation: totalVariation(masses.map(({ value }) => value), truth),
  };
}

/** @param moved particles that Langevin steps have moved; null where none were */
export function noiseSummary(
  context: NoisyContext, samples: ResgldSamples, stages: readonly NoisyStage[], moved: Particles | null,
  { ensemble, evaluations: ofFresh }: NoisyDraws, weightKinds: readonly WeightKindSummary[],
  { modes }: RunResult['generation'], truth: Truth | null,
): NoiseSummary {
  const { target, noisy, settings, ladder } = context;
  const evaluations = new EvaluationCount();
  evaluations.add('sampling', { noisy: samples.evaluations, full: samples.fullEvaluations });
  const { trainingEnergies, energyDraws } = settings.noise;
  evaluations.add('labels', trainingEnergies === 'full' ? { full: samples.labelled }
    : { noisy: samples.labelled * energyDraws });
  for (const stage of stages) evaluations.addAll(stage.evaluations);
  evaluations.addAll(ofFresh);
  const { sum } = target;
  const { kind: used } = settings.weights;
  const own = weightKinds.find(({ kind }) => kind === used);
  return {
    kind: sum === undefined ? 'draws' : 'rows',
    rows: sum?.data.rows ?? null,
    batch: sum?.batch ?? null,
    fullEnergy: noisy.full !== null,
    weights: used,
    sampler: samples.noise,
    input: plainFigures(target, samples.positions, modes.map(({ pt }) => pt.value), truth),
    flow: plainFigures(target, ensemble.samples, modes.map(({ flow }) => flow.value), truth),
    moved: moved === null ? null : movedFigures(target, moved, truth),
    weightKinds: [...weightKinds],
    // The particles of one flow are its fresh samples.
    stages:
      stages.map(({ summary }) => (ladder || summary.ess !== null ? summary : { ...summary, ess: own?.ess ?? null })),
    evaluations: evaluations.summary(noisy.cost),
  };
}

/** What was learned of the weights that a run uses, where it cannot be trusted. */
export function learnedDoubts(
  { kind, rest, residual, nonFinite, estimates: { weights: { logZ } } }: KindResult
): Warning[] {
  if (rest === null) return [];
  const doubts: Warning[] = [];
  if (rest > logZ.standardError) doubts.push(doubt(
    'doubtful', 'learned-residual',
    `The ${kind} weights are off by ${(residual ?? 0).toPrecision(2)} (standard deviation of their `
      + 'logarithm), too much to be corrected for: train φ and ψ longer (weightSteps), or widen them '
      + '(weightHidden).'
  ));
  if (nonFinite > 0) doubts.push(doubt(
    'doubtful', 'undefined-energy',
    `The energy is not finite at ${nonFinite} of the samples on which the ${kind} weights were checked: `
      + 'their density is taken as zero.'
  ));
  return doubts;
}

export function weightNotes(weights: WeightKind, { weightKinds, stages }: NoiseSummary): Warning[] {
  const notes: Warning[] = [];
  const own = weightKinds.find(({ kind }) => kind === weights);
  if (weights !== 'exact' && own !== undefined) {
    notes.push({
      code: 'learned-weights', severity: 'note',
      message: `The weights are learned (${weights}); their logarithms are off by `
        + `${own.residual?.toPrecision(2) ?? 'n/a'} (standard deviation). The figures here are corrected by what `
        + 'held-out values of the energy say of that; weighted means of the stored samples are not.'
    });
  }
  for (const { kind, nonFinite } of weightKinds) if (nonFinite > 0) notes.push({
    code: 'non-finite-energy', severity: 'note',
    message: `${nonFinite} values of the energy were not finite where ${kind} weights were learned, and are left out `
      + 'there.'
  });
  const lost = stages.reduce((sum, { nonFinite }) => sum + nonFinite, 0);
  if (lost > 0) notes.push({
    code: 'non-finite-stage', severity: 'warning',
    message: `${lost} weights of the particles are not finite and count as none.`
  });
  if (stages.some(({ moves }) => moves !== null)) notes.push({
    code: 'unadjusted-moves', severity: 'note',
    message: 'The particles were moved by Langevin steps without a Metropolis rule (svrg), which bias them in the '
      + 'order of the step size; the weighted samples are fresh ones, without moves.'
  });
  return notes;
}
