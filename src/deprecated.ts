/** Names of version 0.1 that people may use; they go with the next version. Each says what is there in its place. */
import type { Key } from './engine/random.ts';
import type { Architecture } from './flows/architecture.ts';
import { noPause, uncut, type Cuts, type Pause } from './pausing.ts';
import { flowProposal } from './pipeline/kinds/oneFlow.ts';
import { ladderProposal } from './pipeline/kinds/ladder.ts';
import { liftedProposal, streamRings as ringsOf } from './pipeline/ring/lift.ts';
import { runPipeline, type PipelineOptions, type PipelineResult } from './pipeline/run.ts';
import type { Transport, TransportStage, WeightedPiece } from './pipeline/transport/transport.ts';
import type { OutputSettings } from './settings/output.ts';
import type { EnergyEvaluator } from './targets/energyEvaluator.ts';
import type { PathIntegral } from './targets/pathIntegral.ts';
import type { Ring } from './targets/ringBeads.ts';
import type { Target } from './targets/target.ts';
import type { ParameterArray } from './training/flowMap.ts';

type StreamSettings = Pick<OutputSettings, 'precision' | 'baseSampling' | 'device' | 'executor' | 'threads'>;

/** @deprecated Take `PipelineOptions`. */
export type SingleStepOptions = PipelineOptions;
/** @deprecated Take `PipelineResult`. */
export type SingleStepResult = PipelineResult;
/** @deprecated Take `TransportStage`. */
export type LadderStage = TransportStage;

/** @deprecated Take `runPipeline` with the setting `ladder.generator` at `flow`. */
export const runSingleStep = (options: PipelineOptions): Promise<PipelineResult> => {
  const { settings } = options;
  return runPipeline({ ...options, settings: { ...settings, ladder: { ...settings.ladder, generator: 'flow' } } });
};

/** @deprecated See {@link streamSamples}. */
export interface StreamSource {
  readonly target: Target;
  readonly energy: EnergyEvaluator;
  readonly flow: { readonly architecture: Architecture; readonly parameters: ParameterArray };
  readonly settings: StreamSettings;
}

/** @deprecated Take `proposalOf(run).stream(key, total, from)`. */
export function streamSamples(
  { target, energy, flow: { architecture, parameters }, settings: output }: StreamSource, key: Key, total: number,
  from = 0, pause: Pause = noPause,
): AsyncGenerator<WeightedPiece> {
  const stages = [{ lambda: 1, parameters, stepSize: 0 }];
  return flowProposal({ target, architecture, stages, output }, energy)
    .stream(key, total, from, { pause, size: () => Infinity });
}

/** @deprecated See {@link streamLadder}. */
export interface LadderSource extends Omit<StreamSource, 'flow'> {
  readonly architecture: Architecture;
  readonly stages: readonly TransportStage[];
}

/** @deprecated Take `proposalOf(run).moving(moves).stream(key, total, from)`. */
export function streamLadder(
  { target, energy, architecture, stages, settings: output }: LadderSource, key: Key, moves: number, total: number,
  from = 0, cuts: Cuts = uncut,
): AsyncGenerator<WeightedPiece> {
  return ladderProposal(target, { target, architecture, stages, output }, energy, output.threads, moves)
    .stream(key, total, from, cuts);
}

/** @deprecated See {@link streamRings}. */
export interface LiftedFlow {
  /** Of the low modes. */
  readonly target: Target;
  readonly pathIntegral: PathIntegral;
  readonly architecture: Architecture;
  /** Of the flows that follow each other, without moves between them; null: the identity. */
  readonly flows: readonly (ParameterArray | null)[];
  readonly settings: StreamSettings;
}

const transportOf = ({ target, architecture, flows, settings: output }: LiftedFlow): Transport => ({
  target, architecture, output,
  stages: flows.map((parameters, k) => ({ lambda: (k + 1) / flows.length, parameters, stepSize: 0 })),
});

/** @deprecated Take `proposalOf(run).lift(beads).stream(key, total, from)`: rings in standardised modes. */
export const streamRings = (
  flow: LiftedFlow, ring: Ring, key: Key, total: number, from = 0,
): AsyncGenerator<WeightedPiece> => ringsOf(transportOf(flow), flow.pathIntegral, ring, key, total, from);

/** @deprecated Take `proposalOf(run).lift(beads)`: its `written` makes positions of the rings of its stream. */
export async function* streamBeads(
  flow: LiftedFlow, beads: number, key: Key, total: number, from = 0,
): AsyncGenerator<WeightedPiece> {
  const lifted = liftedProposal(flow.target, flow.pathIntegral, transportOf(flow), beads);
  const { written = (x) => x } = lifted;
  for await (const piece of lifted.stream(key, total, from)) yield { ...piece, samples: written(piece.samples) };
}
