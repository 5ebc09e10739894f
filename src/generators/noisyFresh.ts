/**
 * Fresh samples of a run on noisy energies, with weights of every kind: what is judged, since particles that a ladder resampled or
 * moved are no independent draws. Learned weights come with ratios of the true ones to them on some of the samples.
 */
import { foldIn, type Key } from '../engine/random.ts';
import type { NoisyEvaluator } from '../targets/noisyEvaluator.ts';
import type { Target } from '../targets/target.ts';
import type { EvaluationCount } from './evaluations.ts';
import type { Surroundings } from './journal.ts';
import { centredAt } from './learnedWeights.ts';
import { imagesOf, pieceWeights, streamPushed, type NoisyFlow, type StepWeights } from './noisyChain.ts';
import { pace } from './pace.ts';
import type { Settings, WeightKind } from './settings.ts';
import { WeightRatios } from './weightRatios.ts';

/** Samples that ratios are found on: with the energy itself, and with noisy values of it, where many draws of few samples serve best. */
const EXACT_RATIOS = 20_000;
const NOISY_RATIOS = 50_000;

export interface KindSamples {
  /** Of the first samples; of all of them for the kind that the run uses. [m ≤ n] */
  readonly logWeights: Float64Array;
  /** How far they are from the true ones; null for exact weights. */
  readonly learned: (ReturnType<WeightRatios['result']> & { readonly nonFinite: number }) | null;
}

export interface FreshSamples {
  /** [n, d] */
  readonly samples: Float64Array;
  readonly kinds: ReadonlyMap<WeightKind, KindSamples>;
}

export interface FreshOptions {
  readonly flow: NoisyFlow;
  readonly target: Target;
  readonly noisy: NoisyEvaluator;
  readonly settings: Settings;
  /** Of every kind that is asked for. */
  readonly weighers: ReadonlyMap<WeightKind, StepWeights>;
  readonly key: Key;
  readonly surroundings: Surroundings;
  readonly evaluations: EvaluationCount;
}

/** @throws Interrupted when asked to stop */
export async function generateNoisy(options: FreshOptions): Promise<FreshSamples> {
  const { flow, target, noisy, settings, weighers, key, surroundings, evaluations } = options;
  const [n, d] = [settings.samples, target.dimension];
  const samples = new Float64Array(n * d);
  const clock = pace(surroundings, 0);
  const tick = (done: number): Promise<void> => clock.tick(() => surroundings.emit({ kind: 'generation', done, total: n }), () => undefined);
  let seen: NoisyEvaluator = noisy;
  const kinds = Array.from(weighers, ([kind, weigh]) => {
    const count = kind === settings.weights ? n : Math.min(settings.compared, n);
    return { kind, weigh, logWeights: new Float64Array(count), ratios: kind === 'exact' ? null : ratiosOf(options, kind, count, () => seen) };
  });
  for await (const piece of streamPushed(flow, foldIn(key, 'samples'), n)) {
    const images = imagesOf(piece);
    samples.set(images, piece.first * d);
    if (piece.first === 0) seen = centredAt(noisy, images, d);
    for (const { weigh, logWeights, ratios } of kinds) {
      if (piece.first >= logWeights.length) continue;
      const own = await pieceWeights(piece, weigh);
      logWeights.set(own.subarray(0, logWeights.length - piece.first), piece.first);
      await ratios?.add(piece, own, () => tick(piece.first));
    }
    await tick(piece.first + piece.count);
  }
  for (const { kind, logWeights, ratios } of kinds) {
    const phase = kind === settings.weights ? 'weights' : 'comparison';
    evaluations.add(phase, ratios === null ? { full: logWeights.length } : ratios.draws === 0 ? { full: ratios.spent } : { noisy: ratios.spent });
  }
  return {
    samples,
    kinds: new Map(kinds.map(({ kind, logWeights, ratios }) => [kind, { logWeights, learned: ratios === null ? null : { ...ratios.result(logWeights), nonFinite: ratios.nonFinite } }])),
  };
}

function ratiosOf({ noisy, target: { base }, settings, key }: FreshOptions, kind: WeightKind, count: number, seen: () => NoisyEvaluator): WeightRatios {
  const { full } = noisy;
  if (kind === 'learned-full' && full !== null) return new WeightRatios(Math.min(EXACT_RATIOS, count), 0, base, (x, n, _draw, _first, values) => full.energies(x, n, values));
  const m = Math.min(NOISY_RATIOS, count);
  // As many noisy values as were spent on learning.
  const draws = Math.max(2, Math.ceil((settings.weightSteps * settings.weightBatch * settings.weightDraws) / m));
  const ownKey = foldIn(key, kind);
  return new WeightRatios(m, draws, base, (x, n, draw, first, values) => {
    const xi = new Float64Array(n * noisy.size);
    seen().draw(foldIn(ownKey, draw), first, n, xi);
    seen().energies(x, xi, n, values);
  });
}
