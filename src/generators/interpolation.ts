/** The λ of a ladder of flows: lists that are fixed beforehand, and the next step of an adaptive one. */
import { InputError } from '../errors.ts';
import { power } from '../numerics/power.ts';
import type { Settings } from './settings.ts';

export type InterpolationSettings =
  Pick<Settings, 'interpolation' | 'smallestLambda' | 'lambdaRate' | 'largestLambdaStep' | 'linearStages' | 'lambdas'>;

/** More stages than anyone has use for; an adaptive ladder that has not arrived by then never will. */
export const MOST_STAGES = 500;

/** Rounding must not add a stage. */
const SLACK = 1e-9;

/**
 * λ_1 < … < λ_M = 1, without λ_0 = 0; null for an adaptive ladder, which finds them as it goes. @throws InputError for
 * a list that is too long
 */
export function fixedLambdas(settings: InterpolationSettings): number[] | null {
  const { smallestLambda, lambdaRate, largestLambdaStep } = settings;
  switch (settings.interpolation) {
    case 'adaptive': return null;
    case 'explicit': return [...settings.lambdas];
    case 'linear': return even(0, 1, settings.linearStages);
    case 'geometric': return [smallestLambda, ...geometric(smallestLambda, 1, lambdaRate)];
    case 'hybrid': {
      // Geometric while its steps are below the largest, and even from there on.
      const turn = largestLambdaStep / (lambdaRate - 1);
      if (turn >= 1 - SLACK) return [smallestLambda, ...geometric(smallestLambda, 1, lambdaRate)];
      const start = Math.max(turn, smallestLambda);
      return [smallestLambda, ...(turn > smallestLambda ? geometric(smallestLambda, turn, lambdaRate) : []), ...even(
        start, 1, Math.ceil((1 - start) / largestLambdaStep - SLACK)
      )];
    }
  }
}

/** @throws InputError before a list is made that nobody could use */
function checkSteps(steps: number): number {
  if (!(steps <= MOST_STAGES)) throw new InputError(
    `setting interpolation: this ladder would have ${steps} stages or more, and at most ${MOST_STAGES} are `
      + 'allowed; take larger steps (lambdaRate, largestLambdaStep)'
  );
  return steps;
}

/** As few steps as keep the ratio at or below `rate`; without `from`, with `to`. */
function geometric(from: number, to: number, rate: number): number[] {
  const steps = checkSteps(Math.max(1, Math.ceil((Math.log(to) - Math.log(from)) / Math.log(rate) - SLACK)));
  return Array.from({ length: steps }, (_, k) => (k === steps - 1 ? to : from * power(to / from, (k + 1) / steps)));
}

const even = (from: number, to: number, steps: number): number[] =>
  Array.from({ length: checkSteps(steps) }, (_, k) => (k === steps - 1 ? to : from + ((to - from) * (k + 1)) / steps));

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
