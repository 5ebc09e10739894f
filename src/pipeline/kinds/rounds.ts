/** Energies that are known, in rounds of bank, flow and refresh: nothing of the target needs to be told beforehand. */
import { z } from 'zod';
import { foldIn } from '../../engine/random.ts';
import { threadsOf } from '../../settings/output.ts';
import { compileEnergy } from '../../targets/compile.ts';
import { checkTarget } from '../../targets/checkTarget.ts';
import { inward } from '../../targets/frame.ts';
import { judge } from '../../verdict/judge.ts';
import type { PipelineResult } from '../choice.ts';
import { checkStored, type Piece } from '../journal.ts';
import { stopping } from '../pace.ts';
import { phase, pointArrays, within } from '../phase.ts';
import { drawEnsemble } from '../proposal/draw.ts';
import { framedProposal } from '../proposal/framed.ts';
import type { Proposal } from '../proposal/proposal.ts';
import { mixtureOf } from '../rounds/wells.ts';
import { explore, flowTarget, frameIn, framePiece, locatedTarget, mixtureIn, reachOf } from '../rounds/located.ts';
import { errorsOf, finalSamples } from '../rounds/finalSamples.ts';
import { growBank } from '../rounds/growingBank.ts';
import { runRounds } from '../rounds/rounds.ts';
import { madeOf, spending } from '../rounds/spending.ts';
import { flowOf } from '../rounds/structure.ts';
import { someOf } from '../bank/bank.ts';
import { flowArrays, storedFlow } from '../transport/training.ts';
import type { FinishedRun, Problem } from './kind.ts';
import type { ViewOf } from './exact.ts';
import { flowProposal } from './oneFlow.ts';

const flowSchema = z.object({ masks: z.array(z.array(z.number())) });

/** @throws InputError for a target that cannot be run; Interrupted when asked to stop */
export async function inRounds(problem: Problem, viewOf: ViewOf): Promise<PipelineResult> {
  const { settings, key } = problem;
  const { surroundings, seconds } = spending(problem.surroundings);
  const notices: string[] = [];
  const energy = compileEnergy(problem.target, {
    notice: (message) => { notices.push(message); }, threads: threadsOf(settings.output),
  });
  if (problem.target.hasBox) checkTarget(problem.target, energy);
  const found = await explore(problem.target, energy, foldIn(key, 'explore'), surroundings);
  const bank = await growBank({ target: problem.target, settings, key: foldIn(key, 'bank'), surroundings, seconds }, found);
  const d = problem.target.dimension;
  const piece = await phase(surroundings, 'frame', {
    read: (stored): Piece => stored,
    compute: () => {
      const { positions } = bank.tempered;
      const mixture = mixtureOf(
        inward(bank.frame, positions, positions.length / d), problem.target.domain, foldIn(key, 'wells'),
      );
      const value = framePiece(bank.frame, mixture, reachOf(positions, d));
      return Promise.resolve({ value, piece: value });
    },
  });
  const target = locatedTarget(problem.target, piece);
  if (!problem.target.hasBox) checkTarget(target, energy);
  const rounds = await runRounds(
    { ...problem, target, surroundings }, { ...bank, mixture: mixtureIn(piece), seconds }, viewOf,
  );
  const { tempered, proposal, data, architecture, parameters, training, summary } = rounds;
  // A run that was taken further has those of fewer rounds.
  const { logZ, error } = summary.wanted;
  const journal = madeOf(surroundings.journal, `${summary.rounds.length} rounds, errors ${logZ} and ${error}`);
  if (journal.phase('pt') === null) {
    const { positions, energies, summary: figures, warnings } = tempered;
    journal.finishPhase('pt', {
      json: { summary: figures, warnings }, arrays: pointArrays(positions, d, { energies }, 'positions'),
    });
  }
  if (journal.phase('flow') === null) {
    journal.finishPhase('flow', {
      json: { summary: training, masks: architecture.masks }, arrays: flowArrays(architecture, parameters),
    });
  }
  surroundings.emit({
    kind: 'awaiting', place: 'final samples', figure: null, seconds: null, budgetSeconds: null,
  });
  const ensemble = await drawEnsemble('ensemble', {
    proposal, moves: 0, plain: null, samples: settings.output.samples, heldOut: data.test,
    ...(logZ === 0 && error === 0 ? {} : {
      enough: ({ samples, logWeights }) => finalSamples(errorsOf(target, samples, logWeights), settings, d),
    }),
    seen: someOf(data.training, data.test.energies.length, d), key: foldIn(key, 'ensemble'),
    surroundings: within(surroundings, journal),
  });
  const { result } = await judge({
    target, energy, tempered, training, ensemble, energyNotices: notices, key: foldIn(key, 'verdict'),
    pause: stopping(surroundings),
    pullBack: (samples, energies) => proposal.pullBack({ samples, energies }, stopping(surroundings)),
  });
  return { result: { ...result, rounds: summary }, tempered, ensemble, stages: [], target };
}

/** What the samples of finished rounds were drawn from. */
export function roundsProposal({ target, settings, stored }: FinishedRun): Proposal {
  const frame = frameIn(stored.phase('frame'));
  const framed = flowTarget(target, frame, mixtureIn(stored.phase('frame')));
  const { output, flow } = settings;
  const piece = stored.phase('flow');
  const { masks } = checkStored(flowSchema, piece.json, 'flow');
  const architecture = flowOf(framed, flow, masks);
  const parameters = storedFlow(architecture, output.precision, piece);
  const energy = compileEnergy(framed, { threads: threadsOf(output) });
  const transport = { target: framed, architecture, stages: [{ lambda: 1, parameters, stepSize: 0 }], output };
  return framedProposal(flowProposal(transport, energy), frame);
}
