/** A run directory as the pipeline's journal: which file holds which array, and what counts as finished. */
import { z } from 'zod';
import { InputError } from '../errors.ts';
import type { Journal, JournalArray, PhaseName, Piece } from '../generators/journal.ts';
import type { StoredArray } from './array.ts';
import type { NpyArray } from './npy.ts';
import { stageName, type Run, type WritableRun } from './run.ts';

/** Arrays that are files of their own, for NumPy to open; the rest of a phase goes to one safetensors file. */
const NPY_FILES: Readonly<Record<PhaseName, Readonly<Record<string, string>>>> = {
  pt: { positions: 'pt.npy', energies: 'pt_energies.npy' },
  flow: {},
  ensemble: { samples: 'ensemble.npy', logWeights: 'log_weights.npy', heldOutLogWeights: 'held_out_log_weights.npy' },
  path: { positions: 'path.npy', differences: 'path_differences.npy' },
  attempts: {},
  particles: { samples: 'ensemble.npy', logWeights: 'log_weights.npy' },
  'learned-full': {},
  'learned-stochastic': {},
  moved: { samples: 'moved.npy', logWeights: 'moved_log_weights.npy' },
  lift: { logWeights: 'log_weights.npy' },
  baseline: {},
  fresh: { samples: 'fresh.npy', logWeights: 'fresh_log_weights.npy', heldOutLogWeights: 'held_out_log_weights.npy' },
};
const TENSOR_FILES: Readonly<Partial<Record<PhaseName, string>>> = { flow: 'flow.safetensors', attempts: 'attempts.safetensors', 'learned-full': 'learned_full.safetensors', 'learned-stochastic': 'learned_stochastic.safetensors' };

const stageSchema = z.record(z.string(), z.unknown());
const STAGE_FILE = 'stage.json';

/** A stage by its number, or another folder by its name. */
export type Place = number | string;

const folderOf = (place: Place): string => (typeof place === 'number' ? stageName(place) : place);
const inStage = (place: Place, file: string): string => `${folderOf(place)}/${file}`;

/** Finished phases of a stage, by name: the commit marks. A phase counts only once it stands here. */
function phasesOf(run: Run, stage: Place): Record<string, unknown> {
  const file = inStage(stage, STAGE_FILE);
  return run.has(file) ? run.readJson(file, stageSchema) : {};
}

const isPlain = (array: StoredArray | NpyArray): array is JournalArray & StoredArray => array.dtype !== 'int64';

/** The JSON of a finished phase, without its arrays; null when it is not finished. */
export const readPhaseJson = (run: Run, stage: Place, name: PhaseName): unknown => phasesOf(run, stage)[name] ?? null;

/** A finished phase as stored. @returns null when it is not finished @throws InputError when a file is damaged */
export function readPhase(run: Run, stage: Place, name: PhaseName): Piece | null {
  const json = phasesOf(run, stage)[name];
  if (json === undefined) return null;
  const arrays: Record<string, JournalArray> = {};
  for (const [key, file] of Object.entries(NPY_FILES[name])) arrays[key] = run.readArray(inStage(stage, file));
  const tensorFile = TENSOR_FILES[name];
  if (tensorFile !== undefined) {
    for (const [key, tensor] of Object.entries(run.readTensors(inStage(stage, tensorFile)).tensors)) {
      if (!isPlain(tensor)) throw new InputError(`${run.file(inStage(stage, tensorFile))}: tensor ${key} is int64; weights are float32 or float64`);
      arrays[key] = tensor;
    }
  }
  return { json, arrays };
}

/** The journal of one stage, or of a part, of a run that this process writes. */
export function runJournal(run: WritableRun, stage: Place = 0): Journal {
  return {
    phase: (name) => {
      const piece = readPhase(run, stage, name);
      // A process killed right after it finished the phase has left its checkpoint.
      if (piece !== null) run.removeCheckpoint(inStage(stage, name));
      return piece;
    },
    finishPhase: (name, { json, arrays }) => {
      run.folder(folderOf(stage));
      const tensors: Record<string, JournalArray> = {};
      for (const [key, array] of Object.entries(arrays)) {
        const file = NPY_FILES[name][key];
        if (file === undefined) tensors[key] = array;
        else run.writeArray(inStage(stage, file), array);
      }
      const tensorFile = TENSOR_FILES[name];
      if (tensorFile !== undefined) run.writeTensors(inStage(stage, tensorFile), tensors, { format: 'jeffreys-flow' });
      run.writeJson(inStage(stage, STAGE_FILE), { ...phasesOf(run, stage), [name]: json });
      run.removeCheckpoint(inStage(stage, name));
    },
    checkpoint: (name) => {
      const found = run.readCheckpoint(inStage(stage, name), z.unknown());
      if (found === null) return null;
      const arrays = Object.fromEntries(Object.entries(found.arrays).filter((entry): entry is [string, JournalArray & StoredArray] => isPlain(entry[1])));
      return { json: found.json, arrays };
    },
    saveCheckpoint: (name, { json, arrays }) => {
      run.folder(folderOf(stage));
      run.writeCheckpoint(inStage(stage, name), { json, arrays });
    },
    stage: (index) => runJournal(run, typeof stage === 'number' ? index : `${stage}/${stageName(index)}`),
    part: (name) => runJournal(run, name),
  };
}
