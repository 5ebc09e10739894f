/** Points through all flows of a run on noisy energies, and back. */
import { foldIn, type Key } from '../engine/random.ts';
import { baseEnergies, baseSamplers } from '../targets/base.ts';
import type { Architecture } from '../flows/architecture.ts';
import { noPause, type Pause } from '../pausing.ts';
import { wrapPoints } from '../targets/domain.ts';
import type { EnergyEvaluator } from '../targets/energyEvaluator.ts';
import type { Target } from '../targets/target.ts';
import { FlowMap, type ParameterArray } from '../training/flowMap.ts';
import type { TrainingData } from '../training/trainer.ts';
import type { WeightedPiece } from './ensemble.ts';
import { networkOf, type Settings } from './settings.ts';

export interface NoisyFlow {
  readonly target: Target;
  readonly architecture: Architecture;
  readonly settings: Pick<Settings, 'precision' | 'baseSampling' | 'device' | 'executor' | 'threads'>;
  /** From the base to the target. */
  readonly flows: readonly ParameterArray[];
}

const CHUNK = 4096;
const PIECE = 16 * CHUNK;

/** log w of samples of the target with the energies they are labelled with, back through all flows. @returns [n] */
export async function pullBackNoisy(
  { target, architecture, settings, flows }: NoisyFlow, { samples, energies }: TrainingData, pause: Pause = noPause,
): Promise<Float64Array> {
  const n = energies.length;
  const inverse = await FlowMap.compile(architecture, 'inverse', CHUNK, networkOf(settings));
  try {
    const logWeights = energies.map((energy) => -energy);
    const x = samples.slice();
    for (let k = flows.length - 1; k >= 0; k--) {
      const gains = new Float64Array(n);
      await inverse.map(flows[k], x.slice(), n, x, gains, pause);
      wrapPoints(target.domain, x, n);
      for (let i = 0; i < n; i++) logWeights[i] -= gains[i];
    }
    const u0 = new Float64Array(n);
    baseEnergies(target.base, x, n, u0);
    return logWeights.map((value, i) => value + u0[i]);
  } finally {
    await inverse.dispose();
  }
}

/** log-weight of step k of pairs (x, z = F_k(x)): [n] */
export type StepWeights = (k: number, x: Float64Array, z: Float64Array, logDet: Float64Array, n: number) =>
  Promise<Float64Array>;

/** With the energy itself only both ends of the chain matter: the last step takes what is left. */
export function exactWeights({ target, flows }: NoisyFlow, energy: EnergyEvaluator): StepWeights {
  return (k, x, z, logDet, n) => {
    const logWeights = logDet.slice(0, n);
    const values = new Float64Array(n);
    if (k === 0) {
      baseEnergies(target.base, x, n, values);
      for (let i = 0; i < n; i++) logWeights[i] += values[i];
    }
    if (k === flows.length - 1) {
      energy.energies(z, n, values);
      for (let i = 0; i < n; i++) logWeights[i] -= values[i];
    }
    return Promise.resolve(logWeights);
  };
}

/** What one flow of the chain has done to a piece of samples. */
export interface PushedStep {
  /** [n, d] */
  readonly x: Float64Array;
  /** [n, d] */
  readonly z: Float64Array;
  /** [n] */
  readonly logDet: Float64Array;
}

/** Fresh base points through all flows. */
export interface PushedPiece {
  readonly first: number;
  readonly count: number;
  /** From the base to the target, at least one. */
  readonly steps: readonly PushedStep[];
}

/** Weights of a piece, from those of its steps. @returns [n] */
export async function pieceWeights({ steps, count }: PushedPiece, weigh: StepWeights): Promise<Float64Array> {
  const logWeights = new Float64Array(count);
  for (const [k, { x, z, logDet }] of steps.entries()) {
    const step = await weigh(k, x, z, logDet, count);
    for (let i = 0; i < count; i++) logWeights[i] += step[i];
  }
  return logWeights;
}

/** Where a piece ends up. @returns [n, d] */
export const imagesOf = ({ steps }: PushedPiece): Float64Array => steps[steps.length - 1].z;

/** `total` weighted samples in pieces of bounded size. Sample i depends on the key and i alone. */
export async function* streamNoisy(
  flow: NoisyFlow, weigh: StepWeights, key: Key, total: number
): AsyncGenerator<WeightedPiece> {
  for await (const piece of streamPushed(flow, key, total)) {
    yield {
      first: piece.first, count: piece.count, samples: imagesOf(piece), logWeights: await pieceWeights(piece, weigh)
    };
  }
}

/**
 * `total` fresh base points through all flows, in pieces of bounded size. Sample i depends on the key and i alone.
 * @param pause called within pieces too
 */
export async function* streamPushed(
  { target, architecture, settings, flows }: NoisyFlow, key: Key, total: number, pause: Pause = noPause,
): AsyncGenerator<PushedPiece> {
  const { base, domain, dimension: d } = target;
  const map = await FlowMap.compile(architecture, 'forward', CHUNK, networkOf(settings));
  try {
    const most = Math.min(PIECE, map.together);
    for (let first = 0; first < total; first += most) {
      const count = Math.min(most, total - first);
      let x = new Float64Array(count * d);
      baseSamplers[settings.baseSampling](base, foldIn(key, 'base'), first, count, x);
      const steps: PushedStep[] = [];
      for (const parameters of flows) {
        const z = new Float64Array(count * d);
        const logDet = new Float64Array(count);
        await map.map(parameters, x, count, z, logDet, pause);
        wrapPoints(domain, z, count);
        steps.push({ x, z, logDet });
        x = z;
      }
      yield { first, count, steps };
    }
  } finally {
    await map.dispose();
  }
}
