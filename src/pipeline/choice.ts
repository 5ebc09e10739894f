/** One flow, a ladder of flows, or the ladder only where one flow falls short. */
import { truncatedForwardEss } from '../estimators/ess.ts';
import { storedFigure } from '../records/figure.ts';
import type { Choice, RunResult, Warning } from '../records/record.ts';
import type { Surroundings } from './journal.ts';
import { LadderFailure } from './transport/ladderFailure.ts';
import type { LadderSettings } from '../settings/ladder.ts';
import type { Ensemble } from '../verdict/ensemble.ts';
import type { TemperedSamples } from '../verdict/samples.ts';
import type { Target } from '../targets/target.ts';
import type { StageSamples } from './stageSamples.ts';

/** What a run has come to: its figures (the record but for its cost), and the samples that they are made of. */
export interface PipelineResult {
  readonly result: Omit<RunResult, 'seconds' | 'peakMemoryBytes'>;
  readonly tempered: TemperedSamples;
  readonly ensemble: Ensemble;
  /** Of a ladder; empty where one flow made the samples. */
  readonly stages: readonly StageSamples[];
  /** With a box that was found, where the definition has none. */
  readonly target?: Target;
}

const percent = (value: number | null): string => (value === null ? 'n/a' : `${(100 * value).toFixed(1)} %`);

/** The two ways to weighted samples. */
export interface Generators {
  readonly flow: () => Promise<PipelineResult>;
  readonly ladder: (choice: Choice) => Promise<PipelineResult>;
}

/** As the settings ask, or by the figures of one flow. */
export async function chooseGenerator(
  settings: LadderSettings, { emit }: Surroundings, { flow, ladder: climb }: Generators
): Promise<PipelineResult> {
  if (settings.generator === 'ladder') return climb(
    { generator: 'ladder', by: 'setting', reason: 'The setting generator=ladder asks for it.', oneFlow: null }
  );
  const single = await flow();
  const { generation } = single.result;
  // Truncated: a single held-out point in the tail is no reason for a ladder.
  const forwardEss = storedFigure(truncatedForwardEss(single.ensemble.heldOutLogWeights).fraction);
  const oneFlow = { ess: generation.ess, forwardEss, coverage: generation.coverage.value };
  const figures =
    `it has an ESS of ${percent(oneFlow.ess)}, ${percent(oneFlow.forwardEss)} on PT samples, and a coverage `
      + `of ${percent(oneFlow.coverage)}`;
  const chosen = (choice: Choice): PipelineResult =>
    ({ result: { ...single.result, choice }, tempered: single.tempered, ensemble: single.ensemble, stages: [] });
  if (settings.generator === 'flow')
    return chosen({ generator: 'flow', by: 'setting', reason: 'The setting generator=flow asks for it.', oneFlow });
  const short = shortcomings(oneFlow, settings);
  if (short.length === 0)
    return chosen({ generator: 'flow', by: 'automatic', reason: `One flow suffices: ${figures}.`, oneFlow });
  emit({
    kind: 'note', message: `one flow falls short: ${figures}; ${short.join(' and ')}. Going on with a ladder of flows`
  });
  let ladder: PipelineResult;
  try {
    ladder = await climb({
      generator: 'ladder', by: 'automatic', reason: `One flow falls short: ${figures}; ${short.join(' and ')}.`, oneFlow
    });
  } catch (error) {
    // A flow that falls short is worth more than a ladder that cannot be finished.
    if (!(error instanceof LadderFailure)) throw error;
    const kept = chosen({
      generator: 'flow', by: 'automatic', oneFlow,
      reason: `One flow falls short: ${figures}; and the ladder that was tried in its place failed.`
    });
    const failed: Warning =
      { code: 'ladder-failed', severity: 'warning', message: `The ladder of flows failed: ${error.message}.` };
    return { ...kept, result: { ...kept.result, warnings: [...kept.result.warnings, failed] } };
  }
  const better = score(ladder.result.generation) >= score(generation);
  return better ? ladder : chosen({
    generator: 'flow', by: 'automatic', oneFlow,
    reason: `One flow falls short, but the ladder that was tried in its place does no better: ${figures}, the ladder `
      + `${percent(ladder.result.generation.ess)}, `
      + `${percent(storedFigure(truncatedForwardEss(ladder.ensemble.heldOutLogWeights).fraction))} and `
      + `${percent(ladder.result.generation.coverage.value)}.`
  });
}

type Figures = NonNullable<Choice['oneFlow']>;

function shortcomings(
  { ess, forwardEss, coverage }: Figures, { sufficientEss, sufficientCoverage }: LadderSettings
): string[] {
  return [
    ...((ess ?? 0) < sufficientEss ? [`the ESS is below ${percent(sufficientEss)} (sufficientEss)`] : []),
    ...((forwardEss ?? 0) < sufficientEss / 2 ? [`the ESS on PT samples is below half of that`] : []),
    ...(
      (coverage ?? 0)
        < sufficientCoverage ? [`the coverage is below ${percent(sufficientCoverage)} (sufficientCoverage)`] : []
    ),
  ];
}

/** Samples that miss a part of the target are worth what they cover of it. */
const score = ({ ess, coverage }: RunResult['generation']): number => (ess ?? 0) * Math.min(1, coverage.value ?? 0);
