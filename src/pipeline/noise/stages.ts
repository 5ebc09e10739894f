/**
 * Stages on noisy energies: particles are weighed with the energy itself or with what φ, ψ learned of it, for every
 * kind of weights that is asked for, and all that this asks of the energy is counted.
 */
import { z } from 'zod';
import { foldIn } from '../../engine/random.ts';
import { conditionalEss } from '../../estimators/ess.ts';
import { needsForward, needsReverse } from '../../objectives/jeffreys.ts';
import type { Pause } from '../../pausing.ts';
import { storedFigure } from '../../records/figure.ts';
import { noisyStageSchema, type NoisyStageSummary, type TrainingSummary } from '../../records/record.ts';
import type { Settings } from '../../settings/settings.ts';
import { weightKinds, type WeightKind } from '../../settings/weights.ts';
import type { NoisyEvaluator } from '../../targets/noisyEvaluator.ts';
import { pathEvaluator } from '../../targets/path.ts';
import type { Target } from '../../targets/target.ts';
import { energiesOf } from '../../training/evaluation.ts';
import { EVALUATION_POINTS } from '../../training/trainer.ts';
import { checkStored, type Surroundings } from '../journal.ts';
import type { StageAccount, StageFacts, StageStep, StageWeighing } from '../transport/context.ts';
import { FIRST_STEP } from '../transport/schedule.ts';
import { learnedKinds, learnedLogWeights, learnWeights, type LearnedWeights } from '../weigh/learned.ts';
import { stepWeights, type Passage } from '../weigh/weigher.ts';
import { EvaluationCount, type Evaluations } from './evaluations.ts';

/** Weights of a stage by kind: conditional ESS on its particles, and how well what was learned fits. */
const kindSchema = z.object({
  kind: z.enum(weightKinds), cess: z.number().nullable(), heldOutError: z.number().nullable(),
  constantError: z.number().nullable(), nonFinite: z.number(),
});
export type StageKind = z.infer<typeof kindSchema>;

export const evaluationsSchema = z.record(z.string(), z.object({ noisy: z.number(), full: z.number() }));
const storedSchema =
  z.object({ summary: noisyStageSchema, kinds: z.array(kindSchema), evaluations: evaluationsSchema });
const flowSchema = z.object({ evaluations: evaluationsSchema });

/** What a stage on a noisy energy tells of itself. */
export interface NoisyStage {
  readonly summary: NoisyStageSummary;
  readonly kinds: readonly StageKind[];
  readonly evaluations: Readonly<Record<string, Evaluations>>;
}

/** @throws InputError where it is damaged @param where in messages */
export const readNoisyStage = (json: unknown, where: string): NoisyStage => checkStored(storedSchema, json, where);

export interface NoisyStagesOptions {
  readonly target: Target;
  readonly noisy: NoisyEvaluator;
  readonly settings: Settings;
  readonly surroundings: Surroundings;
  /** More than one stage: each has a folder of its own. */
  readonly ladder: boolean;
  /** Whether the particles go on from here: else they only make pairs for φ, ψ to learn from. */
  readonly goesOn: boolean;
}

/** Of the stage under way: what its weights were, and what it has asked of the energy. */
export class NoisyStages {
  readonly weighing: StageWeighing = { weigh: (passage, step, pause) => this.#weigh(passage, step, pause) };
  readonly account: StageAccount<NoisyStage> = {
    trained: (flow) => {
      this.count.add('training', trainingEvaluations(this.options.settings, flow));
      return { evaluations: this.count.toJSON() };
    },
    retrained: (json) => {
      this.count = new EvaluationCount();
      this.count.addAll(checkStored(flowSchema, json, 'flow').evaluations);
    },
    of: (facts) => {
      const own = { summary: this.#summaryOf(facts), kinds: this.#kinds, evaluations: this.count.toJSON() };
      [this.#kinds, this.count] = [[], new EvaluationCount()];
      const json = { ...own, seconds: own.summary.seconds };
      return { summary: own, json, gain: FIRST_STEP, cess: this.#cessOf(own) };
    },
    read: (json, where) => {
      const own = readNoisyStage(json, where);
      const { lambda, ess, moves } = own.summary;
      const stepSize = moves?.stepSize ?? 0;
      return { summary: own, gain: FIRST_STEP, map: 'flow', lambda, stepSize, cess: this.#cessOf(own), ess };
    },
  };
  count = new EvaluationCount();
  #kinds: StageKind[] = [];

  constructor(private readonly options: NoisyStagesOptions) {}

  #cessOf({ kinds }: NoisyStage): number | null {
    return kinds.find(({ kind }) => kind === this.options.settings.weights.kind)?.cess ?? null;
  }

  #summaryOf({ index, step, ess, resampled, moved, stepSize, nonFinite, seconds }: StageFacts): NoisyStageSummary {
    const { steps: trainingSteps, seconds: trainingSeconds } = step.training;
    const steps = this.options.settings.ladder.rejuvenation;
    return {
      stage: index, lambda: step.lambda, ess: ess === null ? null : storedFigure(ess), resampled,
      moves: moved === null ? null : { steps, stepSize, nonFinite: moved.nonFinite }, trainingSteps, trainingSeconds,
      nonFinite, seconds,
    };
  }

  /** Log-weights by the kind that is used, where the particles go on, and what is learned for every kind asked for. */
  async #weigh(passage: Passage, step: StageStep, pause: Pause): Promise<Float64Array | null> {
    const { settings: { weights }, noisy, goesOn } = this.options;
    const wanted = (kind: WeightKind): number =>
      (kind === weights.kind ? passage.n : Math.min(weights.compared, passage.n));
    this.#kinds = [];
    let own: Float64Array | null = null;
    const add = (kind: WeightKind, increments: Float64Array | null, fit: LearnedWeights | null): void => {
      if (kind === weights.kind) own = increments;
      this.#kinds.push(kindOf(kind, step.logWeights, increments, fit));
    };
    if (noisy.full !== null && wanted('exact') > 0) {
      add('exact', goesOn ? await this.#exact(passage, step, wanted('exact'), pause) : null, null);
    }
    for (const kind of learnedKinds) {
      const count = wanted(kind);
      if (count === 0 || (kind === 'learned-full' && noisy.full === null)) continue;
      const fit = await this.#learn(kind, passage, step);
      add(kind, goesOn ? await learnedLogWeights(fit.fitted, weights.residual, passage, count) : null, fit);
      this.count.add(weights.kind === kind ? 'weights' : 'comparison', fit.evaluations);
    }
    if (goesOn && own === null) throw new Error(`no weights of the kind ${weights.kind}`);
    return own;
  }

  #learn(
    kind: (typeof learnedKinds)[number], passage: Passage, { from, to, key, journal }: StageStep
  ): Promise<LearnedWeights> {
    const { settings, noisy, target: { base }, surroundings } = this.options;
    return learnWeights({
      noisy, base, settings: settings.weights, surroundings, passage, from, to, kind, journal,
      key: foldIn(foldIn(key, 'weights'), kind),
    });
  }

  /** Of the first `count` particles. */
  async #exact(passage: Passage, { from, to }: StageStep, count: number, pause: Pause): Promise<Float64Array> {
    const { settings, noisy, target: { base, dimension: d }, ladder } = this.options;
    if (noisy.full === null) throw new Error('exact weights without an energy');
    const [u0, u1] = [new Float64Array(count), new Float64Array(count)];
    await energiesOf(pathEvaluator(base, noisy.full, from), passage.x.subarray(0, count * d), count, u0, pause);
    await energiesOf(pathEvaluator(base, noisy.full, to), passage.z.subarray(0, count * d), count, u1, pause);
    // One flow's samples are fresh ones: its particles are there to be compared.
    const use = settings.weights.kind === 'exact' && ladder ? 'weights' : 'comparison';
    this.count.add(use, { full: (from > 0 ? 2 : 1) * count });
    return stepWeights({ ...passage, n: count }, u0, u1);
  }
}

function kindOf(
  kind: WeightKind, logWeights: Float64Array, increments: Float64Array | null, fit: LearnedWeights | null,
): StageKind {
  const cess = increments === null ? null
    : storedFigure(conditionalEss(logWeights.subarray(0, increments.length), increments).fraction);
  const { heldOutError, constantError, nonFinite } = fit?.fitted
    ?? { heldOutError: NaN, constantError: NaN, nonFinite: 0 };
  return {
    kind, cess, heldOutError: storedFigure(heldOutError), constantError: storedFigure(constantError), nonFinite,
  };
}

/**
 * Counted from the settings: noisy values in the losses, and labels of held-out points at every look at them, one of
 * them before a warm start.
 */
function trainingEvaluations(
  { training, noise }: Settings, { summary: { steps, curve }, from, warm, heldOut }:
    { readonly summary: TrainingSummary; readonly from: number; readonly warm: boolean; readonly heldOut: number },
): Evaluations {
  const noisySource = from > 0;
  const perPoint = (needsReverse(training) ? (noisySource ? 2 : 1) : 0)
    + (noisySource && needsForward(training) ? 2 : 0);
  const looks = curve.filter(({ reverseEss }) => reverseEss !== undefined).length + (warm ? 1 : 0);
  // Of the images; and of a source that is not the base, there and where held-out samples come from.
  const held = looks * (EVALUATION_POINTS + (noisySource ? EVALUATION_POINTS + heldOut : 0));
  const labels = noise.trainingEnergies === 'full' ? { noisy: 0, full: held }
    : { noisy: held * noise.energyDraws, full: 0 };
  return { noisy: perPoint * steps * training.batch + labels.noisy, full: labels.full };
}
