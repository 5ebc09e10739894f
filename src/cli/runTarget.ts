/** The target of an existing run: the built-in one, or the definition kept in the run directory. */
import { InputError } from '../errors.ts';
import { existsSync, readFileSync } from 'node:fs';
import { presetNamed, shapeOf, targetFor } from '../experiments/presets.ts';
import { checkSettings, type Settings } from '../generators/settings.ts';
import { stageName, type Run, type WritableRun } from '../store/run.ts';
import { shapedTarget } from '../targets/pathIntegral.ts';
import type { Target } from '../targets/target.ts';
import { dataHashOf } from './dataHash.ts';
import { KEPT_TARGET } from './execute.ts';
import { loadTarget } from './loadTarget.ts';

/** A run killed between its first record and the copy of its definition has computed nothing yet: make up for the copy. */
export function keepDefinition(run: WritableRun): void {
  const { targetFile } = run.record;
  if (targetFile !== null && !run.has(KEPT_TARGET) && !run.has(stageName(0)) && existsSync(targetFile)) run.writeFile(KEPT_TARGET, readFileSync(targetFile, 'utf8'));
}

/**
 * The definition's own file serves while it is unchanged (its imports lie beside it); else the copy kept in the run.
 * @throws InputError when neither can be loaded or the dimension differs
 */
export async function targetOfRun(run: Run): Promise<Target> {
  const { target: name, targetFile, dimension } = run.record;
  if (targetFile === null) return targetFor((await loadTarget(name)).target, presetNamed(run.record.preset), run.record.settings);
  const kept = run.file(KEPT_TARGET);
  if (!run.has(KEPT_TARGET)) throw new InputError(`${run.path} has lost ${KEPT_TARGET}, the definition of its target; start a new run`);
  const unchanged = existsSync(targetFile) && readFileSync(targetFile, 'utf8') === readFileSync(kept, 'utf8');
  const { target: defined } = await loadTarget(unchanged ? targetFile : kept).catch((error: unknown) => {
    if (unchanged || !(error instanceof InputError)) throw error;
    // The copy may miss what lay beside the file.
    throw new InputError(`${targetFile}, the definition of this run's target, is ${existsSync(targetFile) ? 'changed' : 'gone'}, and the copy in the run cannot be loaded: ${error.message}; restore the file, or start a new run`, { cause: error });
  });
  const target = shapedTarget(defined, shapeOf(run.record.settings));
  if (target.dimension !== dimension) throw new InputError(`${kept} has dimension ${target.dimension}, the run has ${dimension}`);
  if (run.record.dataHash !== null && run.record.dataHash !== dataHashOf(target)) {
    throw new InputError(`the data of ${targetFile} are not those that ${run.path} began with (now ${target.sum?.data.rows ?? 'no'} rows); restore them, or start a new run`);
  }
  return target;
}

export const settingsOfRun = (run: Run): Settings => checkSettings(run.record.settings);
