/**
 * One training step of the `fused` executor: the flow forward and backward in WebAssembly, energies in float64 by their
 * own executor, the loss on plain arrays. Inputs, outputs and meaning are those of trainingStep.ts.
 */
import type { Executable } from '../engine/executor.ts';
import { noPause, type Pause } from '../pausing.ts';
import type { CompiledFlow, PointBatch } from '../flows/compiled/compiledFlow.ts';
import { needsForward, needsReverse, type ObjectiveSettings } from '../objectives/jeffreys.ts';
import { forwardLossOf, reverseLossOf, type LossPart } from '../objectives/logRatios.ts';
import type { EnergyEvaluator } from '../targets/energyEvaluator.ts';
import { pointsOf, stepEnergies, type StepEnergies, type StepPoints, type TrainingNoise } from './noise.ts';
import { NO_LOSS } from './ratioStep.ts';
import type { Source } from './source.ts';
import { CONTROL, LARGEST_NORM, stepReport } from './trainingStep.ts';

export interface CompiledStepOptions {
  /** With gradient; its disposal is the step's. */
  readonly flow: CompiledFlow;
  readonly dimension: number;
  readonly source: Source;
  /** Of what the flow maps to; not used where there is noise. */
  readonly energy: EnergyEvaluator;
  readonly noise?: TrainingNoise | undefined;
  readonly objective: ObjectiveSettings;
  /** Points of the source, and target samples, per step. */
  readonly batch: number;
}

/**
 * Inputs: parameters, moments [P], controls, points of the source [B, d], target samples [B, d], their energies [B];
 * with noise, ξ of both (noise.ts).
 */
export function compileStep(options: CompiledStepOptions): Executable {
  const { flow, objective, batch } = options;
  const pass = (needed: boolean, direction: 'forward' | 'inverse'): PointBatch | undefined =>
    (needed ? flow.batch(direction, batch, true) : undefined);
  const reverse = pass(needsReverse(objective), 'forward');
  const forward = pass(needsForward(objective), 'inverse');
  const passes = new Passes(options);
  return {
    async run(inputs, pause = noPause) {
      const [parameters, first, second, controls] = inputs;
      const points = pointsOf(inputs);
      flow.parameters.set(parameters);
      flow.firstMoment.set(first);
      flow.secondMoment.set(second);
      const weight = controls[CONTROL.reverseWeight];
      flow.clearGradient();
      const ofReverse = reverse === undefined ? NO_LOSS : await passes.reverse(reverse, points, weight, pause);
      const ofForward = forward === undefined ? NO_LOSS : await passes.forward(forward, points, weight, pause);
      const loss = ofReverse.loss + ofForward.loss;
      const norm = flow.gatherGradient();
      // NaN compares false, so a loss or norm that is not a number is not accepted either.
      const accepted = norm < LARGEST_NORM && Math.abs(loss) < LARGEST_NORM;
      if (accepted) {
        flow.adam({
          scale: Math.min(controls[CONTROL.clipNorm] / (norm + 1e-12), 1), rate: controls[CONTROL.learningRate],
          correction1: controls[CONTROL.correction1], correction2: controls[CONTROL.correction2],
        });
      }
      const report = stepReport(loss, ofReverse, ofForward, norm, accepted);
      return [flow.parameters.slice(), flow.firstMoment.slice(), flow.secondMoment.slice(), report];
    },
    dispose() {
      flow.dispose();
      return Promise.resolve();
    },
  };
}

/** The two terms of the loss, each with its way through the flow and back. */
class Passes {
  private readonly energies: StepEnergies;
  private readonly ratios: Float64Array;
  /** Of the loss, by the log-ratios. */
  private readonly gradient: Float64Array;

  constructor(private readonly options: CompiledStepOptions) {
    this.energies = stepEnergies(options.source, options.energy, options.noise);
    this.ratios = new Float64Array(options.batch);
    this.gradient = new Float64Array(options.batch);
  }

  async reverse(
    reverse: PointBatch, { x, xiReverse }: StepPoints, weight: number, pause: Pause
  ): Promise<LossPart> {
    const { energies, ratios, gradient } = this;
    reverse.x.set(x);
    reverse.run();
    await pause();
    energies.reverse(x, reverse.image, xiReverse, ratios, reverse.imageGradient);
    for (let i = 0; i < ratios.length; i++) ratios[i] -= reverse.logDet[i];
    const loss = reverseLossOf(this.options.objective, weight, ratios, gradient);
    this.seed(reverse);
    await pause();
    reverse.back();
    await pause();
    return loss;
  }

  async forward(
    forward: PointBatch, { y, stored, xiForward }: StepPoints, weight: number, pause: Pause
  ): Promise<LossPart> {
    const { energies, ratios, gradient } = this;
    forward.x.set(y);
    forward.run();
    await pause();
    energies.forward(y, stored, forward.image, xiForward, ratios, forward.imageGradient);
    for (let i = 0; i < ratios.length; i++) ratios[i] -= forward.logDet[i];
    const loss = forwardLossOf(this.options.objective, weight, ratios, gradient);
    this.seed(forward);
    await pause();
    forward.back();
    return loss;
  }

  /** ∂L/∂image = g_i ∇U_i, ∂L/∂logDet = −g_i with g the gradient by log-ratios; `imageGradient` holds ∇U. */
  private seed({ imageGradient, logDetGradient }: PointBatch): void {
    const { gradient } = this;
    const d = this.options.dimension;
    for (let i = 0; i < gradient.length; i++) {
      for (let j = 0; j < d; j++) imageGradient[i * d + j] *= gradient[i];
      logDetGradient[i] = -gradient[i];
    }
  }
}
