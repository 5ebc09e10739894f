/** A run directory as the pipeline's journal: which file holds which array, and what counts as finished. */
import { basename, dirname } from 'node:path';
import { z } from 'zod';
import { InputError } from '../errors.ts';
import type { Journal, JournalArray, PhaseName, Piece } from '../pipeline/journal.ts';
import type { StoredArray } from './array.ts';
import { CHECKSUM, RESTORE } from './checksum.ts';
import { shown } from './fileError.ts';
import { encodeNpy, type NpyArray } from './npy.ts';
import { MARK_FILE, namesBelow } from './piece.ts';
import { stageName, type Run } from './run.ts';
import type { WritableRun } from './writableRun.ts';
import { encodeSafetensors } from './safetensors.ts';

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
  searched: {},
  frame: {},
  trial: {},
  alone: {},
  together: {},
  trunk: {},
  stirred: { positions: 'stirred.npy', energies: 'stirred_energies.npy' },
  fresh: { samples: 'fresh.npy', logWeights: 'fresh_log_weights.npy', heldOutLogWeights: 'held_out_log_weights.npy' },
};
const TENSOR_FILES: Readonly<Partial<Record<PhaseName, string>>> = {
  flow: 'flow.safetensors', attempts: 'attempts.safetensors', 'learned-full': 'learned_full.safetensors',
  'learned-stochastic': 'learned_stochastic.safetensors', searched: 'searched.safetensors',
  frame: 'frame.safetensors', trial: 'trial.safetensors', alone: 'alone.safetensors',
  together: 'together.safetensors', trunk: 'trunk.safetensors',
};

/** Names of the files of every phase, within its folder. */
export const PHASE_FILES: readonly string[] = [
  ...Object.values(NPY_FILES).flatMap((files) => Object.values(files)), ...Object.values(TENSOR_FILES),
];

const sumsSchema = z.record(z.string(), z.string().regex(CHECKSUM));
/** Checksums of the files of every phase stand beside the phases. Marks of before there were any have none. */
const marksSchema = z.looseObject({ files: z.record(z.string(), sumsSchema).default({}) });

/** A stage by its number, or another folder by its name. */
export type Place = number | string;

const folderOf = (place: Place): string => (typeof place === 'number' ? stageName(place) : place);
const inStage = (place: Place, file: string): string => `${folderOf(place)}/${file}`;

/** Checksums of files by their names in the folder. */
type Sums = Readonly<Record<string, string>>;

interface Marks {
  /** JSON of the finished phases by name. A phase counts only once it stands here. */
  readonly phases: Readonly<Record<string, unknown>>;
  readonly files: Readonly<Record<string, Sums>>;
}

function marksOf(run: Run, stage: Place): Marks {
  const file = inStage(stage, MARK_FILE);
  if (!run.has(file)) return { phases: {}, files: {} };
  const { files, ...phases } = run.readJson(file, marksSchema);
  return { phases, files };
}

/** Of one file of a finished phase; null for one of before there were checksums. */
function sumOf(run: Run, stage: Place, { files }: Marks, name: string, file: string): string | null {
  const sum = files[name]?.[file] ?? null;
  if (sum !== null || !run.sealed) return sum;
  const mark = shown(run.file(inStage(stage, MARK_FILE)));
  throw new InputError(`${mark} has no checksum of ${file}, which ${name} is made of; ${RESTORE}`);
}

const isPlain = (array: StoredArray | NpyArray): array is JournalArray & StoredArray => array.dtype !== 'int64';

/** The JSON of a finished phase, without its arrays; null when it is not finished. */
export const readPhaseJson = (run: Run, stage: Place, name: PhaseName): unknown =>
  marksOf(run, stage).phases[name] ?? null;

/** A finished phase as stored. @returns null when it is not finished @throws InputError when a file is damaged */
export function readPhase(run: Run, stage: Place, name: PhaseName): Piece | null {
  const marks = marksOf(run, stage);
  const json = marks.phases[name];
  if (json === undefined) return null;
  const arrays: Record<string, JournalArray> = {};
  const sum = (file: string): string | null => sumOf(run, stage, marks, name, file);
  for (const [key, file] of Object.entries(NPY_FILES[name])) {
    arrays[key] = run.readArray(inStage(stage, file), sum(file));
  }
  const tensorFile = TENSOR_FILES[name];
  if (tensorFile !== undefined) {
    for (const [key, tensor] of Object.entries(run.readTensors(inStage(stage, tensorFile), sum(tensorFile)).tensors)) {
      if (!isPlain(tensor)) throw new InputError(
        `${run.file(inStage(stage, tensorFile))}: tensor ${key} is int64; weights are float32 or float64`
      );
      arrays[key] = tensor;
    }
  }
  return { json, arrays };
}

/**
 * Some rows of the arrays of a finished phase that are files of their own.
 * @param pick their indices, of so many
 * @returns null when it is not finished
 */
export function readRows(
  run: Run, stage: Place, name: PhaseName, pick: (rows: number) => readonly number[],
): Record<string, Float64Array> | null {
  const marks = marksOf(run, stage);
  if (marks.phases[name] === undefined) return null;
  const rows = (file: string): Float64Array =>
    run.readRows(inStage(stage, file), sumOf(run, stage, marks, name, file), pick);
  return Object.fromEntries(Object.entries(NPY_FILES[name]).map(([key, file]) => [key, rows(file)]));
}

/**
 * Reads every file of every finished phase, in bounded memory.
 * @throws InputError naming the first that is damaged or gone
 */
export function checkFiles(run: Run): void {
  for (const name of namesBelow(run.path).filter((file) => basename(file) === MARK_FILE).sort()) {
    const folder = dirname(name);
    const { files } = marksOf(run, folder);
    const sums = Object.values(files).flatMap((own) => Object.entries(own));
    for (const [file, sum] of sums) run.checkFile(inStage(folder, file), sum);
  }
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
      const sums: Record<string, string> = {};
      const tensors: Record<string, JournalArray> = {};
      for (const [key, array] of Object.entries(arrays)) {
        const file = NPY_FILES[name][key];
        if (file === undefined) tensors[key] = array;
        else sums[file] = run.stageFile(inStage(stage, file), encodeNpy(array));
      }
      const tensorFile = TENSOR_FILES[name];
      if (tensorFile !== undefined) {
        const pieces = encodeSafetensors(tensors, { format: 'jeffreys-flow' });
        sums[tensorFile] = run.stageFile(inStage(stage, tensorFile), pieces);
      }
      const { phases, files } = marksOf(run, stage);
      // From here on the phase counts.
      run.writeJson(inStage(stage, MARK_FILE), { ...phases, [name]: json, files: { ...files, [name]: sums } });
      run.placeFiles(folderOf(stage), sums);
      run.removeCheckpoint(inStage(stage, name));
    },
    checkpoint: (name) => {
      const found = run.readCheckpoint(inStage(stage, name), z.unknown());
      if (found === null) return null;
      const arrays = Object.fromEntries(
        Object.entries(found.arrays).filter((entry): entry is [string, JournalArray & StoredArray] => isPlain(entry[1]))
      );
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
