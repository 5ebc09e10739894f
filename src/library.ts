/** What a program needs for a first run: a target, and nothing else. */
import { presetNamed, settingsFor, type PresetName } from './experiments/presets.ts';
import { memoryJournal, type PipelineEvent, type Surroundings } from './pipeline/journal.ts';
import { phasesIn } from './pipeline/kinds/kind.ts';
import type { Proposal } from './pipeline/proposal/proposal.ts';
import { proposalOf, runPipeline as run, type PipelineOptions, type PipelineResult } from './pipeline/run.ts';
import type { GivenSettings } from './settings/check.ts';
import type { Target } from './targets/target.ts';

/** Everything in memory, nobody who listens, and no stop. @param change what is to be otherwise */
export const quietSurroundings = (change: Partial<Surroundings> = {}): Surroundings => ({
  journal: memoryJournal(),
  emit: () => undefined,
  signal: new AbortController().signal,
  now: () => performance.now(),
  breathe: () => new Promise((resolve) => { setTimeout(resolve, 0); }),
  ...change,
});

/** A run with settings that are whole; `surroundings` are quiet ones unless given. See pipeline/run.ts. */
export const runPipeline = (
  { surroundings = quietSurroundings(), ...options }: Omit<PipelineOptions, 'surroundings'> & Partial<PipelineOptions>,
): Promise<PipelineResult> => run({ ...options, surroundings });

/** What {@link sample} may be told; all of it has a default. */
export interface RunOptions {
  /** Of every random stream; default 0. */
  readonly seed?: number;
  /** Whose defaults; default: `default`. */
  readonly preset?: PresetName;
  /** Settings that differ, by any of their names: `{ 'ladder.particles': 20000 }`, `{ particles: 20000 }`. */
  readonly settings?: GivenSettings;
  /** Where finished phases and checkpoints go; default: memory. */
  readonly journal?: Surroundings['journal'];
  /** Is told what happens. */
  readonly onEvent?: (event: PipelineEvent) => void;
  /** Stops the run, which then throws {@link Interrupted}. */
  readonly signal?: AbortSignal;
}

/** What {@link sample} returns: the figures, the weighted samples they are made of, and where more come from. */
export interface Sampled extends PipelineResult {
  /** To draw any number of weighted samples from. */
  readonly proposal: Proposal;
}

/**
 * Sample a target: tempering, flows, weights, verdict.
 * @throws InputError for a target or settings that cannot be run; Interrupted when asked to stop
 */
export async function sample(target: Target, options: RunOptions = {}): Promise<Sampled> {
  const { seed = 0, preset = 'default', settings: given = {}, journal = memoryJournal(), onEvent, signal } = options;
  const settings = settingsFor(target, presetNamed(preset), given);
  const surroundings = quietSurroundings({
    journal, ...(onEvent === undefined ? {} : { emit: onEvent }), ...(signal === undefined ? {} : { signal }),
  });
  const outcome = await run({ target, settings, seed, surroundings });
  const proposal = proposalOf({ target, settings, result: outcome.result, stored: phasesIn(journal) });
  return { ...outcome, proposal };
}
