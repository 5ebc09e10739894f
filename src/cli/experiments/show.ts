/** The figures of an experiment on standard output. */
import { join } from 'node:path';
import { publishedFigures } from '../../experiments/published.ts';
import { print } from '../print.ts';
import { summaryObject } from '../summary.ts';
import { REPORT_FILE } from '../writeReport.ts';
import { readExperiment, type StoredExperiment } from './directory.ts';
import { finishedRuns, type StoredRun } from './finishedRuns.ts';

/** Print an experiment's figures: a table, or one JSON object. */
export async function showExperiment(directory: string, json: boolean): Promise<void> {
  const stored = await readExperiment(directory);
  const done = finishedRuns(directory, stored.entries);
  print(json ? `${JSON.stringify(objectOf(directory, stored, done))}\n` : textOf(directory, stored, done));
}

function objectOf(directory: string, { record, entries }: StoredExperiment, done: readonly StoredRun[]): object {
  const runs = done.flatMap(({ entry, run }) => (run.record.result === null ? [] : [{
    id: entry.id, published: publishedFigures(entry.target.name, entry.settings.training.theta),
    ...summaryObject(run.record, run.record.result, run.path),
  }]));
  return {
    experiment: record.name, preset: record.preset, seed: record.seed, complete: done.length === entries.length, runs,
    runDir: directory
  };
}

function textOf(directory: string, { experiment, entries }: StoredExperiment, done: readonly StoredRun[]): string {
  const lines = [experiment.title, '', ...experiment.lines(done)];
  if (done.length < entries.length) lines.push(
    '', `${done.length} of ${entries.length} runs are complete; go on with \`jeffreys resume ${directory}\``
  );
  lines.push('', `runs    ${directory}`, `report  ${join(directory, REPORT_FILE)}`);
  return `${lines.join('\n')}\n`;
}
