/** One training step: losses, gradient, clipping and Adam, on inputs that are there already. */
import { rastrigin8d } from '../../targets/rastrigin8d.ts';
import { threeWell } from '../../targets/threeWell.ts';
import { milliseconds, timed, type BenchCase, type Contender, type Entrant } from '../benchCase.ts';
import type { Outside } from '../outside.ts';
import { torchBest } from '../torchThreads.ts';
import type { TrainStepCase } from '../trainStep.ts';
import { architectureOfCase, matrixProducts, passesOf, wholeStep, type Work } from '../trainStepWork.ts';

const plain = { renyiOrder: 1, variationPairings: 1 };
const both = { theta: 0.5, kappa: 0, ...plain };
const small = { target: threeWell, layers: 4, hidden: 32, bins: 16, activation: 'silu', batch: 2000 } as const;

export const trainStepCases: readonly TrainStepCase[] = [
  {
    name: 'published', target: threeWell, layers: 4, hidden: 256, bins: 16, activation: 'relu', batch: 2000,
    objective: both
  },
  { name: 'small', ...small, objective: both },
  { name: 'small-variation', ...small, objective: { theta: 0, kappa: 1, ...plain } },
  {
    name: '8d', target: rastrigin8d, layers: 6, hidden: 512, bins: 32, activation: 'relu', batch: 2000, objective: both
  },
];

/** Ways of running a step; the fastest in a trial runs the race. */
const executors = ['fused', 'onnx'] as const;
const THREADS = [1, 2];

export function trainStep(outside: Outside): BenchCase[] {
  const contender = (name: string, prepare: () => Promise<Work>): Contender => ({
    name,
    start: async () => {
      const work = await prepare();
      return timed(() => outside.now(), () => work.run(), () => work.dispose());
    },
  });
  const ours = (settings: TrainStepCase): Entrant => ({
    name: 'jeffreys',
    variants: executors.flatMap((executor) => THREADS.map(
      (count) => contender(`${executor}, threads ${count}`, () => wholeStep(settings, executor, count))
    )),
  });
  const floor = (settings: TrainStepCase): Entrant => ({
    name: 'its matrix products alone',
    variants: THREADS.map((threads) => contender(
      `threads ${threads}`,
      () => matrixProducts(architectureOfCase(settings), settings.batch, passesOf(settings), true, threads)
    )),
  });
  return trainStepCases.map((settings): BenchCase => {
    const { name, target, layers, hidden, bins, activation, batch, objective } = settings;
    const options =
      { target: target.name, layers, hidden, bins, batch, activation, theta: objective.theta, kappa: objective.kappa };
    return {
      name: `train-step/${name}`,
      unit: milliseconds,
      ours: ours(settings),
      peers: [
        torchBest(outside, {
          script: 'train_step.py',
          arguments: Object.entries(options).flatMap(([key, value]) => [`--${key}`, String(value)])
        })
      ],
      floor: floor(settings),
      rounds: hidden > 300 ? 5 : 9,
    };
  });
}
