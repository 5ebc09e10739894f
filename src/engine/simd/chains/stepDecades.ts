/** Step sizes over decades, as in `samplers/stepDecades.ts`. */
import type { V128 } from '../../wasm/instructions.ts';
import type { ChainHalf, StepWriter } from './kernel.ts';

/** Of one step: the chains' own, or h·10^(−decades·(1 − u)). @param side u, in (0, 1) */
export function drawnStepSize({ f, lanes, math }: StepWriter, half: ChainHalf, side: V128, stepDecades: number): V128 {
  if (stepDecades === 0) return half.stepSize;
  const exponent = lanes.mul(lanes.constant(stepDecades * Math.LN10), lanes.sub(side, lanes.constant(1)));
  return f.let(lanes.mul(half.stepSize, math.exp(f, f.let(exponent))));
}
