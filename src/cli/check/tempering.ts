/** What the samplers before a flow will cost: gradients by count, seconds by a few steps of the real chains. */
import { keyFromSeed } from '../../engine/random.ts';
import { kernelOf } from '../../pipeline/bank/kernel.ts';
import { bridgeRungs } from '../../pipeline/bank/tempering.ts';
import { gradientsPerStep } from '../../samplers/gradientsPerStep.ts';
import { createParallelTempering } from '../../samplers/parallelTempering.ts';
import { createRoundRunner, type RoundRunner } from '../../samplers/roundRunner.ts';
import { fixedLambdas } from '../../settings/lambdas.ts';
import type { Settings } from '../../settings/settings.ts';
import type { EnergyEvaluator } from '../../targets/energyEvaluator.ts';
import { differenceEvaluator } from '../../targets/path.ts';
import type { Target } from '../../targets/target.ts';
import type { Subject, Subjects } from './subjects.ts';
import { stopwatch } from './timing.ts';

export interface SamplerCost {
  readonly name: string;
  /** What computes the chains; `noisy float64` where gradients are noisy. */
  readonly arithmetic: RoundRunner['arithmetic'] | 'noisy float64';
  readonly rungs: number;
  readonly ladders: number;
  /** Of every chain, warm-up and all. */
  readonly steps: number;
  /** Gradients of the energy, of all chains. */
  readonly gradients: number;
  /** Estimated; of noisy gradients, of these alone. */
  readonly seconds: number;
}

/** Every sampler that these settings run for sure. */
export function samplerCosts(
  target: Target, settings: Settings, { energy, noisy, classical }: Subjects,
): SamplerCost[] {
  if (settings.sampling.sampler === 'resgld') return noisy === null ? [] : [noisyCost(settings, noisy.subject)];
  if (energy === null) return [];
  const { ladder, sampling } = settings;
  const along = sampling.path === 'interpolation';
  const bridge = ladder.generator === 'ladder' && !along;
  return [
    ...(classical === null || target.pathIntegral === undefined ? []
      : [temperingCost('classical tempering', target.pathIntegral.classical, classical, asClassical(settings), true)]),
    temperingCost('tempering', target, energy, settings, along),
    ...(bridge ? [temperingCost('tempering along the bridge', target, energy, settings, true)] : []),
  ];
}

/** The ladder's own λ are those of the ring. */
const asClassical = (settings: Settings): Settings =>
  ({ ...settings, ladder: { ...settings.ladder, generator: 'flow' } });

function temperingCost(
  name: string, target: Target, { evaluator, timing }: Subject, settings: Settings, bridge: boolean,
): SamplerCost {
  const { sampling, ladder } = settings;
  const { replicas, hottest, ladders, warmupRounds, rounds, stepsPerRound } = sampling;
  const inverseTemperatures = bridge ? bridgeRungs(sampling, ladder, target.dimension).ladder
    : replicas === 1 ? [1] : { hottest, replicas };
  const rungs = 'replicas' in inverseTemperatures ? inverseTemperatures.replicas : inverseTemperatures.length;
  const steps = (warmupRounds + rounds) * stepsPerRound;
  const kernel = kernelOf(sampling);
  const moving: Moving = {
    target, evaluator: bridge ? differenceEvaluator(target, evaluator) : evaluator, bridge, inverseTemperatures,
    // Of a round, which is the least that is tried.
    most: Math.ceil(
      MEASURED_SECONDS / (timing.withGradient.perPoint * rungs * gradientsPerStep(kernel) * stepsPerRound)
    ),
  };
  const { arithmetic, seconds } = measured(settings, moving);
  return {
    name, arithmetic, rungs, ladders, steps, gradients: rungs * ladders * steps * gradientsPerStep(kernel),
    seconds: seconds * steps,
  };
}

interface Moving {
  readonly target: Target;
  readonly evaluator: EnergyEvaluator;
  readonly bridge: boolean;
  readonly inverseTemperatures: Parameters<typeof createParallelTempering>[0]['inverseTemperatures'];
  /** Ladders that are measured at most: more would take too long. */
  readonly most: number;
}

/** Seconds that a measurement is to take. */
const MEASURED_SECONDS = 0.5;

/** Seconds of one step of all chains, by steps of the chains themselves, and what computes them. */
function measured(
  { sampling, output }: Settings, { target, evaluator, bridge, inverseTemperatures, most }: Moving,
): { readonly arithmetic: RoundRunner['arithmetic']; readonly seconds: number } {
  const { stepSize, precision, stepsPerRound } = sampling;
  const kernel = kernelOf(sampling);
  const along = bridge ? { reference: target.base } : {};
  const threads = output.threads > 0 ? { threads: output.threads } : {};
  const ladders = Math.min(sampling.ladders, most);
  const moving = { energy: evaluator, domain: target.domain, kernel, precision, ...along };
  const runner = createRoundRunner({ ...moving, threads: 1 });
  const { arithmetic } = runner;
  runner.dispose();
  const run = createParallelTempering({
    energy: evaluator, base: target.base, ...along, ...threads, inverseTemperatures, ladders, kernel, stepsPerRound,
    ...(stepSize > 0 ? { stepSize } : {}), warmupRounds: Number.MAX_SAFE_INTEGER, rounds: 1, key: keyFromSeed(0),
    adaptLadder: false, precision,
  });
  try {
    // Many steps at once, as a run takes them: threads that are woken for one step take longer than it does.
    let [fastest, spent] = [Infinity, 0];
    for (let steps = stepsPerRound; spent < MEASURED_SECONDS; steps *= 2) {
      const elapsed = stopwatch();
      run.advanceSteps(steps);
      const seconds = elapsed();
      spent += seconds;
      fastest = Math.min(fastest, seconds / steps);
    }
    return { arithmetic, seconds: (fastest * sampling.ladders) / ladders };
  } finally {
    run.dispose();
  }
}

/** Replica-exchange SGLD: its first rung is drawn from the base, and moves for nothing. */
function noisyCost({ sampling, ladder, noise }: Settings, { timing }: Subject): SamplerCost {
  const { ladders, warmupRounds, rounds, stepsPerRound } = sampling;
  const lambdas = ladder.generator === 'ladder' ? fixedLambdas(ladder) : null;
  const rungs = lambdas === null || lambdas.length < 2 ? Math.max(2, sampling.replicas) : lambdas.length + 1;
  const steps = (warmupRounds + noise.thinning * rounds) * stepsPerRound;
  const gradients = (rungs - 1) * ladders * steps * noise.gradientDraws * (noise.controlVariates ? 2 : 1);
  return {
    name: 'replica-exchange SGLD', arithmetic: 'noisy float64', rungs, ladders, steps, gradients,
    seconds: gradients * timing.withGradient.perPoint,
  };
}
