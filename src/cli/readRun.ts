/** The stored parts of a completed run, checked against its record. */
import { z } from 'zod';
import { InputError } from '../errors.ts';
import { architectureOf } from '../generators/architectureOf.ts';
import { storedWeights, stepLogWeights } from '../generators/learnedWeights.ts';
import { exactWeights, type NoisyFlow, type StepWeights } from '../generators/noisyChain.ts';
import { checkStored, type PhaseName, type Piece } from '../generators/journal.ts';
import type { LadderSource, LadderStage } from '../generators/ladderChain.ts';
import { storedFlow, type TrainedFlow } from '../generators/trainingPhase.ts';
import { float64 } from '../generators/samplingPhase.ts';
import type { LiftedFlow } from '../generators/liftedRing.ts';
import type { Settings } from '../generators/settings.ts';
import { ringPart } from '../generators/ringPhase.ts';
import { thinStage } from '../generators/stageSamples.ts';
import { stageSchema } from '../records/record.ts';
import { readPhase, readPhaseJson, type Place } from '../store/journal.ts';
import { shown } from '../store/fileError.ts';
import { stageName, type Run } from '../store/run.ts';
import { compileEnergy } from '../targets/compile.ts';
import type { PathIntegral } from '../targets/pathIntegral.ts';
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

/** The trained flow. @throws InputError for a run of a ladder, which has one for every stage */
export function readFlow(run: Run, target: Target): Pick<TrainedFlow, 'architecture' | 'parameters'> {
  if ((run.record.result?.ladder ?? null) !== null) throw new InputError(
    `${shown(run.path)} is a ladder of flows: its flows are the files flow.safetensors of `
      + `${shown(run.file('stage-01'))} and those after it`
  );
  if ((run.record.result?.noise?.stages.length ?? 1) > 1) throw new InputError(
    `${shown(run.path)} has several flows, one after the other: they are the files flow.safetensors of `
      + `${shown(run.file('stage-01'))} and those after it`
  );
  const settings = settingsOfRun(run);
  const architecture = architectureOf(target, settings);
  return { architecture, ...storedFlow(architecture, settings.precision, requirePhase(run, 'flow')) };
}

/** The flow of a path integral's low modes, or its ladder's flows without moves between them. */
export function readLiftedFlow(run: Run, target: Target, pathIntegral: PathIntegral, settings: Settings): LiftedFlow {
  const architecture = architectureOf(target, settings);
  const ladder = (run.record.result?.ladder ?? null) !== null;
  return {
    target, pathIntegral, architecture, settings,
    flows: ladder ? readLadder(run, target).stages.map(({ parameters }) => parameters)
      : [readFlow(run, target).parameters]
  };
}

/**
 * The flows of a run on noisy energies, and how their weights are made: from the energy itself where it can be had,
 * else as the run learned them.
 */
export function readNoisyFlow(
  run: Run, target: Target, noise: NonNullable<NonNullable<Run['record']['result']>['noise']>
): { flow: NoisyFlow; weigh: StepWeights; weights: string } {
  const settings = settingsOfRun(run);
  const architecture = architectureOf(target, settings);
  const numbers = noise.stages.length > 1 ? noise.stages.map(({ stage }) => stage) : [0];
  const flow = { target, architecture, settings, flows: numbers.map(
    (stage) => storedFlow(
      architecture, settings.precision, requirePhase(run, 'flow', stage), stage === 0 ? '' : ` of stage ${stage}`
    ).parameters
  ) };
  if (noise.fullEnergy) return { flow, weigh: exactWeights(flow, compileEnergy(target)), weights: 'exact' };
  const fits =
    numbers.map((stage) => storedWeights(target.dimension, settings, requirePhase(run, 'learned-stochastic', stage)));
  return { flow, weights: 'learned-stochastic', weigh: async (k, x, z, logDet, n) => stepLogWeights(
    settings, await fits[k](x, z, n), logDet
  ) };
}

const particlesSchema = z.object({ summary: stageSchema });

/** The flows of a ladder, from the base to the target. */
export function readLadder(run: Run, target: Target): Pick<LadderSource, 'architecture' | 'stages'> {
  const settings = settingsOfRun(run);
  const architecture = architectureOf(target, settings);
  const stages = (run.record.result?.ladder?.stages ?? []).map(({ stage }): LadderStage => {
    const { summary: { lambda, map, stepSize } } = checkStored(
      particlesSchema, present(run, 'particles', stage, readPhaseJson(run, stage, 'particles')),
      `particles of stage ${stage} (${shown(run.file(`${stageName(stage)}/stage.json`))})`
    );
    return {
      lambda, stepSize,
      parameters: map === 'flow' ? storedFlow(
        architecture, settings.precision, requirePhase(run, 'flow', stage), ` of stage ${stage}`
      ).parameters : null
    };
  });
  return { architecture, stages };
}
