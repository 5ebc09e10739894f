/** One training step as one array program: losses, gradient, clipping and Adam. */
import { lax, np, valueAndGradientWithAux, type Array } from '../engine/numpy.ts';
import type { ArgumentSpec } from '../engine/trace.ts';
import { CouplingFlow } from '../flows/couplingFlow.ts';
import { parameterCount, type Architecture } from '../flows/architecture.ts';
import { jeffreysLoss, type Energies, type ObjectiveSettings } from '../objectives/jeffreys.ts';

/** Adam (Kingma & Ba 2015) with its usual constants. */
export const ADAM = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 } as const;

/** Gradients beyond any use; a step with one is skipped. */
const LARGEST_NORM = 1e18;

/** Index of each entry of the step's `controls` input. */
export const CONTROL = { learningRate: 0, correction1: 1, correction2: 2, reverseWeight: 3, clipNorm: 4 } as const;
/** Index of each entry of the step's `report` output. */
export const REPORT = { loss: 0, reverse: 1, forward: 2, variation: 3, gradientNorm: 4, accepted: 5 } as const;

export interface StepProgram {
  readonly f: (...args: Array[]) => Array[];
  readonly specs: readonly ArgumentSpec[];
}

/**
 * Inputs: parameters, first and second moments [P], controls [5], base samples [B, d], target samples [B, d] and their
 * energies [B]. Outputs: the new parameters and moments, and a report [6].
 * A step whose loss or gradient is not finite leaves parameters and moments as they were and reports accepted = 0.
 */
export function trainingStep(architecture: Architecture, energies: Energies, settings: ObjectiveSettings, batch: number): StepProgram {
  const d = architecture.domain.length;
  const count = parameterCount(architecture);
  const specs = [[count], [count], [count], [5], [batch, d], [batch, d], [batch]].map((shape) => ({ shape }));
  const f = (parameters: Array, first: Array, second: Array, controls: Array, x: Array, y: Array, energyOfY: Array): Array[] => {
    const control = (name: keyof typeof CONTROL): Array => controls.slice(CONTROL[name]);
    const differentiate = valueAndGradientWithAux((theta) => {
      const { loss, reverse, forward, variation } = jeffreysLoss(settings, new CouplingFlow(architecture, theta), energies, control('reverseWeight'), x, y, energyOfY);
      return [loss, [reverse, forward, variation]];
    });
    const [loss, [reverse, forward, variation], gradient] = differentiate(parameters);
    const norm = np.sqrt(gradient.mul(gradient).sum());
    // NaN compares false, so a loss or norm that is not a number is not accepted either.
    const accepted = np.where(norm.less(LARGEST_NORM), 1, 0).mul(np.where(np.absolute(loss).less(LARGEST_NORM), 1, 0));
    const clipped = gradient.mul(np.minimum(control('clipNorm').div(norm.add(1e-12)), 1));
    const g = np.where(accepted.greater(0), clipped, 0);
    const keep = (updated: Array, old: Array): Array => np.where(accepted.greater(0), updated, old);
    const m = first.mul(ADAM.beta1).add(g.mul(1 - ADAM.beta1));
    const v = second.mul(ADAM.beta2).add(g.mul(g).mul(1 - ADAM.beta2));
    const update = m.div(control('correction1')).div(np.sqrt(v.div(control('correction2'))).add(ADAM.epsilon));
    const report = np.stack([loss, reverse, forward, variation, norm, accepted]);
    return [keep(parameters.sub(update.mul(control('learningRate'))), parameters), keep(m, first), keep(v, second), lax.stopGradient(report)];
  };
  return { f, specs };
}
