/** What a pipeline asks of its surroundings: a place for finished phases and checkpoints, an ear, and a stop signal. */
import type { z } from 'zod';
import { InputError } from '../errors.ts';

export type JournalArray =
  | { readonly dtype: 'float64'; readonly shape: readonly number[]; readonly data: Float64Array }
  | { readonly dtype: 'float32'; readonly shape: readonly number[]; readonly data: Float32Array }
  | { readonly dtype: 'int32'; readonly shape: readonly number[]; readonly data: Int32Array };

/** JSON and arrays that belong together, saved and found again whole. */
export interface Piece {
  readonly json: unknown;
  readonly arrays: Readonly<Record<string, JournalArray>>;
}

/**
 * Of one flow: tempering, the flow, its weighted samples. Of a ladder: tempering along the path; per stage the PT
 * samples (pt), steps that were tried and shrunk (attempts), the flow, the particles; at the end weighted samples
 * through all of it. On noisy energies also the networks of learned weights (learned-full, learned-stochastic), and
 * particles of one flow that were moved. Of a path integral also what became of rings of other numbers of beads (lift),
 * and tempering on them without a flow (baseline). Of rounds: samples of wells that a search found (searched), standard
 * units (frame); per round training that goes on (trunk), its beginning (trial) and, where that has learned samples by
 * heart, two ways on (alone, together), the flow, the chains that it refreshed (stirred), and what was decided then
 * (attempts), as after each run of tempering.
 */
export type PhaseName = 'pt' | 'flow' | 'ensemble' | 'path' | 'attempts' | 'particles' | 'fresh' | 'learned-full'
  | 'learned-stochastic' | 'moved' | 'lift' | 'baseline' | 'searched' | 'frame' | 'trial' | 'alone'
  | 'together' | 'trunk' | 'stirred';

/** Finished phases are kept; the checkpoint of the phase under way is replaced again and again. */
export interface Journal {
  phase(name: PhaseName): Piece | null;
  finishPhase(name: PhaseName, piece: Piece): void;
  checkpoint(name: PhaseName): Piece | null;
  saveCheckpoint(name: PhaseName, piece: Piece): void;
  /** The journal of a stage of a ladder, 1, 2, …; this one is stage 0. */
  stage(index: number): Journal;
  /** A journal apart, with stages of its own, under a name of lower-case letters, digits and hyphens. */
  part(name: string): Journal;
}

/** What happens in a run, as it happens. Figures that are not finite are null. */
export type PipelineEvent =
  | { readonly kind: 'phase'; readonly phase: PhaseName; readonly resumed: boolean }
  | {
    readonly kind: 'sampling'; readonly stage: 'warmup' | 'main' | 'done'; readonly done: number;
    readonly total: number; readonly smallestSwapRate: number | null; readonly roundTrips: number
  }
  | {
    readonly kind: 'training'; readonly done: number; readonly total: number; readonly loss: number | null;
    readonly reverseEss: number | null; readonly forwardEss: number | null
  }
  | {
    readonly kind: 'stage'; readonly stage: number; readonly lambda: number; readonly share: number;
    readonly cess: number | null; readonly ess: number | null; readonly resumed: boolean
  }
  | { readonly kind: 'ring'; readonly beads: number; readonly resumed: boolean }
  | {
    /** What goes on, the figure that is waited for, and seconds: those it may take, and those that are left to all. */
    readonly kind: 'awaiting'; readonly place: string; readonly figure: string | null;
    readonly seconds: number | null; readonly budgetSeconds: number | null
  }
  | { readonly kind: 'moves'; readonly done: number; readonly total: number }
  | { readonly kind: 'learning'; readonly done: number; readonly total: number }
  | { readonly kind: 'note'; readonly message: string }
  | { readonly kind: 'generation'; readonly done: number; readonly total: number };

/** Disk, terminal, clock and Ctrl-C, as a pipeline sees them: `quietSurroundings` has some without any. */
export interface Surroundings {
  readonly journal: Journal;
  readonly emit: (event: PipelineEvent) => void;
  /** Aborted when the user asks to stop; the pipeline then saves a checkpoint and throws {@link Interrupted}. */
  readonly signal: AbortSignal;
  /** Milliseconds of a monotonic clock. */
  readonly now: () => number;
  /** Lets pending signals and writes happen. */
  readonly breathe: () => Promise<void>;
  /** Milliseconds between checkpoints, 3000 unless given: what a kill may cost. It never changes a result. */
  readonly saveEvery?: number;
}

/**
 * JSON that a phase has stored. @throws InputError in one line where it is not what it should be @param what of which
 * the JSON is
 */
export function checkStored<T>(schema: z.ZodType<T>, json: unknown, what: string): T {
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new InputError(
    `what is stored of the ${what} is damaged (${issue.path.map(String).join('.') || 'it'}: `
      + `${issue.message}); restore the folder, or start a new run`
  );
}

/** Thrown when a run stops because it was asked to; everything done so far is saved. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
}

/** A journal in memory: for library use without a run directory, and for tests. */
export function memoryJournal(): Journal {
  const phases = new Map<PhaseName, Piece>();
  const checkpoints = new Map<PhaseName, Piece>();
  const others = new Map<number | string, Journal>();
  const other = (name: number | string): Journal => {
    const found = others.get(name) ?? memoryJournal();
    others.set(name, found);
    return found;
  };
  return {
    phase: (name) => phases.get(name) ?? null,
    finishPhase: (name, piece) => {
      phases.set(name, piece);
      checkpoints.delete(name);
    },
    checkpoint: (name) => checkpoints.get(name) ?? null,
    saveCheckpoint: (name, piece) => { checkpoints.set(name, piece); },
    stage: other,
    part: other,
  };
}
