/** Particles through the map of a stage, and the weights of that step. */
import { wrapPoints } from '../targets/domain.ts';
import type { EnergyEvaluator } from '../targets/energyEvaluator.ts';
import type { Target } from '../targets/target.ts';
import type { FlowMap, ParameterArray } from '../training/flowMap.ts';
import { endEnergiesOf, mixedEnergy } from './ladderChain.ts';

/** What a map makes of the particles. */
export interface Moved {
  /** [N, d] */
  readonly points: Float64Array;
  /** log of the step's weights: U_from(x) − U_to(F(x)) + log|det J|; −Infinity where it is unknown or infinite. [N] */
  readonly logIncrements: Float64Array;
  /** How many of living particles were unknown or infinite. */
  readonly nonFinite: number;
}

/** A step from one λ to another. */
export interface Step {
  readonly from: number;
  readonly to: number;
}

/** The particles where they are, and their U0 and U1. */
export interface Placed {
  readonly points: Float64Array;
  readonly u0: Float64Array;
  readonly u1: Float64Array;
  /** log-weights so far: who has none is dead, whatever befalls it. */
  readonly logWeights: Float64Array;
}

/**
 * Weights that are not finite count as none, and are counted: left out instead, they would flatter the map that made
 * them.
 */
function settled(points: Float64Array, increments: Float64Array, logWeights: Float64Array): Moved {
  let nonFinite = 0;
  const logIncrements = increments.map((value, i) => {
    if (value < Infinity) return value;
    if (logWeights[i] > -Infinity) nonFinite += 1;
    return -Infinity;
  });
  return { points, logIncrements, nonFinite };
}

/** No map at all. */
export function stayPut({ points, u0, u1, logWeights }: Placed, { from, to }: Step): Moved {
  return settled(
    points, u0.map((base, i) => mixedEnergy(base, u1[i], from) - mixedEnergy(base, u1[i], to)), logWeights
  );
}

const PIECE = 65_536;

/** Through a flow. @param pause called between pieces, to report and to stop */
export async function pushStep(
  map: FlowMap, parameters: ParameterArray, target: Target, energy: EnergyEvaluator,
  { points, u0, u1, logWeights }: Placed, { from, to }: Step,
  pause: (done: number) => Promise<void> = () => Promise.resolve(),
): Promise<Moved> {
  const [n, d] = [u0.length, target.dimension];
  const images = new Float64Array(points.length);
  const increments = new Float64Array(n);
  const most = Math.min(PIECE, map.together);
  for (let first = 0; first < n; first += most) {
    const last = Math.min(n, first + most);
    await pause(first);
    await map.map(
      parameters, points.subarray(first * d, last * d), last - first, images.subarray(first * d, last * d),
      increments.subarray(first, last)
    );
  }
  wrapPoints(target.domain, images, n);
  const there = await endEnergiesOf(target, energy, images, () => pause(n));
  for (let i = 0; i < n; i++)
    increments[i] += mixedEnergy(u0[i], u1[i], from) - mixedEnergy(there.u0[i], there.u1[i], to);
  return settled(images, increments, logWeights);
}
