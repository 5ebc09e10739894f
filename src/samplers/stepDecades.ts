/**
 * Step sizes over decades. A target of many widths (a funnel, whose neck no step that suits its mouth can enter) needs
 * many step sizes: every step of a chain draws its own, log-uniformly from the largest down. It is drawn independently
 * of the state, so each value has a kernel that is reversible, and their mixture is: exact, like one of them.
 */
import { InputError } from '../errors.ts';

/**
 * What the largest step is adapted to. Steps below what suits the place of a chain are all but always accepted and
 * those above never, so a mean of a has the largest (1 − a) D decades above: at .8 there is room for wider places, and
 * most of the decades lie where the narrow ones are (figures in docs/design.md).
 */
const ACCEPTANCE = 0.8;

/** @throws InputError unless 0 or above, and finite */
export function checkedDecades(kernel: string, stepDecades: number): number {
  if (!(stepDecades >= 0 && stepDecades < Infinity))
    throw new InputError(`${kernel}: stepDecades must be a finite number >= 0, got ${stepDecades}`);
  return stepDecades;
}

/** As an option of a kernel: none for one step size, so snapshots of before there were decades stay what they are. */
export const decadesOption = (stepDecades: number): { readonly stepDecades?: number } =>
  (stepDecades === 0 ? {} : { stepDecades });

/** @param one of a kernel of one step size */
export const acceptanceOver = (stepDecades: number, one: number): number => (stepDecades === 0 ? one : ACCEPTANCE);

/** What suits a usual place, as a part of the largest step that was adapted. */
export const usualPart = (stepDecades: number): number => Math.exp(-(1 - ACCEPTANCE) * stepDecades * Math.LN10);

/**
 * The step sizes of one step of all chains: `largest` itself, or h·10^(−decades·(1 − u)) in `drawn`.
 * @param largest h of each chain @param sides u, uniforms of (0, 1) that nothing of a chain's state goes into
 */
export function drawnStepSizes(
  stepDecades: number, largest: Float64Array, sides: Float64Array, drawn: Float64Array
): Float64Array {
  if (stepDecades === 0) return largest;
  const range = stepDecades * Math.LN10;
  for (let i = 0; i < drawn.length; i++) drawn[i] = largest[i] * Math.exp(range * (sides[i] - 1));
  return drawn;
}
