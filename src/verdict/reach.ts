/** Whether the flow reaches all that tempering has found, which no ESS of its own samples can show. */
import type { GenerationSummary, Warning } from '../records/record.ts';
import { doubt } from './standing.ts';
import { HELD_OUT_SHARE, LOST_SHARE, LOW_COVERAGE, MISSING_SHARE, MODE_MATTERS } from './trust.ts';

const percent = (value: number): string => `${(100 * value).toPrecision(3)} %`;

/** Lost modes that are named one by one. */
const MOST_NAMED = 4;

/** Modes that the flow all but leaves out: where it has next to no samples, weights cannot mend it. */
export function modeDoubts(modes: GenerationSummary['modes']): Warning[] {
  const missing = modes.flatMap(({ name, flow, exact, pt }) => {
    const reference = exact ?? pt.value ?? 0;
    const share = (flow.value ?? 0) / reference;
    return reference >= MODE_MATTERS && share < MISSING_SHARE ? [{
      name, share, has: flow.value ?? 0, reference,
      known: exact === null ? 'parallel tempering has' : 'the exact mass is'
    }] : [];
  });
  const standing = missing.some(({ share }) => share < LOST_SHARE) ? 'unknown' : 'doubtful';
  const named = missing.slice(0, MOST_NAMED).map(({ name, has, reference, known }) =>
    doubt(
      standing, 'missing-mode',
      `The flow has lost the mode ${name}: it gives it ${percent(has)} of its samples, where ${known} `
        + `${percent(reference)}. The ESS cannot show this. Lower theta, or raise kappa.`
    ));
  return missing.length > MOST_NAMED
    ? [...named, doubt(standing, 'missing-mode', `${missing.length - MOST_NAMED} more modes are lost in the same way.`)]
    : named;
}

/** What samples of the target that training never saw say of the flow; fractions, null where unknown. */
export interface HeldOutFigures {
  /** ESS of the flow's own samples, of the same proposal as the next ones. */
  readonly ess: number | null;
  /** ESS on tempering's samples that neither training nor the choice of parameters saw, weights truncated. */
  readonly forwardEss: number | null;
  /** The same on samples that it was trained on. */
  readonly trainedEss: number | null;
  /** Share of the first samples with a weight above that of every sample of the flow, and how many they are. */
  readonly beyond: number;
  readonly beyondCount: number;
  /** Standard error of log Z, to compare that share with. */
  readonly error: number;
}

/** Held-out samples beyond every weight, of which chance does not explain more. */
const FEW_BEYOND = 5;

export function heldOutDoubts({ ess, forwardEss, trainedEss, beyond, beyondCount, error }: HeldOutFigures): Warning[] {
  const doubts: Warning[] = [];
  if (ess !== null && forwardEss !== null && forwardEss < HELD_OUT_SHARE * ess && forwardEss < HELD_OUT_SHARE) {
    doubts.push(doubt(
      'doubtful', 'under-covered',
      `On held-out PT samples the ESS is ${percent(forwardEss)}, on the flow's own ${percent(ess)}: the flow `
        + 'gives too little mass to a part of the target. Lower theta, raise kappa, or train longer.'
    ));
  }
  if (trainedEss !== null && forwardEss !== null && forwardEss < HELD_OUT_SHARE * trainedEss) {
    doubts.push(doubt(
      'doubtful', 'overfit',
      `On held-out PT samples the ESS is ${percent(forwardEss)}, on those of training ${percent(trainedEss)}: `
        + 'the flow has learned them by heart. Run more rounds, or train a smaller flow.'
    ));
  }
  if (beyondCount >= FEW_BEYOND && beyond > error) {
    doubts.push(doubt(
      'doubtful', 'beyond-weights',
      `${percent(beyond)} of held-out PT samples have a larger weight than any sample of the flow: it all but `
        + 'leaves out a part of the target. Train longer, or raise kappa.'
    ));
  }
  return doubts;
}

/**
 * Neighbours of tempering's samples among those of the flow. @param expected of equal distributions at these numbers of
 * samples
 */
export function coverageDoubts({ value, expected }: { readonly value: number; readonly expected: number }): Warning[] {
  if (value >= LOW_COVERAGE * expected) return [];
  return [doubt(
    'doubtful', 'low-coverage',
    `Only ${percent(value)} of the PT samples have a generated sample near them, where ${percent(expected)} `
      + 'should: the flow misses a part of the target. Lower theta, or raise kappa.'
  )];
}
