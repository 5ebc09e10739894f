/** One training step as one array program: losses, gradient, clipping and Adam. */
import { lax, np, valueAndGradientWithAux, type Array } from '../engine/numpy.ts';
import type { ArgumentSpec } from '../engine/trace.ts';
import { CouplingFlow } from '../flows/couplingFlow.ts';
import { parameterCount, type Architecture } from '../flows/architecture.ts';
import { ADAM } from '../flows/compiled/adamCode.ts';
import type { LossPart } from '../objectives/logRatios.ts';
import { jeffreysLoss, type Energies, type ObjectiveSettings } from '../objectives/jeffreys.ts';

export { ADAM };

/** Gradients beyond any use; a step with one is skipped. */
export const LARGEST_NORM = 1e18;

/** Index of each entry of the step's `controls` input. */
export const CONTROL = { learningRate: 0, correction1: 1, correction2: 2, reverseWeight: 3, clipNorm: 4 } as const;
/** Index of each entry of the step's `report` output. */
export const REPORT = { loss: 0, reverse: 1, forward: 2, variation: 3, gradientNorm: 4, accepted: 5 } as const;

/** The report of a step that is put together outside of a graph. */
export function stepReport(
  loss: number, reverse: LossPart, forward: LossPart, norm: number, accepted: boolean
): Float64Array {
  const report = new Float64Array(Object.keys(REPORT).length);
  report[REPORT.loss] = loss;
  report[REPORT.reverse] = reverse.divergence;
  report[REPORT.forward] = forward.divergence;
  report[REPORT.variation] = forward.variation;
  report[REPORT.gradientNorm] = norm;
  report[REPORT.accepted] = accepted ? 1 : 0;
  return report;
}

export interface StepProgram {
  readonly f: (...args: Array[]) => Array[];
  readonly specs: readonly ArgumentSpec[];
}

/**
 * Inputs: parameters, first and second moments [P], controls [5], base samples [B, d], target samples [B, d] and their
 * energies [B]. Outputs: the new parameters and moments, and a report [6].
 * A step whose loss or gradient is not finite leaves parameters and moments as they were and reports accepted = 0.
 */
export function trainingStep(
  architecture: Architecture, energies: Energies, settings: ObjectiveSettings, batch: number
): StepProgram {
  const d = architecture.domain.length;
  const count = parameterCount(architecture);
  const specs = [[count], [count], [count], [5], [batch, d], [batch, d], [batch]].map((shape) => ({ shape }));
  const f = (
    parameters: Array, first: Array, second: Array, controls: Array, x: Array, y: Array, energyOfY: Array
  ): Array[] => {
    const control = (name: keyof typeof CONTROL): Array => controls.slice(CONTROL[name]);
    const differentiate = valueAndGradientWithAux((theta) => {
      const { loss, reverse, forward, variation } = jeffreysLoss(
        settings, new CouplingFlow(architecture, theta), energies, control('reverseWeight'), x, y, energyOfY
      );
      return [loss, [reverse, forward, variation]];
    });
    const [loss, [reverse, forward, variation], gradient] = differentiate(parameters);
    const norm = np.sqrt(gradient.mul(gradient).sum());
    // NaN compares false, so a loss or norm that is not a number is not accepted either.
    const isAccepted = norm.less(LARGEST_NORM).mul(np.absolute(loss).less(LARGEST_NORM));
    const ifAccepted = (value: Array | number, otherwise: number): Array => np.where(isAccepted, value, otherwise);
    const accepted = ifAccepted(1, 0);
    // Whatever can be done to single numbers (clipping, corrections, refusal) is, and not to vectors.
    const g = ifAccepted(gradient, 0);
    const clip = ifAccepted(np.minimum(control('clipNorm').div(norm.add(1e-12)), 1), 0);
    const m = first.mul(ifAccepted(ADAM.beta1, 1)).add(g.mul(clip.mul(1 - ADAM.beta1)));
    const v = second.mul(ifAccepted(ADAM.beta2, 1)).add(g.mul(g).mul(clip.mul(clip).mul(1 - ADAM.beta2)));
    const root2 = np.sqrt(control('correction2'));
    const rate = accepted.mul(control('learningRate')).mul(root2).div(control('correction1'));
    const updated = parameters.sub(m.mul(rate).div(np.sqrt(v).add(root2.mul(ADAM.epsilon))));
    const report = np.stack([loss, reverse, forward, variation, norm, accepted]);
    return [updated, m, v, lax.stopGradient(report)];
  };
  return { f, specs };
}
