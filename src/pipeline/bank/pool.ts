/** Samples of every U_λ at once: tempering's rungs along the bridge, pooled and reweighted to any λ between them. */
import { fillUniform, foldIn, type Key } from '../../engine/random.ts';
import { effectiveSampleSize } from '../../estimators/ess.ts';
import type { Estimate } from '../../estimators/estimate.ts';
import { poolStates, type PooledStates } from '../../estimators/mbar.ts';
import { InputError } from '../../errors.ts';
import { logSumExp } from '../../numerics/logSumExp.ts';
import { resample, takeRows } from '../../samplers/resample.ts';
import type { PathSamples } from '../../samplers/parallelTemperingResult.ts';
import { baseEnergies, sampleBase, type Base } from '../../targets/base.ts';
import type { EnergyEvaluator } from '../../targets/energyEvaluator.ts';
import type { TrainingData } from '../../training/trainer.ts';
import { heldApart, type Bank } from './bank.ts';

/** Blocks of ladders, each with free energies of its own: their spread is the error of log Z. */
const BLOCKS = 8;

/** Base points of which so many have a finite D. */
export interface FiniteShare {
  readonly finite: number;
  readonly of: number;
}

/** Base points that tell where D is finite. */
const BASE_POINTS = 65_536;

/** How much of the base tempering can visit, from points of its own: its log Z is to know nothing of the particles. */
export function finiteShare(base: Base, difference: EnergyEvaluator, key: Key): FiniteShare {
  const points = new Float64Array(BASE_POINTS * base.domain.length);
  const values = new Float64Array(BASE_POINTS);
  sampleBase(base, key, 0, BASE_POINTS, points);
  difference.energies(points, BASE_POINTS, values);
  return { finite: values.filter(Number.isFinite).length, of: BASE_POINTS };
}

/** Samples of any λ, drawn as they are asked for. */
export interface Draws {
  /** (Σw)²/Σw² of the weights at λ that they are drawn by. */
  effectiveSize(lambda: number): number;
  /**
   * `n` samples of U_λ with their energies, by weight, in random order: the last `held` of them are apart from the
   * others, which share no point with them.
   */
  sample(lambda: number, n: number, held: number, key: Key): TrainingData;
}

export interface Pool extends Draws {
  /** Whether the equations of the pool's free energies were solved. */
  readonly settled: boolean;
  /** log Z_λ with the standard error over independent ladders. */
  logZ(lambda: number): Estimate;
}

/** As a bank. @param stageSamples of every draw @param share of them that is held out */
export function drawnBank(
  draws: Draws, logZ: Bank['logZ'], stageSamples: number, share: number, d: number,
): Bank {
  const held = Math.max(1, Math.round(share * stageSamples));
  return {
    sample: (lambda, key) => heldApart(draws.sample(lambda, stageSamples, held, key), held, d),
    effectiveSize: (lambda) => draws.effectiveSize(lambda),
    logZ,
  };
}

/**
 * @param share base points where D is finite, of so many: tempering never visits the rest, so its first rung is that
 * part of the base
 * @throws InputError when fewer than two rows were kept
 */
export function poolPath(
  { lambdas, rows, ladders, positions, differences }: PathSamples, base: Base, heldShare: number,
  share: FiniteShare = { finite: 1, of: 1 }
): Pool {
  if (rows < 2) throw new InputError(
    `tempering along the path kept ${rows} row of samples, the ladder of flows needs at least 2; raise rounds`
  );
  const k = lambdas.length;
  const d = base.domain.length;
  const perRow = ladders * k;
  const portion = share.finite / share.of;
  const rungs = Int32Array.from({ length: rows * perRow }, (_, i) => i % k);
  const states = poolStates(differences, rungs, lambdas);
  const blocks = blockStates(differences, rows, ladders, lambdas);
  const cut = perRow * Math.min(rows - 1, Math.max(1, Math.floor((1 - heldShare) * rows)));
  const logZ = (lambda: number): Estimate => {
    const values = blocks.map((block) => logSumExp(block.logWeights(lambda)));
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
    return {
      value: logSumExp(states.logWeights(lambda)) + (lambda > 0 ? Math.log(portion) : 0),
      standardError: values.length < 2 ? NaN : Math.sqrt(
        squares / (values.length - 1) / values.length + (lambda > 0 ? (1 - portion) / (portion * share.of) : 0)
      )
    };
  };
  /** Rows of the pool between two indices, by weight. */
  const draw = (logWeights: Float64Array, from: number, to: number, count: number, key: Key): Int32Array =>
    shuffled(
      resample(logWeights.subarray(from, to), count, 'systematic', key).map((i) => i + from), foldIn(key, 'order')
    );
  return {
    settled: states.settled,
    logZ,
    effectiveSize: (lambda) => effectiveSampleSize(states.logWeights(lambda)).value,
    sample(lambda, n, held, key) {
      const logWeights = states.logWeights(lambda);
      const indices = new Int32Array(n);
      indices.set(draw(logWeights, 0, cut, n - held, foldIn(key, 'training')));
      indices.set(draw(logWeights, cut, logWeights.length, held, foldIn(key, 'held-out')), n - held);
      const samples = takeRows(positions, d, indices);
      const energies = new Float64Array(n);
      baseEnergies(base, samples, n, energies);
      for (let i = 0; i < n; i++) energies[i] += lambda * differences[indices[i]];
      return { samples, energies };
    },
  };
}

function blockStates(differences: Float64Array, rows: number, ladders: number, lambdas: Float64Array): PooledStates[] {
  const k = lambdas.length;
  const blocks = Math.min(BLOCKS, ladders);
  return Array.from({ length: blocks }, (_, block) => {
    const [from, to] = [block, block + 1].map((edge) => Math.floor((edge * ladders) / blocks));
    const width = (to - from) * k;
    const part = new Float64Array(rows * width);
    for (let row = 0; row < rows; row++)
      part.set(differences.subarray((row * ladders + from) * k, (row * ladders + to) * k), row * width);
    return poolStates(part, Int32Array.from({ length: part.length }, (__, i) => i % k), lambdas);
  });
}

/** Fisher and Yates's shuffle, in place. */
function shuffled(indices: Int32Array, key: Key): Int32Array {
  const draws = new Float64Array(indices.length);
  fillUniform(key, 0, draws);
  for (let i = indices.length - 1; i > 0; i--) {
    const other = Math.floor(draws[i] * (i + 1));
    [indices[i], indices[other]] = [indices[other], indices[i]];
  }
  return indices;
}
