/** The stored parts of a completed run, checked against its record. */
import { InputError } from '../errors.ts';
import { architectureOf } from '../generators/architectureOf.ts';
import { flatParameters } from '../flows/serialise.ts';
import type { PhaseName, Piece } from '../generators/journal.ts';
import type { TrainedFlow } from '../generators/trainingPhase.ts';
import { float64 } from '../generators/samplingPhase.ts';
import { readPhase } from '../store/journal.ts';
import { shown } from '../store/fileError.ts';
import type { Run } from '../store/run.ts';
import type { Target } from '../targets/target.ts';
import type { RunSamples } from './writeReport.ts';
import { settingsOfRun } from './runTarget.ts';

/** @throws InputError unless the run is complete */
export function requireComplete(run: Run): NonNullable<Run['record']['result']> {
  const { state, result } = run.record;
  if (state !== 'complete' || result === null) throw new InputError(`${shown(run.path)} is not complete (${state}); finish it with \`jeffreys resume ${shown(run.path)}\``);
  return result;
}

function requirePhase(run: Run, name: PhaseName): Piece {
  const piece = readPhase(run, 0, name);
  if (piece === null) throw new InputError(`${shown(run.path)} is marked complete but has lost its ${name} (${shown(run.file('stage-00/stage.json'))} does not name it); restore the folder, or start a new run`);
  return piece;
}

function shaped(run: Run, piece: Piece, name: string, d: number): Float64Array {
  const array = piece.arrays[name];
  const right = d === 0 ? array.shape.length === 1 : array.shape.length === 2 && array.shape[1] === d;
  if (!right) throw new InputError(`${shown(run.path)}: ${name} has shape [${array.shape.join(', ')}], should be ${d === 0 ? '[n]' : `[n, ${d}]`}`);
  return float64(array);
}

/** PT samples, ensemble and log-weights. */
export function readSamples(run: Run, target: Target): RunSamples {
  const d = target.dimension;
  const ensemble = requirePhase(run, 'ensemble');
  const samples = shaped(run, ensemble, 'samples', d);
  const logWeights = shaped(run, ensemble, 'logWeights', 0);
  if (samples.length !== logWeights.length * d) throw new InputError(`${shown(run.path)}: ${samples.length / d} samples but ${logWeights.length} log-weights`);
  return { tempered: { positions: shaped(run, requirePhase(run, 'pt'), 'positions', d) }, ensemble: { samples, logWeights } };
}

/** The trained flow. */
export function readFlow(run: Run, target: Target): Pick<TrainedFlow, 'architecture' | 'parameters'> {
  const settings = settingsOfRun(run);
  const architecture = architectureOf(target, settings);
  const { arrays } = requirePhase(run, 'flow');
  const empty = (length: number): Float32Array | Float64Array => (settings.precision === 'float64' ? new Float64Array(length) : new Float32Array(length));
  return { architecture, parameters: flatParameters(architecture, empty, (name) => arrays[name]) };
}
