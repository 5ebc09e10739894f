/**
 * One training step of a batch that is too large for one graph: log-ratios of all its points first, part by part; from them
 * the loss and its gradient by every log-ratio (objectives/logRatios.ts); then the gradient by the parameters, part by part,
 * added up in float64; then clipping and Adam. Inputs, outputs and meaning are those of trainingStep.ts.
 */
import type { ArrayData, Executable } from '../engine/executor.ts';
import { np, valueAndGradientWithAux, type Array } from '../engine/numpy.ts';
import { compileOnnx, type OnnxOptions } from '../engine/onnx/executor.ts';
import { trace } from '../engine/trace.ts';
import { parameterCount, type Architecture } from '../flows/architecture.ts';
import { CouplingFlow } from '../flows/couplingFlow.ts';
import { forwardLogRatios, needsForward, needsReverse, reverseLogRatios, type Energies, type ObjectiveSettings } from '../objectives/jeffreys.ts';
import { forwardLossOf, reverseLossOf, type LossPart } from '../objectives/logRatios.ts';
import { ADAM, CONTROL, LARGEST_NORM, stepReport } from './trainingStep.ts';

const NONE: LossPart = { loss: 0, divergence: 0, variation: 0 };

/** @param micro points per part; divides the batch */
export async function compileAccumulatedStep(architecture: Architecture, energies: Energies, objective: ObjectiveSettings, batch: number, micro: number, options: OnnxOptions): Promise<Executable> {
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

  /** The inputs of each part. */
  const parts = (x: ArrayData, y: ArrayData, energyOfY: ArrayData): ArrayData[][] => each(batch / micro, (k) => [
    x.slice(k * micro * d, (k + 1) * micro * d), y.slice(k * micro * d, (k + 1) * micro * d), energyOfY.slice(k * micro, (k + 1) * micro),
  ]);

  return {
    async run(inputs) {
      const [parameters, first, second, controls, x, y, energyOfY] = inputs;
      const [r, z] = [new Float64Array(batch), new Float64Array(batch)];
      const pieces = parts(x, y, energyOfY);
      for (const [k, piece] of pieces.entries()) {
        const [ofReverse, ofForward] = await ratios.run([parameters, ...piece]);
        r.set(ofReverse, k * micro);
        z.set(ofForward, k * micro);
      }
      const [byReverse, byForward] = [new Float64Array(batch), new Float64Array(batch)];
      const weight = controls[CONTROL.reverseWeight];
      const reverse = needsReverse(objective) ? reverseLossOf(objective, weight, r, byReverse) : NONE;
      const forward = needsForward(objective) ? forwardLossOf(objective, weight, z, byForward) : NONE;
      const loss = reverse.loss + forward.loss;
      const gradient = new Float64Array(count);
      if (Number.isFinite(loss)) {
        for (const [k, piece] of pieces.entries()) {
          const [part] = await gradients.run([parameters, ...piece, byReverse.slice(k * micro, (k + 1) * micro), byForward.slice(k * micro, (k + 1) * micro)]);
          for (let i = 0; i < count; i++) gradient[i] += part[i];
        }
      }
      const norm = Math.sqrt(gradient.reduce((sum, g) => sum + g * g, 0));
      const accepted = norm < LARGEST_NORM && Math.abs(loss) < LARGEST_NORM;
      const updated = [parameters.slice(), first.slice(), second.slice()];
      if (accepted) adam(updated, gradient, Math.min(controls[CONTROL.clipNorm] / (norm + 1e-12), 1), controls);
      const report = stepReport(loss, reverse, forward, norm, accepted);
      return [...updated, report];
    },
    async dispose() {
      await Promise.all([ratios.dispose(), gradients.dispose()]);
    },
  };
}

const each = <T>(length: number, make: (k: number) => T): T[] => globalThis.Array.from({ length }, (_, k) => make(k));

/** One step of Adam, in place. */
function adam([parameters, first, second]: ArrayData[], gradient: Float64Array, scale: number, controls: ArrayData): void {
  const root2 = Math.sqrt(controls[CONTROL.correction2]);
  const rate = (controls[CONTROL.learningRate] * root2) / controls[CONTROL.correction1];
  for (let i = 0; i < gradient.length; i++) {
    const g = scale * gradient[i];
    first[i] = ADAM.beta1 * first[i] + (1 - ADAM.beta1) * g;
    second[i] = ADAM.beta2 * second[i] + (1 - ADAM.beta2) * g * g;
    parameters[i] -= (rate * first[i]) / (Math.sqrt(second[i]) + root2 * ADAM.epsilon);
  }
}
