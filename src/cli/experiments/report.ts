/** The page of an experiment. */
import { join } from 'node:path';
import { InputError } from '../../errors.ts';
import { writeFileAtomic } from '../../store/atomic.ts';
import { REPORT_FILE } from '../writeReport.ts';
import { readExperiment } from './directory.ts';
import { finishedRuns } from './finishedRuns.ts';

/** Write the experiment's report. @returns its path @throws InputError where there is nothing to report yet */
export async function reportExperiment(directory: string): Promise<string> {
  const { experiment, entries } = await readExperiment(directory);
  const page = experiment.page(finishedRuns(directory, entries));
  if (page === null)
    throw new InputError(`${directory} has no finished run yet; go on with \`jeffreys resume ${directory}\``);
  const file = join(directory, REPORT_FILE);
  writeFileAtomic(file, page);
  return file;
}
