/**
 * Fresh samples of a run on noisy energies, with weights of every kind: what is judged, since particles that a ladder
 * resampled or
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
import { WeightRatios, type Ratios } from './weightRatios.ts';

/** Samples that ratios are found on with the energy itself. */
const EXACT_RATIOS = 20_000;
/**
 * With noisy values: samples at most, draws of each at least, and how many of each make the noise of their mean a half.
 */
const NOISY_RATIOS = 50_000;
const LEAST_DRAWS = 16;
const drawsFor = (variance: number): number => Math.ceil(4 * variance);
/** Samples and draws that tell the noise. */
const [PILOT, PILOT_DRAWS] = [64, 16];

export interface KindSamples {
  /** Of the first samples; of all of them for the kind that the run uses. [m ≤ n] */
  readonly logWeights: Float64Array;
  /** How far they are from the true ones; null for exact weights. */
  readonly learned: Ratios | null;
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
  const tick = (done: number): Promise<void> =>
    clock.tick(() => surroundings.emit({ kind: 'generation', done, total: n }), () => undefined);
  const kinds = Array.from(weighers, ([kind, weigh]) => {
    const count = kind === settings.weights ? n : Math.min(settings.compared, n);
    return { kind, weigh, logWeights: new Float64Array(count), ratios: null as WeightRatios | null };
  });
  let generated = 0;
  for await (const piece of streamPushed(flow, foldIn(key, 'samples'), n, () => tick(generated))) {
    const images = imagesOf(piece);
    samples.set(images, piece.first * d);
    if (piece.first === 0) {
      const seen = centredAt(noisy, images, d);
      for (const entry of kinds) entry.ratios = ratiosOf(options, entry.kind, entry.logWeights.length, seen, images);
    }
    for (const { weigh, logWeights, ratios } of kinds) {
      if (piece.first >= logWeights.length) continue;
      const own = await pieceWeights(piece, weigh);
      logWeights.set(own.subarray(0, logWeights.length - piece.first), piece.first);
      await ratios?.add(piece, own, () => tick(piece.first));
    }
    generated = piece.first + piece.count;
    await tick(generated);
  }
  for (const { kind, logWeights, ratios } of kinds) {
    const phase = kind === settings.weights ? 'weights' : 'comparison';
    evaluations.add(
      phase,
      ratios === null ? { full: logWeights.length }
        : ratios.draws === 0 ? { full: ratios.spent } : { noisy: ratios.spent }
    );
  }
  return {
    samples,
    kinds: new Map(
      kinds.map(({ kind, logWeights, ratios }) => [kind, { logWeights, learned: ratios?.result(logWeights) ?? null }])
    ),
  };
}

/** @param seen the noise about the samples @param images first of the samples [≥ PILOT, d] */
function ratiosOf(
  { noisy, target: { base }, settings, key }: FreshOptions, kind: WeightKind, count: number, seen: NoisyEvaluator,
  images: Float64Array
): WeightRatios | null {
  if (kind === 'exact' || count < 2) return null;
  const { full } = noisy;
  if (kind === 'learned-full' && full !== null) return new WeightRatios(
    Math.min(EXACT_RATIOS, count), 0, base, (x, n, _draw, _first, values) => full.energies(x, n, values)
  );
  const ownKey = foldIn(key, kind);
  const draw = (x: Float64Array, n: number, index: number, first: number, values: Float64Array): void => {
    const xi = new Float64Array(n * noisy.size);
    seen.draw(foldIn(ownKey, index), first, n, xi);
    seen.energies(x, xi, n, values);
  };
  // As many noisy values as were spent on learning.
  const total = settings.weightSteps * settings.weightBatch * settings.weightDraws;
  const needed = Math.max(LEAST_DRAWS, drawsFor(noiseOf(images.subarray(0, PILOT * noisy.dimension), draw)));
  const m = Math.max(2, Math.min(NOISY_RATIOS, count, Math.floor(total / needed)));
  return new WeightRatios(m, Math.max(needed, Math.floor(total / m)), base, draw, PILOT * PILOT_DRAWS);
}

/** Variance of one noisy value, the median over points. @param points [p, d] */
function noiseOf(
  points: Float64Array, draw: (x: Float64Array, n: number, index: number, first: number, values: Float64Array) => void
): number {
  const values = new Float64Array(PILOT);
  const [sums, squares] = [new Float64Array(PILOT), new Float64Array(PILOT)];
  for (let k = 0; k < PILOT_DRAWS; k++) {
    // Draws apart from those that ratios are made of.
    draw(points, PILOT, -1 - k, 0, values);
    values.forEach((value, i) => {
      sums[i] += value;
      squares[i] += value * value;
    });
  }
  const variances = squares.map((square, i) => (square - (sums[i] * sums[i]) / PILOT_DRAWS) / (PILOT_DRAWS - 1))
    .filter(Number.isFinite).sort();
  return variances.length === 0 ? 0 : variances[variances.length >> 1];
}
