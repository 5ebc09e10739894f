/** What the stages of a ladder leave, thinned for showing. */
import { InputError } from '../errors.ts';
import type { StageSummary } from '../records/record.ts';
import type { Journal } from './journal.ts';
import { float64 } from './phase.ts';

export interface StageSamples {
  readonly stage: number;
  readonly lambda: number;
  /** PT samples of its λ that it was trained on [m, d]. */
  readonly pt: Float64Array;
  /** Particles after it, resampled where they were and moved [n, d], with their log-weights [n]. */
  readonly particles: Float64Array;
  readonly logWeights: Float64Array;
}

/** Read back from the journal, and thinned: all stages of a long ladder are too much to hold. */
export function samplesOfStages(journal: Journal, summaries: readonly StageSummary[]): StageSamples[] {
  return summaries.map(({ stage, lambda }) => {
    const [pt, particles] = (['pt', 'particles'] as const).map((name) => journal.stage(stage).phase(name));
    if (pt === null || particles === null) throw new InputError(
      `stage ${stage} has lost its ${pt === null ? 'PT samples' : 'particles'}; restore the folder, or start a `
        + 'new run'
    );
    return thinStage({
      stage, lambda, pt: float64(pt.arrays['positions']), particles: float64(particles.arrays['samples']),
      logWeights: float64(particles.arrays['logWeights'])
    });
  });
}

/** Rows of a stage's samples that are kept for showing. */
const SHOWN = 4000;

/** Every k-th row, so that no more are left than can be seen. */
export function thinStage(stage: StageSamples): StageSamples {
  const d = stage.particles.length / stage.logWeights.length;
  const thin = (points: Float64Array, width: number): Float64Array => {
    const n = points.length / width;
    const every = Math.max(1, Math.ceil(n / SHOWN));
    return points.filter((_, at) => Math.floor(at / width) % every === 0);
  };
  return {
    ...stage, pt: thin(stage.pt, d), particles: thin(stage.particles, d), logWeights: thin(stage.logWeights, 1)
  };
}
