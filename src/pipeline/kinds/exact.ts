/** Energies that are known: tempering on them, then one flow, or a ladder of flows where one falls short. */
import { z } from 'zod';
import { foldIn } from '../../engine/random.ts';
import { threadsOf } from '../../settings/output.ts';
import { stageSchema } from '../../records/record.ts';
import { compileEnergy } from '../../targets/compile.ts';
import type { EnergyEvaluator } from '../../targets/energyEvaluator.ts';
import type { ParameterArray } from '../../training/flowMap.ts';
import type { TrainingData } from '../../training/trainer.ts';
import type { TemperedSamples } from '../../verdict/samples.ts';
import { splitData, temperedBank } from '../bank/bank.ts';
import { bridgeRungs, runTempering } from '../bank/tempering.ts';
import { checkBox, checkTarget } from '../../targets/checkTarget.ts';
import { chooseGenerator, type PipelineResult } from '../choice.ts';
import { exactView, type EnergyView, type ViewOf } from '../energies.ts';
import { checkStored } from '../journal.ts';
import type { Proposal } from '../proposal/proposal.ts';
import { architectureOf } from '../transport/architecture.ts';
import { storedFlow } from '../transport/training.ts';
import type { TransportStage } from '../transport/transport.ts';
import type { FinishedRun, Kind, Problem, StoredPhases } from './kind.ts';
import { ladder, ladderProposal } from './ladder.ts';
import { inRounds, roundsProposal } from './rounds.ts';
import { flowProposal, oneFlow } from './oneFlow.ts';
import { judgeWay, resultOf, travel } from './way.ts';

/** A target whose own samples are there, and its energy. @typeParam B what was made before them */
export interface Tempered<B> {
  readonly energy: EnergyEvaluator;
  readonly view: EnergyView;
  /** Why the energy runs in the slower executor, if it does. */
  readonly notices: readonly string[];
  readonly samples: TrainingData & { readonly tempered: TemperedSamples };
  readonly before: B;
}

/** @param first work that comes before the tempering of the target @throws Interrupted when asked to stop */
export async function temperTarget<B>(
  { target, settings, key, surroundings }: Problem, viewOf: ViewOf, first: (energy: EnergyEvaluator) => Promise<B>,
): Promise<Tempered<B>> {
  const notices: string[] = [];
  const notice = (message: string): void => { notices.push(message); };
  const energy = compileEnergy(target, { notice, threads: threadsOf(settings.output) });
  checkTarget(target, energy);
  architectureOf(target, settings.flow);
  const before = await first(energy);
  const { sampling, ladder: own, output } = settings;
  const tempered = await runTempering({
    target, energy, sampling, rungs: bridgeRungs(sampling, own, target.dimension), threads: output.threads,
    key: foldIn(key, 'parallel tempering'), surroundings,
  });
  const samples = { samples: tempered.positions, energies: tempered.energies, tempered };
  return { energy, view: viewOf(target, energy), notices, samples, before };
}

const runWith = (viewOf: ViewOf) => (problem: Problem): Promise<PipelineResult> => {
  const { settings, surroundings } = problem;
  if (settings.ladder.generator === 'rounds') return inRounds(problem, viewOf);
  checkBox(problem.target);
  return chooseGenerator(settings.ladder, surroundings, {
    flow: () => runFlow(problem, viewOf),
    ladder: async (choice) => {
      const outcome = await runLadder(problem, viewOf);
      return { ...outcome, result: { ...outcome.result, choice } };
    },
  });
};

async function runFlow(problem: Problem, viewOf: ViewOf): Promise<PipelineResult> {
  const { target, settings, prepareData } = problem;
  const tempering = await temperTarget(problem, viewOf, () => Promise.resolve());
  const { energy, view, notices, samples: { tempered } } = tempering;
  const bank = temperedBank(tempered, settings.training.heldOut, target.dimension, prepareData);
  const travelled = await travel(oneFlow(problem, view, energy, bank));
  const judged = await judgeWay(problem, tempered, travelled, { energy, energyNotices: notices, searchWells: true });
  return resultOf(judged, tempered, travelled, { stages: [] });
}

async function runLadder(problem: Problem, viewOf: ViewOf): Promise<PipelineResult> {
  const { target, settings, key } = problem;
  const { energy, view, notices, samples } = await temperTarget(problem, viewOf, () => Promise.resolve());
  const { test: heldOut } = splitData(samples, settings.training.heldOut, target.dimension);
  const travelled = await travel(await ladder(problem, { energy, view, heldOut, key: foldIn(key, 'ladder') }));
  const { ladder: summary, warnings, bank, samples: stages } = travelled.drawn;
  const judged = await judgeWay(problem, samples.tempered, travelled, {
    energy, energyNotices: notices, banks: bank === null ? [] : [bank], ladder: { summary, warnings },
    searchWells: true,
  });
  return resultOf(judged, samples.tempered, travelled, { stages });
}

const particlesSchema = z.object({ summary: stageSchema });

/** The flow of a finished run, or its ladder. */
function proposal(run: FinishedRun): Proposal {
  const { target, settings, result, stored } = run;
  if (result.rounds !== null) return roundsProposal(run);
  const { flow, output, ladder: own } = settings;
  const architecture = architectureOf(target, flow);
  const energy = compileEnergy(target, { threads: threadsOf(output) });
  const parametersOf = (place: StoredPhases, label: string): ParameterArray =>
    storedFlow(architecture, output.precision, place.phase('flow'), label);
  if (result.ladder === null) {
    const stages = [{ lambda: 1, parameters: parametersOf(stored, ''), stepSize: 0 }];
    return flowProposal({ target, architecture, stages, output }, energy);
  }
  const stages = result.ladder.stages.map(({ stage }): TransportStage => {
    const place = stored.stage(stage);
    const label = ` of stage ${stage}`;
    const { summary } = checkStored(particlesSchema, place.json('particles'), `particles${label}`);
    const { lambda, map, stepSize } = summary;
    return { lambda, stepSize, parameters: map === 'flow' ? parametersOf(place, label) : null };
  });
  const transport = { target, architecture, stages, output };
  return ladderProposal(target, transport, energy, output.threads, own.freshRejuvenation);
}

/** @param viewOf how flows are trained on the energy */
export const knownKind = (name: string, is: Kind['is'], viewOf: ViewOf): Kind => ({
  name,
  is,
  inRounds: ({ ladder: { generator } }) => generator === 'rounds',
  check: (target, { ladder: own }) => {
    if (own.generator !== 'rounds') checkBox(target);
    // Rounds find first where the target is.
    if (target.hasBox) checkTarget(target, compileEnergy(target));
  },
  run: runWith(viewOf),
  proposal,
});

/** An array program, which training traces. */
export const exactKind = knownKind('exact', () => true, exactView);
