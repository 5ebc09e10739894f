/** What `jeffreys check` finds out: the object that `--json` prints. */
import type { Settings } from '../../settings/settings.ts';
import type { SubjectReport } from './subjects.ts';
import type { SamplerCost } from './tempering.ts';
import type { TrainingCost } from './training.ts';

export interface CheckReport {
  readonly target: string;
  /** null for a built-in one. */
  readonly file: string | null;
  readonly preset: string;
  /** Of the pipeline: exact, evaluated, noisy, … */
  readonly kind: string;
  readonly dimension: number;
  readonly energies: readonly SubjectReport[];
  readonly samplers: readonly SamplerCost[];
  readonly training: TrainingCost;
  /** Weighted samples at the end; seconds of their energies, null where there is none without noise. */
  readonly generation: { readonly samples: number; readonly energySeconds: number | null };
  readonly generator: Settings['ladder']['generator'];
  /** Of a run, at its peak; estimated. */
  readonly memoryBytes: number;
}
