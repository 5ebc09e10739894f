/** What is known exactly of a target: from quadrature in one and two dimensions, else from its definition. */
import { integrateDensity } from '../numerics/quadrature.ts';
import type { EnergyEvaluator } from './energyEvaluator.ts';
import type { Target } from './target.ts';

/** Exact values that estimates are held against; null where nothing is known. */
export interface Truth {
  /** log ∫ exp(−U), or null. */
  readonly logZ: number | null;
  /** Masses of the target's modes, or null. */
  readonly modeMasses: readonly number[] | null;
  /** ⟨observable⟩ in the target's order; null where unknown. */
  readonly observables: readonly (number | null)[];
  readonly source: 'quadrature' | 'definition';
}

/**
 * The truths of a target. @param evaluator null: only what the definition says @throws InputError when its density does
 * not fall off in two dimensions or less
 */
export function targetTruth(target: Target, evaluator: EnergyEvaluator | null): Truth {
  const { modes, observables } = target;
  if (target.dimension > 2 || evaluator === null) {
    return {
      logZ: target.logZ ?? null,
      modeMasses: modes?.exact ?? null,
      observables: observables.map(({ exact }) => exact ?? null),
      source: 'definition',
    };
  }
  const partition = modes === undefined ? {} : { modes: { count: modes.names.length, assign: modes.assign } };
  const integral = integrateDensity(evaluator, target.domain, observables.map(({ value }) => value), partition);
  return {
    logZ: integral.logZ,
    modeMasses: modes === undefined ? null : integral.modeMasses,
    observables: integral.expectations,
    source: 'quadrature',
  };
}
