/** What training will cost: evaluations of the energy by count, seconds by a few steps of the real trainer. */
import { foldIn, keyFromSeed } from '../../engine/random.ts';
import { evaluatedView, exactView, noisyView, type FlowEnergies } from '../../pipeline/energies.ts';
import { architectureOf } from '../../pipeline/transport/architecture.ts';
import { fixedLambdas } from '../../settings/lambdas.ts';
import { networkOf } from '../../settings/output.ts';
import type { Settings } from '../../settings/settings.ts';
import { sampleBase } from '../../targets/base.ts';
import type { Target } from '../../targets/target.ts';
import { needsForward, needsReverse } from '../../objectives/jeffreys.ts';
import { chooseExecutor } from '../../training/networkExecutor.ts';
import { Trainer, type TrainingData } from '../../training/trainer.ts';
import { networkCost } from '../cost.ts';
import type { Subject, Subjects } from './subjects.ts';
import { stopwatch } from './timing.ts';

export interface TrainingCost {
  /** Flows that are trained one after another; null for a ladder that finds its stages as it goes. */
  readonly flows: number | null;
  /** Steps of each. */
  readonly steps: number;
  readonly batch: number;
  /** Energies with their gradients in all steps; of an adaptive ladder in those of one flow. */
  readonly evaluations: number;
  /** Of these alone. */
  readonly energySeconds: number;
  readonly executor: 'fused' | 'onnx';
  /** Whether steps were tried; else they would have taken too long, and their seconds come from sizes alone. */
  readonly measured: boolean;
  /** Of one whole step, energies and network. */
  readonly stepSeconds: number;
  /** Of all steps. */
  readonly seconds: number;
}

/** Seconds of a step above which none is tried; and seconds that a measurement is to take. */
const TOO_LONG = 2;
const MEASURED_SECONDS = 1;

export async function trainingCost(target: Target, settings: Settings, subjects: Subjects): Promise<TrainingCost> {
  const { training, ladder, flow, output } = settings;
  const seen = subjects.noisy !== null && settings.sampling.sampler === 'resgld' ? subjects.noisy.subject
    : subjects.energy;
  if (seen === null) throw new Error('a target without any energy');
  const isLadder = ladder.generator === 'ladder';
  const flows = isLadder ? (fixedLambdas(ladder)?.length ?? null) : 1;
  const steps = isLadder ? ladder.stageSteps : training.steps;
  const ofFlow = steps * training.batch;
  // The first flow starts from the base, whose energy costs nothing; the others from a stage before.
  const first = Number(needsReverse(training));
  const evaluations = ofFlow * (first + ((flows ?? 1) - 1) * (first + Number(needsForward(training))));
  const energySeconds = evaluations * seen.timing.withGradient.perPoint;
  const expected = networkCost(target, settings, 1).seconds + training.batch * seen.timing.withGradient.perPoint;
  const measured = expected < TOO_LONG;
  const stepSeconds = measured ? await secondsOfStep(target, settings, subjects, seen) : expected;
  return {
    flows, steps, batch: training.batch, evaluations, energySeconds,
    executor: chooseExecutor(architectureOf(target, flow), networkOf(output)),
    measured, stepSeconds, seconds: stepSeconds * steps * (flows ?? 1),
  };
}

function energiesFor(target: Target, { sampling }: Settings, { energy, noisy }: Subjects): FlowEnergies {
  if (sampling.sampler === 'resgld' && noisy !== null) {
    const { subject, evaluator } = noisy;
    return noisyView(target, evaluator, evaluator.full ?? subject.evaluator).training(0, 1, null);
  }
  if (energy === null) throw new Error('a target without any energy');
  return (target.evaluator === undefined ? exactView : evaluatedView)(target, energy.evaluator).training(0, 1, null);
}

/** On points of the base: what a step costs does not depend on the samples. */
function someData({ base, dimension: d }: Target, { evaluator }: Subject, n: number): TrainingData {
  const samples = new Float64Array(n * d);
  const energies = new Float64Array(n);
  sampleBase(base, foldIn(keyFromSeed(0), 'training'), 0, n, samples);
  evaluator.energies(samples, n, energies);
  return { samples, energies };
}

async function secondsOfStep(
  target: Target, settings: Settings, subjects: Subjects, seen: Subject,
): Promise<number> {
  const { training, flow, output } = settings;
  const data = someData(target, seen, training.batch);
  const trainer = await Trainer.create({
    ...energiesFor(target, settings, subjects), key: keyFromSeed(0), architecture: architectureOf(target, flow),
    // Far more steps than are done, so that none is followed by a look at held-out points.
    settings: { ...training, steps: 1e9, evaluateEvery: 1e9 }, data, heldOut: data, network: networkOf(output),
  });
  try {
    // The first ones compile what is compiled as it runs, so that the fastest counts.
    let [fastest, spent] = [Infinity, 0];
    for (let steps = 1; spent < MEASURED_SECONDS; steps *= 2) {
      const elapsed = stopwatch();
      await trainer.advance(steps);
      const seconds = elapsed();
      spent += seconds;
      fastest = Math.min(fastest, seconds / steps);
    }
    return fastest;
  } finally {
    await trainer.dispose();
  }
}
