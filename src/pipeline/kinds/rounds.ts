/** Energies that are known, in rounds of bank, flow and refresh: nothing of the target needs to be told beforehand. */
import { z } from 'zod';
import { foldIn, type Key } from '../../engine/random.ts';
import type { Architecture } from '../../flows/architecture.ts';
import type { OutputSettings } from '../../settings/output.ts';
import { threadsOf } from '../../settings/output.ts';
import type { Settings } from '../../settings/settings.ts';
import { compileEnergy } from '../../targets/compile.ts';
import { checkTarget } from '../../targets/checkTarget.ts';
import type { EnergyEvaluator } from '../../targets/energyEvaluator.ts';
import type { Domain } from '../../targets/domain.ts';
import { inward, type Frame } from '../../targets/frame.ts';
import type { ParameterArray } from '../../training/flowMap.ts';
import { missingBeyond, missingDoubts } from '../../verdict/beyondSamples.ts';
import { judge } from '../../verdict/judge.ts';
import type { TemperedSamples } from '../../verdict/samples.ts';
import { someOf } from '../bank/bank.ts';
import type { PipelineResult } from '../choice.ts';
import type { ViewOf } from '../energies.ts';
import { checkStored, type Piece } from '../journal.ts';
import { stopping } from '../pace.ts';
import { phase, pointArrays, within } from '../phase.ts';
import { drawEnsemble } from '../proposal/draw.ts';
import { framedProposal } from '../proposal/framed.ts';
import type { Proposal } from '../proposal/proposal.ts';
import type { TrainingData } from '../../training/trainer.ts';
import { aspectOf, storedAspect, type Aspect } from '../rounds/aspect.ts';
import { explore, flowTarget, frameIn, framePiece, locatedTarget, mixtureIn, reachOf } from '../rounds/located.ts';
import { errorsOf, finalSamples } from '../rounds/finalSamples.ts';
import { growBank } from '../rounds/growingBank.ts';
import { runRounds, type Images, type Rounds } from '../rounds/rounds.ts';
import { searchedBank, type SearchedBank } from '../rounds/search.ts';
import { reopened } from '../rounds/reopen.ts';
import { madeOf, spending } from '../rounds/spending.ts';
import { standardUnits, withTails } from '../rounds/units.ts';
import { canPart, flowOf, softCoordinates, structureOf, structureSchema } from '../rounds/structure.ts';
import { refinedUnits } from '../rounds/refineUnits.ts';
import { arePoor, refinedWells } from '../rounds/refineWells.ts';
import { plainValue, studentWell, valueOfUnits, findWells, type Wells } from '../rounds/wells.ts';
import { flowArrays, storedFlow } from '../transport/training.ts';
import type { FinishedRun, Problem } from './kind.ts';
import { flowProposal } from './oneFlow.ts';

/** Evaluations that are spent on looking beyond the final samples, over all before these. */
const LOOKING_BEYOND = 0.1;

const unitsSchema = z.object({
  structure: structureSchema,
  /** Evaluations that units, or the laws of wells, were refined by. */
  refining: z.number().default(0),
});
const flowSchema = z.object({ masks: z.array(z.array(z.number())) });

/** @throws InputError for a target that cannot be run; Interrupted when asked to stop */
export async function inRounds(given: Problem, viewOf: ViewOf): Promise<PipelineResult> {
  const { settings } = given;
  const { surroundings, seconds } = spending(given.surroundings);
  const problem = { ...given, surroundings };
  const notices: string[] = [];
  const energy = compileEnergy(given.target, {
    notice: (message) => { notices.push(message); }, threads: threadsOf(settings.output),
  });
  if (given.target.hasBox) checkTarget(given.target, energy, true);
  const { aspect, bank } = await bankOf(problem, energy, seconds);
  const piece = await phase(surroundings, 'frame', {
    read: (stored): Piece => stored,
    compute: () => {
      const value = unitsOf(problem, aspect, bank);
      return Promise.resolve({ value, piece: value });
    },
  });
  const target = locatedTarget(given.target, piece);
  if (!given.target.hasBox) checkTarget(target, energy, true);
  const mixture = mixtureIn(piece);
  if (aspect.walled && settings.training.theta > 0) surroundings.emit({ kind: 'note', message: WITHOUT_REVERSE });
  const { structure, refining } = checkStored(unitsSchema, piece.json, 'units');
  const from = {
    ...bank, frame: frameIn(piece), mixture, seconds, structure, evaluations: bank.evaluations + refining,
    images: imagesOf(aspect, energy, foldIn(problem.key, 'images')),
  };
  for (;;) {
    const rounds = await runRounds(
      { ...problem, target: aspect.learned, settings: settingsOf(settings, aspect) }, from, viewOf,
    );
    const finished = await verdictOn(
      { ...problem, target }, { aspect, energy, notices, piece, rounds, search: bank.search },
    );
    const further = reopened(
      surroundings.journal, rounds.summary.rounds, finished.result.warnings, settings.rounds,
    );
    if (further === null) return finished;
    surroundings.emit({ kind: 'note', message: further });
  }
}

/** Rounds judge a flow as what it will be sampled as: what it puts beyond walls is no loss there. */
const imagesOf = (aspect: Aspect, energy: EnergyEvaluator, key: Key): Images | null => (aspect.walled ? {
  proposal: aspect.proposal, own: (data) => ownData(data, aspect, energy, key),
} : null);

const WITHOUT_REVERSE = 'like particles: flows learn one representative of each arrangement, from samples alone '
  + '(theta 0), as there is no energy to learn from beyond the walls about them';

/** Without the reverse term where there are walls. */
const settingsOf = (settings: Settings, { walled }: Aspect): Settings =>
  (walled ? { ...settings, training: { ...settings.training, theta: 0 } } : settings);

/** Where the target is, how rounds are to see it, and samples that are good enough to train on. */
async function bankOf(
  { target, settings, key, surroundings }: Problem, energy: EnergyEvaluator, seconds: () => number,
): Promise<{ aspect: Aspect; bank: SearchedBank }> {
  const first = await explore(target, energy, foldIn(key, 'explore'), surroundings);
  const aspect = aspectOf(target, energy, first.points);
  const seen = aspect.target;
  const found = seen === target ? first
    : await explore(seen, compileEnergy(seen), foldIn(key, 'explore again'), surroundings);
  const grown = await growBank({ target: seen, settings, key: foldIn(key, 'bank'), surroundings, seconds }, found);
  const searched = await searchedBank({ target: seen, settings, key: foldIn(key, 'search'), surroundings }, grown);
  if (seen === target) return { aspect, bank: searched };
  const { positions, energies } = searched.tempered;
  const { samples, energies: own } = aspect.representatives({ samples: positions, energies });
  const units = standardUnits({
    domain: seen.domain, energy: compileEnergy(seen), x: samples,
    effective: searched.tempered.summary.effectiveSampleSize ?? 0, ladders: null,
  });
  return {
    aspect,
    bank: {
      ...searched, frame: units.frame, evaluations: searched.evaluations + units.evaluations,
      tempered: { ...searched.tempered, positions: samples, energies: own },
    },
  };
}

/** Standard units and the base of flows in them; and where the target itself is. */
function unitsOf({ key }: Problem, aspect: Aspect, bank: SearchedBank): Piece {
  const { tempered: { positions, summary } } = bank;
  const { dimension: k, domain } = aspect.target;
  const effective = summary.effectiveSampleSize ?? 0;
  const { frame: given, found } = baseOf(bank, domain, effective, foldIn(key, 'wells'));
  // Beyond walls there are images of what lies within.
  const { frame, evaluations } = found !== null || aspect.walled ? { frame: given, evaluations: 0 } : refinedUnits(
    given, (units) => flowTarget(aspect.learned, units, null), { effective, evaluations: bank.evaluations },
    foldIn(key, 'refined units'),
  );
  const standard = inward(frame, positions, positions.length / k);
  const laws = found === null ? null
    : refinedWells(found, (law) => flowTarget(aspect.learned, frame, law), foldIn(key, 'refined wells'));
  const soft = softCoordinates(standard, domain);
  // Poor laws hide humps from layers that could part them; in the plane these alternate, whatever humps there are.
  const mixture = laws === null || (k > 2 && arePoor(laws) && canPart(soft)) ? null : laws.mixture;
  const structure = structureOf(
    aspect.learned, mixture, standard, { effective, soft: mixture === null ? soft : [] },
    foldIn(key, 'structure'),
  );
  const own = aspect.own(positions, foldIn(key, 'reach'));
  const { json, arrays } = framePiece(frame, mixture, reachOf(own, (own.length * k) / positions.length));
  const refining = evaluations + (laws?.evaluations ?? 0);
  return {
    json: { ...(json as object), structure, refining, ...(aspect.stored.json as object) },
    arrays: { ...arrays, ...aspect.stored.arrays },
  };
}

/** With heavy tails drawn in, or laws that have such tails: whichever describes the samples better for its size. */
function baseOf(
  { frame, tempered: { positions: x } }: SearchedBank, domain: Domain, effective: number, key: Key,
): { frame: Frame; found: Wells | null } {
  const n = x.length / domain.length;
  const volumes = [0, 1].map(() => new Float64Array(n));
  const drawn = inward(frame, x, n, volumes[0]);
  const inDrawn = findWells(drawn, domain, effective, key, frame.turn);
  const asDrawn = { frame, found: inDrawn };
  if (frame.heavyTails.length === 0) return asDrawn;
  const plain = withTails(x, domain, frame);
  const z = inward(plain, x, n, volumes[1]);
  const inPlain = findWells(z, domain, effective, key, plain.turn) ?? studentWell(z, domain, effective);
  const change = volumes[1].map((volume, i) => volume - volumes[0][i]);
  const value = (inDrawn?.value ?? plainValue(drawn, domain, effective)) + valueOfUnits(change, effective);
  return inPlain !== null && inPlain.value > value ? { frame: plain, found: inPlain } : asDrawn;
}

interface Finished {
  readonly aspect: Aspect;
  readonly energy: EnergyEvaluator;
  readonly notices: readonly string[];
  readonly piece: Piece;
  readonly rounds: Rounds;
  readonly search: SearchedBank['search'];
}

async function verdictOn(
  { target, settings, key, surroundings }: Problem, { aspect, energy, notices, piece, rounds, search }: Finished,
): Promise<PipelineResult> {
  const { architecture, parameters, training, summary } = rounds;
  const d = target.dimension;
  const tempered = ownSamples(rounds.tempered, aspect, energy, d, key);
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
  surroundings.emit({ kind: 'awaiting', place: 'final samples', figure: null, seconds: null, budgetSeconds: null });
  const proposal = proposalIn(aspect, piece, architecture, parameters, settings.output);
  const own = (data: TrainingData, what: string): TrainingData => ownData(data, aspect, energy, foldIn(key, what));
  const { training: trained, test } = rounds.data;
  const ensemble = await drawEnsemble('ensemble', {
    proposal, moves: 0, plain: null, samples: settings.output.samples, heldOut: own(test, 'test'),
    ...(logZ === 0 && error === 0 ? {} : {
      enough: ({ samples, logWeights }) => finalSamples(errorsOf(target, samples, logWeights), settings, d),
    }),
    seen: own(someOf(trained, test.energies.length, aspect.target.dimension), 'seen'), key: foldIn(key, 'ensemble'),
    surroundings: within(surroundings, journal),
  });
  const pause = stopping(surroundings);
  const missing = await missingBeyond({
    energy, domain: target.domain, samples: ensemble.samples, logWeights: ensemble.logWeights,
    evaluations: LOOKING_BEYOND * summary.evaluations, key: foldIn(key, 'beyond samples'), pause,
  });
  const { result } = await judge({
    target, energy, tempered, training, ensemble, more: missingDoubts(missing), energyNotices: notices,
    key: foldIn(key, 'verdict'), pause,
    pullBack: (samples, energies) => proposal.pullBack({ samples, energies }, pause),
    otherFlows: summary.rounds.flatMap(({ tail, logZ: { value, standardError } }) =>
      (tail === 'sound' && value !== null && standardError !== null ? [{ value, standardError }] : [])),
  });
  return { result: { ...result, rounds: { ...summary, search } }, tempered, ensemble, stages: [], target };
}

function ownSamples(
  tempered: TemperedSamples, aspect: Aspect, energy: EnergyEvaluator, d: number, key: Key,
): TemperedSamples {
  const data = { samples: tempered.positions, energies: tempered.energies };
  const { samples: positions, energies } = ownData(data, aspect, energy, foldIn(key, 'refreshed'));
  if (positions.length !== d * energies.length) throw new Error('rounds: samples of another dimension');
  return { ...tempered, positions, energies };
}

/** Samples of what is tempered as samples of the target itself, with their energies. */
function ownData(
  { samples, energies }: TrainingData, aspect: Aspect, energy: EnergyEvaluator, key: Key,
): TrainingData {
  const points = aspect.own(samples, key);
  if (points === samples) return { samples, energies };
  const values = new Float64Array(energies.length);
  energy.energies(points, energies.length, values);
  return { samples: points, energies: values };
}

/** The proposal of a flow in standard units of what is tempered, as one of the target itself. */
function proposalIn(
  aspect: Aspect, piece: Piece, architecture: Architecture, parameters: ParameterArray, output: OutputSettings,
): Proposal {
  const frame = frameIn(piece);
  const framed = flowTarget(aspect.target, frame, mixtureIn(piece));
  const energy = compileEnergy(framed, { threads: threadsOf(output) });
  const transport = { target: framed, architecture, stages: [{ lambda: 1, parameters, stepSize: 0 }], output };
  return aspect.proposal(framedProposal(flowProposal(transport, energy), frame));
}

/** What the samples of finished rounds were drawn from. */
export function roundsProposal({ target, settings, stored }: FinishedRun): Proposal {
  const units = stored.phase('frame');
  const { output, flow } = settings;
  const aspect = storedAspect(target, compileEnergy(target, { threads: threadsOf(output) }), units);
  const piece = stored.phase('flow');
  const { masks } = checkStored(flowSchema, piece.json, 'flow');
  const architecture = flowOf(flowTarget(aspect.target, frameIn(units), null), flow, masks);
  return proposalIn(aspect, units, architecture, storedFlow(architecture, output.precision, piece), output);
}

