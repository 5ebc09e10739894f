/** The next λ of an adaptive ladder of flows. */

/**
 * The adaptive ladder takes the step whose CESS it expects to meet the target. A flow turns a loss −log CESS of the
 * identity map into a smaller one; how much smaller (the gain) is learned from the stages before.
 */
export interface AdaptiveStep {
  /** −log CESS with a flow ÷ −log CESS without one, as last seen; at most 1, since the identity is always there. */
  readonly gain: number;
}

/** What is believed before any stage: that a flow halves the loss. */
export const FIRST_STEP: AdaptiveStep = { gain: 0.5 };

/** A flow that did better than this is not expected to do so again: the next step may be harder. */
const BEST_GAIN = 0.02;
/** Steps aim at this share of the loss that is allowed, since expectations fail on either side. */
const CAUTION = 0.7;
const BISECTIONS = 60;

const lossOf = (cess: number): number => -Math.log(Math.max(cess, Number.MIN_VALUE));

/** The gain after a stage. */
export function learned(cessKept: number, cessIdentity: number): AdaptiveStep {
  const identity = lossOf(cessIdentity);
  return { gain: identity < 1e-12 ? FIRST_STEP.gain : Math.min(1, Math.max(BEST_GAIN, lossOf(cessKept) / identity)) };
}

/** The CESS expected of a step. */
export const expectedCess = ({ gain }: AdaptiveStep, cessIdentity: number): number =>
  Math.exp(-gain * lossOf(cessIdentity));

/**
 * The farthest λ ≤ 1 whose expected CESS meets the target with some caution.
 * @param identityCess CESS of a step to λ without a flow: falls with λ @param least smallest step that is worth a stage
 */
export function nextLambda(
  from: number, target: number, state: AdaptiveStep, identityCess: (lambda: number) => number, least: number
): number {
  const allowed = CAUTION * lossOf(target);
  const meets = (lambda: number): boolean => state.gain * lossOf(identityCess(lambda)) <= allowed;
  if (meets(1)) return 1;
  let [low, high] = [from, 1];
  for (let i = 0; i < BISECTIONS; i++) {
    const middle = (low + high) / 2;
    if (meets(middle)) low = middle;
    else high = middle;
  }
  return Math.min(1, Math.max(low, from + least));
}
