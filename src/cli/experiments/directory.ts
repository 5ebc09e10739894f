/** Experiments on disk: a directory with `experiment.json` and one run directory per entry. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { experimentCatalogue } from '../../experiments/catalogue.ts';
import type { Experiment, ExperimentEntry } from '../../experiments/experiment.ts';
import { presetNamed } from '../../experiments/presets.ts';
import { EXPERIMENT_FILE } from '../../store/ownFiles.ts';
import { DEFAULT_ROOT, openRun } from '../../store/runDirectory.ts';
import { LATEST } from '../../store/runPaths.ts';
import { readSealed, writeSealed } from '../../store/seal.ts';

const experimentSchema = z.object({
  format: z.literal('jeffreys-flow experiment'),
  recordVersion: z.literal(1),
  name: z.enum(experimentCatalogue.map(({ name }) => name)),
  preset: z.string(),
  seed: z.number().int().nonnegative(),
  given: z.record(z.string(), z.unknown()),
});
export type ExperimentRecord = z.infer<typeof experimentSchema>;

export interface StoredExperiment {
  readonly record: ExperimentRecord;
  readonly experiment: Experiment;
  readonly entries: readonly ExperimentEntry[];
}

/** The directory of an experiment, or null when the path is no experiment's. */
export function findExperiment(path: string): string | null {
  const candidates = path === LATEST ? [join(DEFAULT_ROOT, LATEST)] : [path, join(DEFAULT_ROOT, path)];
  return candidates.find((candidate) => existsSync(join(candidate, EXPERIMENT_FILE))) ?? null;
}

/** @throws InputError where `experiment.json` is damaged or edited */
export async function readExperiment(directory: string): Promise<StoredExperiment> {
  const check = { run: null, file: EXPERIMENT_FILE, required: false };
  const record = readSealed(join(directory, EXPERIMENT_FILE), experimentSchema, check);
  const [entry] = experimentCatalogue.filter(({ name }) => name === record.name);
  const experiment = await entry.load();
  return { record, experiment, entries: experiment.entries(presetNamed(record.preset), record.given) };
}

export function writeExperiment(
  directory: string, about: Pick<ExperimentRecord, 'name' | 'preset' | 'seed' | 'given'>
): void {
  const record: ExperimentRecord = { format: 'jeffreys-flow experiment', recordVersion: 1, ...about };
  writeSealed(join(directory, EXPERIMENT_FILE), record, { run: null, file: EXPERIMENT_FILE });
}

/** Whether the run of an entry is marked complete. */
export const isComplete = (directory: string, { id }: ExperimentEntry): boolean =>
  existsSync(join(directory, id, 'run.json')) && openRun(join(directory, id)).record.state === 'complete';
