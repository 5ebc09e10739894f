/**
 * The training of a round: a trunk at a steady rate, which the next round goes on with, and from its end an anneal of
 * half as many steps, whose flow is the round's. Restarts from annealed parameters lose what the anneal won; a trunk
 * does not. Rounds are longer and longer, and their rates fall with the root of that.
 */
import { z } from 'zod';
import { foldIn, type Key } from '../../engine/random.ts';
import type { Architecture } from '../../flows/architecture.ts';
import { initialParameters } from '../../flows/initialise.ts';
import { extendedValue, storedExtended } from '../../records/figure.ts';
import { trainingSchema, type TrainingSummary } from '../../records/record.ts';
import { extendedFigure } from '../../records/values.ts';
import type { Settings } from '../../settings/settings.ts';
import type { Momentum } from '../../training/trainer.ts';
import { cappedEvaluator, cappedProgram, ceilingOver } from '../../targets/cappedEnergy.ts';
import type { ParameterArray } from '../../training/flowMap.ts';
import type { SplitData } from '../bank/bank.ts';
import type { FlowEnergies } from '../energies.ts';
import { checkStored, type Piece, type Surroundings } from '../journal.ts';
import { arrayOf, phase } from '../phase.ts';
import { flowArrays, storedFlow, trainFlow, trainTrunk, type FlowTraining } from '../transport/training.ts';

/** Steps of the anneal over those of the trunk in the same round. */
const ANNEAL = 0.5;
/** Of a trunk, after which it is known whether samples suffice; and of the two ways on where they do not. */
const TRIAL = 0.25;
/** Fewer steps have no such parts. */
const FEWEST_STEPS = 4;

/** What a round hands to the training of the next. */
export interface TrunkState {
  readonly parameters: ParameterArray;
  readonly momentum: Momentum;
}

/** What a flow has made of its samples. */
export interface Tried {
  /** Whether it is learning them by heart. */
  readonly byHeart: boolean;
  /** Mean log p/q of samples that it does not learn from: the smaller the better. */
  readonly off: number;
}

export interface RoundTraining {
  readonly architecture: Architecture;
  /** With θ of the loss where flows learn from the energy too. */
  readonly settings: Settings;
  /** Whether they do. */
  readonly reverse: boolean;
  /** What a flow that learns from samples alone has made of them so far; null: it learns from nothing else. */
  readonly tried: ((parameters: ParameterArray) => Promise<Tried>) | null;
  readonly energies: FlowEnergies;
  readonly data: SplitData;
  readonly steps: number;
  /** null: from the identity. */
  readonly before: TrunkState | null;
  readonly key: Key;
  readonly surroundings: Surroundings;
}

export interface RoundFlow {
  readonly reverse: boolean;
  readonly trunk: TrunkState;
  readonly parameters: ParameterArray;
  readonly summary: TrainingSummary;
}

const trunkSchema = z.object({ taken: z.number() });
const trialSchema = z.object({ byHeart: z.boolean(), off: extendedFigure });
const flowSchema = z.object({ summary: trainingSchema });

/** @throws Interrupted when asked to stop */
export async function trainRound(given: RoundTraining): Promise<RoundFlow> {
  const { key, surroundings } = given;
  if (given.steps === 0) return untrained(given);
  const tried = await trial(given);
  const options = tried === null ? given : { ...given, reverse: tried.reverse };
  const { steps, before } = options;
  const trunk = await phase(surroundings, 'trunk', {
    read: trunkIn,
    compute: async () => {
      const begun = tried ?? (before === null ? null : grown(before, options));
      const { parameters, momentum } = await trainTrunk({
        ...trainingOf(options, 'steady', steps - (tried?.steps ?? 0), begun),
        key: foldIn(key, 'trunk'), phase: 'trunk',
      });
      const value = { parameters, momentum };
      return { value, piece: trunkPiece(value) };
    },
  });
  const flow = await phase(surroundings, 'flow', {
    read: (piece) => ({
      parameters: storedFlow(options.architecture, options.settings.output.precision, piece),
      summary: checkStored(flowSchema, piece.json, 'flow of a round').summary,
    }),
    compute: async () => {
      const anneal = Math.max(1, Math.ceil(ANNEAL * steps));
      const value = await trainFlow({ ...trainingOf(options, 'decay', anneal, trunk), key: foldIn(key, 'anneal') });
      const { summary, parameters } = value;
      return { value, piece: { json: { summary }, arrays: flowArrays(options.architecture, parameters) } };
    },
  });
  return { reverse: options.reverse, trunk, ...flow };
}

const trialSteps = (steps: number): number => Math.max(1, Math.floor(TRIAL * steps));

interface Trial extends TrunkState {
  readonly reverse: boolean;
  /** Steps that were taken. */
  readonly steps: number;
}

/**
 * The first steps of a trunk, on samples alone. Where these are being learned by heart, as many more, with and without
 * the energy: the trunk goes on from the one that is nearer to samples that it has not seen. Learning from the energy
 * mends what too few samples get wrong, and spoils a flow that is far from all of its wells. null: nothing is tried.
 */
async function trial(options: RoundTraining): Promise<Trial | null> {
  const { steps, before, reverse, tried } = options;
  if (tried === null || reverse || steps < FEWEST_STEPS) return null;
  const part = trialSteps(steps);
  const begun = await attempt(options, 'trial', before === null ? null : grown(before, options), tried);
  if (!begun.byHeart) return { ...begun, reverse: false, steps: part };
  const alone = await attempt(options, 'alone', begun, tried);
  const together = await attempt({ ...options, reverse: true }, 'together', begun, tried);
  const pays = together.off < alone.off;
  return { ...(pays ? together : alone), reverse: pays, steps: 2 * part };
}

/** So many steps, and what they have made of the samples. */
function attempt(
  options: RoundTraining, name: 'trial' | 'alone' | 'together', begun: TrunkState | null,
  tried: (parameters: ParameterArray) => Promise<Tried>,
): Promise<TrunkState & Tried> {
  const { steps, key, surroundings } = options;
  return phase(surroundings, name, {
    read: (piece) => {
      const { byHeart, off } = checkStored(trialSchema, piece.json, 'trial of a round');
      return { ...trunkIn(piece), byHeart, off: extendedValue(off) };
    },
    compute: async () => {
      const { parameters, momentum } = await trainTrunk({
        ...trainingOf(options, 'steady', trialSteps(steps), begun), key: foldIn(key, name), phase: name,
      });
      const value = { parameters, momentum, ...await tried(parameters) };
      const { json, arrays } = trunkPiece(value);
      return {
        value,
        piece: { json: { ...(json as object), byHeart: value.byHeart, off: storedExtended(value.off) }, arrays },
      };
    },
  });
}

/** The identity: base and standard units by themselves. */
function untrained({ architecture, reverse, key }: RoundTraining): RoundFlow {
  const parameters = initialParameters(architecture, foldIn(key, 'weights'));
  const none = (): Float32Array => new Float32Array(parameters.length);
  return {
    reverse, parameters, trunk: { parameters, momentum: { firstMoment: none(), secondMoment: none(), taken: 0 } },
    summary: {
      seconds: 0, steps: 0, stepsPlanned: 0, millisecondsPerStep: 0, parameters: parameters.length, bestStep: 0,
      clippedSteps: 0, skippedSteps: 0, stopReason: 'schedule', curve: [],
    },
  };
}

function trainingOf(
  round: RoundTraining, schedule: 'steady' | 'decay', steps: number, begun: TrunkState | null,
): Omit<FlowTraining, 'key'> {
  const { architecture, settings, reverse, energies, data, steps: trunkSteps, surroundings } = round;
  const ceiling = ceilingOver(data.all.energies);
  const { evaluator, energies: { base, target } } = energies;
  const rate = settings.training.learningRate * Math.min(1, Math.sqrt(settings.rounds.firstSteps / trunkSteps));
  return {
    ...energies, evaluator: cappedEvaluator(evaluator, ceiling),
    energies: { base, target: (x) => cappedProgram(target(x), ceiling) },
    architecture, network: settings.output, training: data.training, heldOut: data.validation, surroundings,
    settings: {
      ...settings.training, ...(reverse ? {} : { theta: 0 }), schedule, steps, learningRate: rate,
      evaluateEvery: Math.max(1, Math.ceil(steps / 2)), patience: 0,
    },
    attempt: 0, initial: begun?.parameters ?? null, ...(begun === null ? {} : { momentum: begun.momentum }),
  };
}

/**
 * With layers that were added: they begin as the identity, and Adam begins anew for all, at a rate that rises again. It
 * knows nothing of the new ones, and would step too far in them with the corrections of a long run.
 */
function grown({ parameters, momentum }: TrunkState, { architecture, key }: RoundTraining): TrunkState {
  const whole = initialParameters(architecture, foldIn(key, 'added layers'));
  if (whole.length === parameters.length) return { parameters, momentum };
  const larger = parameters instanceof Float64Array ? Float64Array.from(whole) : Float32Array.from(whole);
  larger.set(parameters);
  const none = (): Float32Array => new Float32Array(whole.length);
  return { parameters: larger, momentum: { firstMoment: none(), secondMoment: none(), taken: 0 } };
}

function trunkPiece({ parameters, momentum: { firstMoment, secondMoment, taken } }: TrunkState): Piece {
  return {
    json: { taken },
    arrays: {
      parameters: arrayOf(parameters), firstMoment: arrayOf(firstMoment), secondMoment: arrayOf(secondMoment),
    },
  };
}

function trunkIn({ json, arrays }: Piece): TrunkState {
  const { taken } = checkStored(trunkSchema, json, 'training of a round');
  const array = (name: string): ParameterArray => arrays[name].data as ParameterArray;
  return {
    parameters: array('parameters'),
    momentum: { firstMoment: array('firstMoment'), secondMoment: array('secondMoment'), taken },
  };
}
