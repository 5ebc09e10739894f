/** What a run on noisy energies has asked of them: the price of every accuracy. */
import type { NoiseSummary } from '../../records/record.ts';

/** Evaluations of points, with gradient or without: of noisy values, and of the energy itself. */
export interface Evaluations {
  noisy: number;
  full: number;
}

/** By phase, in the order in which they come. */
export class EvaluationCount {
  readonly #phases = new Map<string, Evaluations>();

  add(phase: string, { noisy = 0, full = 0 }: Partial<Evaluations>): void {
    const known = this.#phases.get(phase) ?? { noisy: 0, full: 0 };
    this.#phases.set(phase, { noisy: known.noisy + noisy, full: known.full + full });
  }

  addAll(counts: Readonly<Record<string, Evaluations>>): void {
    for (const [phase, count] of Object.entries(counts)) this.add(phase, count);
  }

  toJSON(): Record<string, Evaluations> {
    return Object.fromEntries(this.#phases);
  }

  /** @param cost of a noisy evaluation in full ones; null where unknown */
  summary(cost: number | null): NoiseSummary['evaluations'] {
    return Array.from(this.#phases, ([phase, { noisy, full }]) => (
      { phase, noisy, full, passes: cost === null ? null : full + cost * noisy }
    ));
  }
}
