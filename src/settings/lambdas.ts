/** The λ of ladders of flows that are fixed beforehand. */
import { InputError } from '../errors.ts';
import { power } from '../numerics/power.ts';
import type { LadderSettings } from './ladder.ts';
import { MOST_STAGES } from './values.ts';

export type InterpolationSettings = Pick<
  LadderSettings, 'interpolation' | 'smallestLambda' | 'lambdaRate' | 'largestLambdaStep' | 'linearStages' | 'lambdas'
>;

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
