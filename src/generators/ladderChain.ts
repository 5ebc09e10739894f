/**
 * Fresh samples through a ladder of flows: base samples go through every stage, pick up its weight, and may make
 * Langevin
 * moves that leave the stage's density invariant: annealed importance sampling with flows. The weights are exact.
 * @see Neal 2001; Arbel, Matthews & Doucet 2021, "Annealed flow transport Monte Carlo"
 */
import { foldIn, type Key } from '../engine/random.ts';
import type { Architecture } from '../flows/architecture.ts';
import { noPause, uncut, withPauses, type Cuts, type Pause } from '../pausing.ts';
import { Rejuvenation } from '../samplers/rejuvenate.ts';
import { baseEnergies, baseSamplers } from '../targets/base.ts';
import { compileEnergy } from '../targets/compile.ts';
import { wrapPoints } from '../targets/domain.ts';
import type { EnergyEvaluator } from '../targets/energyEvaluator.ts';
import { differenceTarget } from '../targets/path.ts';
import type { Target } from '../targets/target.ts';
import { energiesOf } from '../training/evaluation.ts';
import { FlowMap, type ParameterArray } from '../training/flowMap.ts';
import type { TrainingData } from '../training/trainer.ts';
import type { WeightedPiece } from './ensemble.ts';
import { networkOf, type Settings } from './settings.ts';

/** Points per call of the network, per call of the moves, and per piece of a stream. */
const CHUNK = 4096;
const PIECE = 16 * CHUNK;

/** One finished stage. */
export interface LadderStage {
  readonly lambda: number;
  /** null: the identity */
  readonly parameters: ParameterArray | null;
  /** Of Langevin moves at λ. */
  readonly stepSize: number;
}

export interface LadderSource {
  readonly target: Target;
  readonly energy: EnergyEvaluator;
  readonly architecture: Architecture;
  readonly stages: readonly LadderStage[];
  readonly settings: Pick<Settings, 'precision' | 'baseSampling' | 'device' | 'executor' | 'threads'>;
}

/** U_λ from U0 and U1: at λ = 0 a target that is not finite does not matter. */
export const mixedEnergy = (u0: number, u1: number, lambda: number): number =>
  (lambda === 0 ? u0 : lambda === 1 ? u1 : u0 + lambda * (u1 - u0));

/** A weight that has become zero (or, on the way back, infinite) stays so: ∞ − ∞ would make it unknown. */
function addTo(logWeights: Float64Array, i: number, change: number): void {
  if (logWeights[i] !== -Infinity && logWeights[i] !== Infinity) logWeights[i] += change;
}

/** U0 and U1 of points [n, d]. @param pause called between pieces of them */
export async function endEnergiesOf(
  target: Target, energy: EnergyEvaluator, x: Float64Array, pause: Pause,
): Promise<{ u0: Float64Array; u1: Float64Array }> {
  const n = x.length / target.dimension;
  const [u0, u1] = [new Float64Array(n), new Float64Array(n)];
  baseEnergies(target.base, x, n, u0);
  await energiesOf(energy, x, n, u1, pause);
  return { u0, u1 };
}

/** The same at once. */
export function endEnergies(target: Target, energy: EnergyEvaluator, x: Float64Array): {
  u0: Float64Array; u1: Float64Array
} {
  const n = x.length / target.dimension;
  const [u0, u1] = [new Float64Array(n), new Float64Array(n)];
  baseEnergies(target.base, x, n, u0);
  energy.energies(x, n, u1);
  return { u0, u1 };
}

/**
 * `total` weighted samples in pieces of bounded size. Sample i depends on the key and i alone.
 * @param moves MALA steps between stages (none after the last) @param from index of the first sample
 */
export async function* streamLadder(
  { target, energy, architecture, stages, settings }: LadderSource, key: Key, moves: number, total: number, from = 0,
  { pause, size }: Cuts = uncut,
): AsyncGenerator<WeightedPiece> {
  const { base, domain, dimension: d } = target;
  const map = await FlowMap.compile(architecture, 'forward', CHUNK, networkOf(settings));
  const rejuvenation = moves === 0 ? null : new Rejuvenation(
    compileEnergy(differenceTarget(target)), base, CHUNK, settings.threads === 0 ? undefined : settings.threads
  );
  try {
    const most = Math.min(PIECE, map.together);
    for (let first = from; first < from + total; first += most) {
      const count = Math.min(most, from + total - first);
      const x = new Float64Array(count * d);
      baseSamplers[settings.baseSampling](base, foldIn(key, 'base'), first, count, x);
      const logWeights = new Float64Array(count);
      let ends = await endEnergiesOf(target, energy, x, pause);
      let before = 0;
      for (const [k, { lambda, parameters, stepSize }] of stages.entries()) {
        const { u0, u1 } = ends;
        for (let i = 0; i < count; i++) addTo(logWeights, i, mixedEnergy(u0[i], u1[i], before));
        if (parameters !== null) {
          const gains = new Float64Array(count);
          await map.map(parameters, x.slice(), count, x, gains, pause);
          wrapPoints(domain, x, count);
          for (let i = 0; i < count; i++) addTo(logWeights, i, gains[i]);
          ends = await endEnergiesOf(target, energy, x, pause);
        }
        for (let i = 0; i < count; i++) addTo(logWeights, i, -mixedEnergy(ends.u0[i], ends.u1[i], lambda));
        if (rejuvenation !== null && k + 1 < stages.length) {
          const own = { lambda, stepSize, steps: moves, key: foldIn(foldIn(key, 'moves'), k), first };
          await withPauses(rejuvenation.moving(x, own, size), pause);
          ends = await endEnergiesOf(target, energy, x, pause);
        }
        before = lambda;
      }
      yield { first, count, samples: x, logWeights };
    }
  } finally {
    rejuvenation?.dispose();
    await map.dispose();
  }
}

/** log w of given target samples, back through all stages, without moves. @returns [n] */
export async function pullBackLadder(
  { target, energy, architecture, stages, settings }: LadderSource, { samples, energies }: TrainingData,
  pause: Pause = noPause,
): Promise<Float64Array> {
  const n = energies.length;
  const inverse = await FlowMap.compile(architecture, 'inverse', CHUNK, networkOf(settings));
  try {
    const logWeights = new Float64Array(n);
    const x = samples.slice();
    let u1: Float64Array = energies;
    const u0 = new Float64Array(n);
    baseEnergies(target.base, x, n, u0);
    for (let k = stages.length - 1; k >= 0; k--) {
      const { lambda, parameters } = stages[k];
      for (let i = 0; i < n; i++) addTo(logWeights, i, -mixedEnergy(u0[i], u1[i], lambda));
      if (parameters !== null) {
        const gains = new Float64Array(n);
        await inverse.map(parameters, x.slice(), n, x, gains, pause);
        wrapPoints(target.domain, x, n);
        for (let i = 0; i < n; i++) addTo(logWeights, i, -gains[i]);
        baseEnergies(target.base, x, n, u0);
        u1 = new Float64Array(n);
        await energiesOf(energy, x, n, u1, pause);
      }
      const before = k === 0 ? 0 : stages[k - 1].lambda;
      for (let i = 0; i < n; i++) addTo(logWeights, i, mixedEnergy(u0[i], u1[i], before));
    }
    return logWeights;
  } finally {
    await inverse.dispose();
  }
}
