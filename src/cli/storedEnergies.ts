/** Whether the energies that a run has stored are still those of its target, as its definition is now. */
import { keyFromSeed } from '../engine/random.ts';
import { checkedSamples, checkStoredEnergies, noisyLabels } from '../targets/storedEnergies.ts';
import { readRows } from '../store/journal.ts';
import type { Run } from '../store/run.ts';
import { compileEnergy } from '../targets/compile.ts';
import type { EnergyEvaluator } from '../targets/energyEvaluator.ts';
import { compileNoisyEnergy } from '../targets/noisyEnergy.ts';
import type { Target } from '../targets/target.ts';
import { settingsOfRun } from './runTarget.ts';

/**
 * For verbs that evaluate the energy of a completed run; resuming looks at it by itself.
 * @throws InputError in one line where a stored energy is another one now, beyond rounding
 */
export function checkEnergiesOf(run: Run, target: Target): void {
  // A built-in target changes with the version of this program only, of which a note is told.
  if (run.record.targetFile === null) return;
  const settings = settingsOfRun(run);
  let indices: readonly number[] = [];
  const rows = readRows(run, 0, 'pt', (n) => (indices = checkedSamples(n)));
  if (rows === null) return;
  const { positions, energies } = rows;
  checkStoredEnergies({
    name: target.name,
    indices,
    positions,
    energies,
    labels: labelsOf(run, target),
    precision: settings.sampling.precision,
  });
}

function labelsOf(run: Run, target: Target): (first: number) => EnergyEvaluator {
  const settings = settingsOfRun(run);
  if (settings.sampling.sampler !== 'resgld') {
    const energy = compileEnergy(target);
    return () => energy;
  }
  const noisy = compileNoisyEnergy(target);
  return (first) => noisyLabels(noisy, settings.noise, keyFromSeed(run.record.seed), first);
}
