/**
 * One training step of a batch that is too large for one graph: log-ratios of all its points first, part by part; from
 * them the loss and its gradient by every log-ratio (objectives/logRatios.ts); then the gradient by the parameters,
 * part by part, added up in float64; then clipping and Adam. Inputs, outputs and meaning are those of trainingStep.ts.
 */
import type { Executable } from '../engine/executor.ts';
import { np, valueAndGradientWithAux, type Array } from '../engine/numpy.ts';
import { compileOnnx, type OnnxOptions } from '../engine/onnx/executor.ts';
import { noPause } from '../pausing.ts';
import { trace } from '../engine/trace.ts';
import { parameterCount, type Architecture } from '../flows/architecture.ts';
import { CouplingFlow } from '../flows/couplingFlow.ts';
import {
  forwardLogRatios, needsForward, needsReverse, reverseLogRatios, type Energies, type ObjectiveSettings
} from '../objectives/jeffreys.ts';
import { partOf, stepFromRatios } from './ratioStep.ts';

/** @param micro points per part; divides the batch */
export async function compileAccumulatedStep(
  architecture: Architecture, energies: Energies, objective: ObjectiveSettings, batch: number, micro: number,
  options: OnnxOptions
): Promise<Executable> {
  const d = architecture.domain.length;
  const count = parameterCount(architecture);
  const specs = [[count], [micro, d], [micro, d], [micro]].map((shape) => ({ shape }));
  const ratiosOf = (parameters: Array, x: Array, y: Array, energyOfY: Array): [Array, Array] => {
    const flow = new CouplingFlow(architecture, parameters);
    const zeros = np.zeros([micro]);
    return [
      needsReverse(objective) ? reverseLogRatios(flow, energies, x) : zeros,
      needsForward(objective) ? forwardLogRatios(flow, energies, y, energyOfY) : zeros,
    ];
  };
  const ratios = await compileOnnx(trace((parameters, x, y, e) => ratiosOf(parameters, x, y, e), specs), options);
  const gradients = await compileOnnx(trace((parameters, x, y, e, byReverse, byForward) => {
    const [, , gradient] = valueAndGradientWithAux((theta) => {
      const [r, z] = ratiosOf(theta, x, y, e);
      return [r.mul(byReverse).sum().add(z.mul(byForward).sum()), []];
    })(parameters);
    return [gradient];
  }, [...specs, { shape: [micro] }, { shape: [micro] }]), options);

  return {
    async run(inputs, pause = noPause) {
      const [parameters, , , , x, y, energyOfY] = inputs;
      const [r, z] = [new Float64Array(batch), new Float64Array(batch)];
      const pieces = globalThis.Array.from({ length: batch / micro }, (_, k) => [
        partOf(x, k, micro, d), partOf(y, k, micro, d), partOf(energyOfY, k, micro)
      ]);
      for (const [k, piece] of pieces.entries()) {
        await pause();
        const [ofReverse, ofForward] = await ratios.run([parameters, ...piece]);
        r.set(ofReverse, k * micro);
        z.set(ofForward, k * micro);
      }
      return stepFromRatios(objective, inputs, r, z, async (byReverse, byForward, gradient) => {
        for (const [k, piece] of pieces.entries()) {
          await pause();
          const [part] =
            await gradients.run([parameters, ...piece, partOf(byReverse, k, micro), partOf(byForward, k, micro)]);
          for (let i = 0; i < count; i++) gradient[i] += part[i];
        }
      });
    },
    async dispose() {
      await Promise.all([ratios.dispose(), gradients.dispose()]);
    },
  };
}
