/** Phase three: independent base samples through the flow, with their weights. */
import { z } from 'zod';
import { foldIn, keyFromSeed, type Key } from '../engine/random.ts';
import { truncatedForwardEss } from '../estimators/ess.ts';
import { noPause, type Pause } from '../pausing.ts';
import { storedFigure } from '../records/figure.ts';
import { baseSamplers } from '../targets/base.ts';
import type { EnergyEvaluator } from '../targets/energyEvaluator.ts';
import { wrapPoints } from '../targets/domain.ts';
import type { Target } from '../targets/target.ts';
import { pullBack, pushForward } from '../training/evaluation.ts';
import { FlowMap } from '../training/flowMap.ts';
import { baseSource } from '../training/source.ts';
import type { TrainingData } from '../training/trainer.ts';
import { checkStored, type Surroundings } from './journal.ts';
import type { WeightedEstimates } from './estimates.ts';
import { pace } from './pace.ts';
import { float64 } from './samplingPhase.ts';
import { networkOf, type Settings } from './settings.ts';
import type { TrainedFlow } from './trainingPhase.ts';

/** Points per call of the network, and per piece of a stream. */
const CHUNK = 4096;
const PIECE = 16 * CHUNK;

export interface Ensemble {
  /** Unweighted flow samples [n, d]. */
  readonly samples: Float64Array;
  /** log w = −U1(F(x)) + U0(x) + log|det J_F(x)| [n] */
  readonly logWeights: Float64Array;
  /** log w of target samples that neither training nor the choice of parameters saw, through F⁻¹. */
  readonly heldOutLogWeights: Float64Array;
  /** Truncated ESS, as a fraction, on as many samples that training saw; null where there is no such figure. */
  readonly trainedEss: number | null;
  /** Where the samples made moves: ESS as a fraction, and the largest log-weight, of the same proposal without them. */
  readonly plain: { readonly ess: number; readonly largest: number } | null;
  /** Every figure, where more than the weights goes into it; default: found from samples and weights. */
  readonly estimates?: WeightedEstimates;
  readonly seconds: number;
}

/** Runs of before there was a figure of training samples have none. */
const ensembleSchema = z.object({ seconds: z.number(), trainedEss: z.number().nullable().default(null) });

export interface GenerationOptions {
  readonly target: Target;
  readonly energy: EnergyEvaluator;
  readonly flow: TrainedFlow;
  readonly settings: Settings;
  readonly key: Key;
  readonly surroundings: Surroundings;
}

/** A piece of a stream of weighted samples. */
export interface WeightedPiece {
  /** Index of its first sample. */
  readonly first: number;
  readonly count: number;
  readonly samples: Float64Array;
  readonly logWeights: Float64Array;
}

/** What a stream of samples is drawn from. */
export interface StreamSource {
  readonly target: Target;
  readonly energy: EnergyEvaluator;
  readonly flow: Pick<TrainedFlow, 'architecture' | 'parameters'>;
  readonly settings: Pick<Settings, 'precision' | 'baseSampling' | 'device' | 'executor' | 'threads'>;
}

/**
 * `total` weighted samples in pieces of bounded size. Sample i depends on the key and i alone.
 * @param from index of the first sample @param pause called within pieces too
 */
export async function* streamSamples(
  { target, energy, flow, settings }: StreamSource, key: Key, total: number, from = 0, pause: Pause = noPause,
): AsyncGenerator<WeightedPiece> {
  const map = await FlowMap.compile(flow.architecture, 'forward', CHUNK, networkOf(settings));
  try {
    const most = Math.min(PIECE, map.together);
    for (let first = from; first < from + total; first += most) {
      const count = Math.min(most, from + total - first);
      const x = new Float64Array(count * target.dimension);
      baseSamplers[settings.baseSampling](target.base, key, first, count, x);
      const { images, logWeights } =
        await pushForward(map, flow.parameters, baseSource(target.base), energy, x, count, pause);
      wrapPoints(target.domain, images, count);
      yield { first, count, samples: images, logWeights };
    }
  } finally {
    await map.dispose();
  }
}

/** log w of given target samples, back through the flow. @returns [n] */
export async function pullBackFlow(
  { target, flow, settings }: Omit<StreamSource, 'energy'>, { samples, energies }: TrainingData, pause: Pause = noPause,
): Promise<Float64Array> {
  const inverse = await FlowMap.compile(flow.architecture, 'inverse', CHUNK, networkOf(settings));
  try {
    return await pullBack(inverse, flow.parameters, baseSource(target.base), samples, energies, energies.length, pause);
  } finally {
    await inverse.dispose();
  }
}

/** The stream that `jeffreys sample --seed` draws from: not the one of the run's own ensemble. */
export const sampleKey = (seed: number): Key => foldIn(keyFromSeed(seed), 'sample');

export async function generateEnsemble(options: GenerationOptions): Promise<Ensemble> {
  const { target, flow, settings, key, surroundings } = options;
  const { journal, emit } = surroundings;
  const finished = journal.phase('ensemble');
  emit({ kind: 'phase', phase: 'ensemble', resumed: finished !== null });
  if (finished !== null) {
    const { samples, logWeights, heldOutLogWeights } = finished.arrays;
    return {
      samples: float64(samples), logWeights: float64(logWeights), heldOutLogWeights: float64(heldOutLogWeights),
      plain: null, ...checkStored(ensembleSchema, finished.json, 'ensemble')
    };
  }
  const n = settings.samples;
  const d = target.dimension;
  const samples = new Float64Array(n * d);
  const logWeights = new Float64Array(n);
  const clock = pace(surroundings, 0);
  let done = 0;
  const pause = (): Promise<void> => clock.tick(() => emit({ kind: 'generation', done, total: n }), () => undefined);
  for await (const piece of streamSamples(options, key, n, 0, pause)) {
    samples.set(piece.samples, piece.first * d);
    logWeights.set(piece.logWeights, piece.first);
    done = piece.first + piece.count;
    await pause();
  }
  const seconds = clock.seconds();
  const heldOutLogWeights = await pullBackFlow(options, flow.test, pause);
  const trainedEss = storedFigure(truncatedForwardEss(await pullBackFlow(options, flow.seen, pause)).fraction);
  journal.finishPhase('ensemble', {
    json: { seconds, trainedEss },
    arrays: {
      samples: { dtype: 'float64', shape: [n, d], data: samples },
      logWeights: { dtype: 'float64', shape: [n], data: logWeights },
      heldOutLogWeights: { dtype: 'float64', shape: [heldOutLogWeights.length], data: heldOutLogWeights },
    },
  });
  return { samples, logWeights, heldOutLogWeights, trainedEss, plain: null, seconds };
}
