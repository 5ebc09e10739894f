/** What steps share that are put together outside of a graph: from log-ratios to loss, gradient, clipping and Adam. */
import type { ArrayData } from '../engine/executor.ts';
import { needsForward, needsReverse, type ObjectiveSettings } from '../objectives/jeffreys.ts';
import { forwardLossOf, reverseLossOf, type LossPart } from '../objectives/logRatios.ts';
import { ADAM, CONTROL, LARGEST_NORM, stepReport } from './trainingStep.ts';

/** A term that is not needed. */
export const NO_LOSS: LossPart = { loss: 0, divergence: 0, variation: 0 };

/** Part k of rows [n, width], `rows` of them. */
export const partOf = <T extends ArrayData>(array: T, k: number, rows: number, width = 1): T =>
  array.slice(k * rows * width, (k + 1) * rows * width) as T;

/**
 * The step that follows from its log-ratios; outputs as in trainingStep.ts.
 * @param inputs of the step @param r log-ratios of the reverse term [B] @param z of the forward term [B]
 * @param addGradient is given ∂L/∂r and ∂L/∂z [B] and adds the gradient by the parameters to its last argument [P]; not
 * called where the loss is not finite
 */
export async function stepFromRatios(
  objective: ObjectiveSettings, [parameters, first, second, controls]: readonly ArrayData[], r: Float64Array,
  z: Float64Array,
  addGradient: (byReverse: Float64Array, byForward: Float64Array, gradient: Float64Array) => Promise<void>,
): Promise<ArrayData[]> {
  const [byReverse, byForward] = [new Float64Array(r.length), new Float64Array(z.length)];
  const weight = controls[CONTROL.reverseWeight];
  const reverse = needsReverse(objective) ? reverseLossOf(objective, weight, r, byReverse) : NO_LOSS;
  const forward = needsForward(objective) ? forwardLossOf(objective, weight, z, byForward) : NO_LOSS;
  const loss = reverse.loss + forward.loss;
  const gradient = new Float64Array(parameters.length);
  if (Number.isFinite(loss)) await addGradient(byReverse, byForward, gradient);
  const norm = Math.sqrt(gradient.reduce((sum, g) => sum + g * g, 0));
  // NaN compares false, so a loss or norm that is not a number is not accepted either.
  const accepted = norm < LARGEST_NORM && Math.abs(loss) < LARGEST_NORM;
  const updated = [parameters.slice(), first.slice(), second.slice()];
  if (accepted) adam(updated, gradient, Math.min(controls[CONTROL.clipNorm] / (norm + 1e-12), 1), controls);
  return [...updated, stepReport(loss, reverse, forward, norm, accepted)];
}

/** One step of Adam, in place. */
function adam(
  [parameters, first, second]: ArrayData[], gradient: Float64Array, scale: number, controls: ArrayData
): void {
  const root2 = Math.sqrt(controls[CONTROL.correction2]);
  const rate = (controls[CONTROL.learningRate] * root2) / controls[CONTROL.correction1];
  for (let i = 0; i < gradient.length; i++) {
    const g = scale * gradient[i];
    first[i] = ADAM.beta1 * first[i] + (1 - ADAM.beta1) * g;
    second[i] = ADAM.beta2 * second[i] + (1 - ADAM.beta2) * g * g;
    parameters[i] -= (rate * first[i]) / (Math.sqrt(second[i]) + root2 * ADAM.epsilon);
  }
}
