/**
 * One training step of the `onnx` executor with the energies evaluated outside of its graphs, as those seen with noise
 * have to be: both maps part by part, energies and their gradients in float64, the loss on plain arrays (ratioStep.ts);
 * then the gradient of Σ_i a_i · image_i + b_i logDet_i by the parameters, part by part, with a and b the gradients of
 * the loss by every image and log-determinant. Inputs, outputs and meaning are those of trainingStep.ts; with noise, ξ
 * of both terms comes after (noise.ts).
 */
import type { Executable } from '../engine/executor.ts';
import { valueAndGradientWithAux } from '../engine/numpy.ts';
import { compileOnnx } from '../engine/onnx/executor.ts';
import { noPause, type Pause } from '../pausing.ts';
import { trace } from '../engine/trace.ts';
import { parameterCount, type Architecture } from '../flows/architecture.ts';
import type { Direction } from '../flows/bijections/rationalQuadratic.ts';
import { CouplingFlow } from '../flows/couplingFlow.ts';
import { needsForward, needsReverse, type ObjectiveSettings } from '../objectives/jeffreys.ts';
import type { EnergyEvaluator } from '../targets/energyEvaluator.ts';
import { FlowMap, type ParameterArray } from './flowMap.ts';
import { onnxOptions, type NetworkOptions } from './networkExecutor.ts';
import { pointsOf, stepEnergies, type TrainingNoise } from './noise.ts';
import { partOf, stepFromRatios } from './ratioStep.ts';
import type { Source } from './source.ts';

export interface OutsideStepOptions {
  readonly architecture: Architecture;
  readonly source: Source;
  /** Of what the flow maps to; not used where there is noise. */
  readonly energy: EnergyEvaluator;
  readonly noise?: TrainingNoise | undefined;
  readonly objective: ObjectiveSettings;
  /** Points of the source, and target samples, per step. */
  readonly batch: number;
  /** Points per part; divides the batch. */
  readonly micro: number;
  readonly network: NetworkOptions;
}

/** Energies of a term from the images of its points: their difference [B], and the gradient by the images [B, d]. */
type TermEnergies = (image: Float64Array, gaps: Float64Array, gradients: Float64Array) => void;

/** One direction of the flow on a whole batch. */
interface Pass {
  /**
   * Log-ratios [B] of points [B, d], and what adds the gradient by the parameters, given that of the loss by every
   * log-ratio.
   */
  run(parameters: ParameterArray, points: Float64Array, energies: TermEnergies, pause: Pause): Promise<{
    readonly ratios: Float64Array;
    readonly addGradient: (byRatio: Float64Array, gradient: Float64Array) => Promise<void>;
  }>;
  dispose(): Promise<void>;
}

async function compilePass(
  direction: Direction, { architecture, batch, micro, network }: OutsideStepOptions
): Promise<Pass> {
  const d = architecture.domain.length;
  const program = trace((parameters, points, byImage, byLogDet) => {
    const [, , gradient] = valueAndGradientWithAux((theta) => {
      const [image, logDet] = new CouplingFlow(architecture, theta)[direction](points);
      return [image.mul(byImage).sum().add(logDet.mul(byLogDet).sum()), []];
    })(parameters);
    return [gradient];
  }, [[parameterCount(architecture)], [micro, d], [micro, d], [micro]].map((shape) => ({ shape })));
  const [map, back] = await Promise.all([
    FlowMap.compile(architecture, direction, micro, { ...network, executor: 'onnx' }),
    compileOnnx(program, onnxOptions(network))
  ]);
  return {
    async run(parameters, points, energies, pause) {
      const [image, slopes] = [new Float64Array(batch * d), new Float64Array(batch * d)];
      const [logDet, ratios] = [new Float64Array(batch), new Float64Array(batch)];
      await map.map(parameters, points, batch, image, logDet, pause);
      energies(image, ratios, slopes);
      for (let i = 0; i < batch; i++) ratios[i] -= logDet[i];
      return {
        ratios,
        async addGradient(byRatio, gradient) {
          const byImage = slopes.map((slope, i) => slope * byRatio[Math.floor(i / d)]);
          const byLogDet = byRatio.map((g) => -g);
          for (let k = 0; k < batch / micro; k++) {
            await pause();
            const [part] = await back.run(
              [parameters, partOf(points, k, micro, d), partOf(byImage, k, micro, d), partOf(byLogDet, k, micro)]
            );
            for (let i = 0; i < gradient.length; i++) gradient[i] += part[i];
          }
        },
      };
    },
    async dispose() {
      await Promise.all([map.dispose(), back.dispose()]);
    },
  };
}

export async function compileOutsideStep(options: OutsideStepOptions): Promise<Executable> {
  const { source, energy, noise, objective, batch } = options;
  const energies = stepEnergies(source, energy, noise);
  const [forwardMap, inverseMap] = await Promise.all([
    needsReverse(objective) ? compilePass('forward', options) : undefined,
    needsForward(objective) ? compilePass('inverse', options) : undefined,
  ]);
  return {
    async run(inputs, pause = noPause) {
      const parameters = inputs[0] as ParameterArray;
      const { x, y, stored, xiReverse, xiForward } = pointsOf(inputs);
      const reverse = await forwardMap?.run(
        parameters, x, (image, gaps, gradients) => { energies.reverse(x, image, xiReverse, gaps, gradients); }, pause
      );
      const forward = await inverseMap?.run(
        parameters, y, (image, gaps, gradients) => { energies.forward(y, stored, image, xiForward, gaps, gradients); },
        pause
      );
      const none = new Float64Array(batch);
      const ratios = [reverse?.ratios ?? none, forward?.ratios ?? none] as const;
      return stepFromRatios(objective, inputs, ...ratios, async (byReverse, byForward, gradient) => {
        await reverse?.addGradient(byReverse, gradient);
        await forward?.addGradient(byForward, gradient);
      });
    },
    async dispose() {
      await Promise.all([forwardMap?.dispose(), inverseMap?.dispose()]);
    },
  };
}
