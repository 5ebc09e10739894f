/**
 * Path integrals (arXiv 2604.05303): classical samples train one flow of a ring's low modes, or a ladder of flows
 * (classical distillation, S1) whose weighted samples train a second one (quantum distillation, S2); then the flow is
 * lifted to rings of any number of beads with exact weights.
 */
import { foldIn } from '../../engine/random.ts';
import type { StageSummary } from '../../records/record.ts';
import type { Target } from '../../targets/target.ts';
import type { PathIntegral } from '../../targets/pathIntegral.ts';
import { standingLadder } from '../../verdict/standingLadder.ts';
import { splitData, type Bank, type SplitData } from '../bank/bank.ts';
import { chooseGenerator, type PipelineResult } from '../choice.ts';
import { exactView } from '../energies.ts';
import type { Proposal } from '../proposal/proposal.ts';
import { liftToRings, type Distilled } from '../ring/account.ts';
import { CLASSICAL_PART, runClassical, type ClassicalSamples } from '../ring/classical.ts';
import { particleDraws } from '../ring/distil.ts';
import { liftedProposal } from '../ring/lift.ts';
import { temperTarget, exactKind, type Tempered } from './exact.ts';
import type { FinishedRun, Kind, Problem } from './kind.ts';
import { ladder, type LadderDraws } from './ladder.ts';
import { oneFlow } from './oneFlow.ts';
import { judgeWay, resultOf, travel, type Travelled } from './way.ts';

/** Classical samples that one flow is trained on, at most. */
const MOST_TRAINING = 200_000;

async function run(problem: Problem): Promise<PipelineResult> {
  const { target, settings, surroundings, key } = problem;
  const pathIntegral = pathIntegralOf(target);
  const tempered = await temperTarget(problem, exactView, (energy) =>
    runClassical({ target, pathIntegral, energy, settings, key, surroundings }));
  const { before: classical } = tempered;
  // The two ways leave here what the choice between them does not hand on.
  const found: { flow?: Distilled; ladder?: Distilled } = {};
  const outcome = await chooseGenerator(settings.ladder, surroundings, {
    flow: async () => {
      const { result, distilled } = await distilOnce(problem, tempered);
      found.flow = distilled;
      return result;
    },
    ladder: async (choice) => {
      const { result, distilled } = await distilTwice(problem, tempered);
      found.ladder = distilled;
      return { ...result, result: { ...result.result, choice } };
    },
  });
  const made = outcome.result.ladder === null ? found.flow : found.ladder;
  if (made === undefined) throw new Error('no flow was made');
  return liftToRings(problem, pathIntegral, made, outcome, classical);
}

function pathIntegralOf({ pathIntegral, name }: Target): PathIntegral {
  if (pathIntegral === undefined) throw new Error(`target "${name}" is no path integral`);
  return pathIntegral;
}

type TemperedRing = Tempered<ClassicalSamples>;

interface Made {
  readonly result: PipelineResult;
  readonly distilled: Distilled;
}

async function distilOnce(problem: Problem, tempered: TemperedRing): Promise<Made> {
  const { settings, target } = problem;
  const { energy, view, samples, notices, before: classical } = tempered;
  const quantum = splitData(samples, settings.training.heldOut, target.dimension);
  const fromClassical = settings.ring.distilledFrom === 'classical';
  const travelled = await travel(oneFlow(problem, view, energy, ringBank(problem, quantum, classical)));
  const judged = await judgeWay(problem, samples.tempered, travelled, {
    energy, energyNotices: notices, banks: fromClassical ? [classical.sampled] : [], searchWells: true,
  });
  return {
    result: resultOf(judged, samples.tempered, travelled, { stages: [] }),
    distilled: { transport: travelled.proposal.transport, classicalLadder: null, banks: judged.support.banks },
  };
}

/** What one flow of a ring is trained on: its parameters are chosen and tested on samples of the ring. */
function ringBank({ settings, key }: Problem, quantum: SplitData, { rings }: ClassicalSamples): Bank {
  const { rounds, ladders } = settings.sampling;
  const n = Math.min(MOST_TRAINING, rounds * ladders);
  const held = Math.max(1, Math.round(settings.training.heldOut * n));
  const classical = settings.ring.distilledFrom === 'classical';
  return {
    sample: () => {
      const training = classical ? rings.sample(1, n, held, foldIn(key, 'classical rings')) : quantum.training;
      return { ...quantum, all: training, training, unlike: classical };
    },
    effectiveSize: (lambda) => (classical ? rings.effectiveSize(lambda) : quantum.training.energies.length),
    logZ: () => null,
  };
}

/** S1 on classical samples, in a folder apart, and S2 on what S1 left at every λ. */
async function distilTwice(problem: Problem, tempered: TemperedRing): Promise<Made> {
  const { settings, target, surroundings, key } = problem;
  const { energy, view, samples, notices, before: classical } = tempered;
  const { test: heldOut } = splitData(samples, settings.training.heldOut, target.dimension);
  const journal = surroundings.journal.part(CLASSICAL_PART);
  const tell = (message: string): void => surroundings.emit({ kind: 'note', message });
  tell('classical distillation (S1): a ladder of flows trained on classical samples');
  const first = await travel(await ladder(problem, {
    energy, view, heldOut, key: foldIn(key, 'classical distillation'), draws: classical.rings, journal,
  }));
  tell('quantum distillation (S2): a ladder of flows trained on the samples of the first');
  const second = await travel(await secondLadder(problem, tempered, first, heldOut));
  const { ladder: summary, warnings, bank, samples: stages } = second.drawn;
  const judged = await judgeWay(problem, samples.tempered, second, {
    energy, energyNotices: notices, banks: [classical.sampled, ...(bank === null ? [] : [bank])],
    ladder: { summary, warnings }, searchWells: true,
  });
  return {
    result: resultOf(judged, samples.tempered, second, { stages }),
    distilled: {
      transport: second.proposal.transport, banks: judged.support.banks,
      classicalLadder: standingLadder(first.drawn.ladder, judged.support, first.drawn.warnings),
    },
  };
}

function secondLadder(
  problem: Problem, { energy, view }: TemperedRing, { climbed }: Travelled<StageSummary, LadderDraws>,
  heldOut: SplitData['test'],
): ReturnType<typeof ladder> {
  const { settings, target, key, surroundings } = problem;
  const lambdas = climbed.stages.map(({ lambda }) => lambda);
  const along = lambdas.length < 2 ? settings
    : { ...settings, ladder: { ...settings.ladder, interpolation: 'explicit' as const, lambdas } };
  const journal = surroundings.journal.part(CLASSICAL_PART);
  return ladder({ ...problem, settings: along }, {
    energy, view, heldOut, key: foldIn(key, 'quantum distillation'),
    draws: particleDraws(journal, lambdas, target, energy, settings.training.heldOut),
  });
}

function proposal(run: FinishedRun): Proposal {
  const pathIntegral = pathIntegralOf(run.target);
  const { transport } = exactKind.proposal(run);
  return liftedProposal(run.target, pathIntegral, transport, pathIntegral.beads);
}

export const ringKind: Kind = {
  name: 'ring',
  is: ({ pathIntegral }) => pathIntegral !== undefined,
  check: exactKind.check,
  run,
  proposal,
};
