/** The stored parts of a completed run, checked against its record. */
import { InputError } from '../errors.ts';
import { checkStored, type PhaseName, type Piece } from '../pipeline/journal.ts';
import type { StoredPhases } from '../pipeline/kinds/kind.ts';
import { float64 } from '../pipeline/phase.ts';
import type { Proposal } from '../pipeline/proposal/proposal.ts';
import { ringPart } from '../pipeline/ring/ringPhase.ts';
import { decisionSchema, type StoredDecision } from '../pipeline/rounds/retake.ts';
import { proposalOf } from '../pipeline/run.ts';
import { thinStage } from '../pipeline/stageSamples.ts';
import type { Settings } from '../settings/settings.ts';
import { readPhase, readPhaseJson, type Place } from '../store/journal.ts';
import { shown } from '../store/fileError.ts';
import { stageName, type Run } from '../store/run.ts';
import type { Target } from '../targets/target.ts';
import type { RunSamples } from './writeReport.ts';
import { settingsOfRun } from './runTarget.ts';

/** @throws InputError unless the run is complete */
export function requireComplete(run: Run): NonNullable<Run['record']['result']> {
  const { state, result } = run.record;
  if (state !== 'complete' || result === null) throw new InputError(
    `${shown(run.path)} is not complete (${state}); finish it with \`jeffreys resume ${shown(run.path)}\``
  );
  return result;
}

/** @throws InputError for null: the commit marks do not name a phase that a complete run has */
function present<T>(run: Run, name: PhaseName, place: Place, found: T | null): T {
  if (found === null) throw new InputError(
    `${shown(run.path)} is marked complete but has lost its ${name} `
      + `(${shown(run.file(`${typeof place === 'number' ? stageName(place) : place}/stage.json`))} does not name `
      + 'it); restore the folder, or start a new run'
  );
  return found;
}

const requirePhase = (run: Run, name: PhaseName, stage = 0): Piece =>
  present(run, name, stage, readPhase(run, stage, name));

function shaped(run: Run, piece: Piece, name: string, d: number): Float64Array {
  const array = piece.arrays[name];
  const right = d === 0 ? array.shape.length === 1 : array.shape.length === 2 && array.shape[1] === d;
  if (!right) throw new InputError(
    `${shown(run.path)}: ${name} has shape [${array.shape.join(', ')}], should be ` + `${d === 0 ? '[n]' : `[n, ${d}]`}`
  );
  return float64(array);
}

/** Points with their log-weights. */
function weightedPoints(run: Run, piece: Piece, d: number): { samples: Float64Array; logWeights: Float64Array } {
  const samples = shaped(run, piece, 'samples', d);
  const logWeights = shaped(run, piece, 'logWeights', 0);
  if (samples.length !== logWeights.length * d)
    throw new InputError(`${shown(run.path)}: ${samples.length / d} samples but ${logWeights.length} log-weights`);
  return { samples, logWeights };
}

/** Where a completed run's weighted samples lie. */
const samplesOf = ({ ladder }: NonNullable<Run['record']['result']>): readonly [name: PhaseName, stage: number] =>
  (ladder === null ? ['ensemble', 0] : ['fresh', ladder.stages.length]);

/** What a completed run was made of must be there to be shown as its figures. @throws InputError naming what is lost */
export function requirePhases(run: Run): void {
  const result = requireComplete(run);
  const require = (name: PhaseName, place: Place): unknown =>
    present(run, name, place, readPhaseJson(run, place, name));
  require('pt', 0);
  for (let stage = 1; stage <= (result.ladder?.stages.length ?? 0); stage++) require('particles', stage);
  require(...samplesOf(result));
  for (const { beads } of result.pathIntegral?.rings ?? []) require('lift', ringPart(beads));
}

/** What was decided after each round of a complete run. */
export const readDecisions = (run: Run): StoredDecision[] =>
  (requireComplete(run).rounds?.rounds ?? []).map(({ round }) => {
    const json = present(run, 'attempts', round, readPhaseJson(run, round, 'attempts'));
    return checkStored(decisionSchema, json, 'figures of a round');
  });

/** PT samples, the run's weighted samples, and of a ladder what its stages left. */
export function readSamples(run: Run, target: Target): RunSamples {
  const d = target.dimension;
  const { ladder } = requireComplete(run);
  const ensemble = weightedPoints(run, requirePhase(run, ...samplesOf(requireComplete(run))), d);
  return {
    tempered: { positions: shaped(run, requirePhase(run, 'pt'), 'positions', d) },
    ensemble,
    stages: (ladder?.stages ?? []).map(({ stage, lambda }) => {
      const { samples, logWeights } = weightedPoints(run, requirePhase(run, 'particles', stage), d);
      return thinStage({
        stage, lambda, pt: shaped(run, requirePhase(run, 'pt', stage), 'positions', d), particles: samples, logWeights
      });
    }),
  };
}

/** Particles that SVRG moves have moved, of one flow on noisy energies; null where there are none. */
export function readMoved(run: Run, target: Target): RunSamples['ensemble'] | null {
  const piece = readPhase(run, 0, 'moved');
  return piece === null ? null : weightedPoints(run, piece, target.dimension);
}

/** What a completed run's samples were drawn from. @param output what the user wants of the samples' making */
export function readProposal(run: Run, target: Target, output: Partial<Settings['output']> = {}): Proposal {
  const settings = settingsOfRun(run);
  const result = requireComplete(run);
  return proposalOf({
    target, settings: { ...settings, output: { ...settings.output, ...output } }, result, stored: storedIn(run, 0),
  });
}

function storedIn(run: Run, place: number): StoredPhases {
  return {
    phase: (name) => requirePhase(run, name, place),
    json: (name) => present(run, name, place, readPhaseJson(run, place, name)),
    stage: (index) => storedIn(run, index),
  };
}
