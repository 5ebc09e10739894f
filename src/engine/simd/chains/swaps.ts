/** Swaps between neighbouring rungs of four ladders at once, deterministic even–odd, as in `samplers/swap.ts`. */
import { f64x2, i32, i32x4, v128, type I32, type V128 } from '../../wasm/instructions.ts';
import type { FunctionBuilder } from '../../wasm/functionBuilder.ts';
import type { Lanes } from '../../wasm/lanes.ts';
import { laneKeys, threefry, uniform } from '../random.ts';
import type { StepWriter } from './kernel.ts';
import { DIRECTION, forEachCoordinate, SHARD, type RungLayout } from './layout.ts';
import { doubles } from './transfer.ts';

/** Directions of replicas: which end they saw last. */
const FROM_COLD = i32x4.constant(1);
const FROM_HOT = i32x4.constant(2);

/** log of the Metropolis ratio of exchanging two rungs' states: (β_a − β_b)(U_a − U_b). */
export type SwapRatio = (lanes: Lanes, betaA: V128, betaB: V128, energyA: V128, energyB: V128) => V128;

export const logSwapRatio: SwapRatio = (lanes, betaA, betaB, energyA, energyB) =>
  lanes.mul(lanes.sub(betaA, betaB), lanes.sub(energyA, energyB));

/** Body of the function (scratch, rungs, round): one round of swaps of a shard. */
export function writeSwaps(
  f: FunctionBuilder, { lanes, math }: Pick<StepWriter, 'lanes' | 'math'>, layout: RungLayout, ratio: SwapRatio
): void {
  const [scratch, rungs, round] = [0, 1, 2].map((k) => f.parameter(k, 'i32').get);
  const keys = laneKeys(f, v128.load(scratch, SHARD.key0), v128.load(scratch, SHARD.key1));
  const counter = f.let(i32x4.splat(round));
  const halves = Array.from({ length: layout.halves }, (_, half) => half);
  f.for(i32.and(round, i32.constant(1)), i32.sub(rungs, i32.constant(1)), 2, (k) => {
    const a = f.let(blockOf(scratch, layout, k));
    const b = f.let(i32.add(a, i32.constant(layout.bytes)));
    const [word] = threefry(f, keys, i32x4.splat(k), counter);
    const draws = uniform(f, lanes, word);
    const outcomes = halves.map((half) => {
      const [betaA, betaB] = [a, b].map((at) => v128.load(at, layout.beta(half)));
      const [energyA, energyB] = [a, b].map((at) => v128.load(at, layout.energy(half)));
      const probability =
        f.let(lanes.pmin(math.exp(f, f.let(ratio(lanes, betaA, betaB, energyA, energyB))), lanes.constant(1)));
      return { probability, accept: f.let(lanes.lt(draws[half], probability)) };
    });
    doubles(f, lanes, outcomes.map(({ probability }) => probability)).forEach((probability, pair) => {
      f.do(v128.store(a, f64x2.add(v128.load(a, layout.acceptance(pair)), probability), layout.acceptance(pair)));
    });
    const exchange = (mask: V128, offset: number, row = i32.constant(0)): void => {
      const places = [a, b].map((block) => f.let(i32.add(block, row)));
      const [atA, atB] = places.map((place) => f.let(v128.load(place, offset)));
      f.do(v128.store(places[0], v128.bitselect(atB, atA, mask), offset));
      f.do(v128.store(places[1], v128.bitselect(atA, atB, mask), offset));
    };
    forEachCoordinate(f, layout, (_, row) => {
      for (const half of halves) {
        exchange(outcomes[half].accept, layout.position(0, half), row);
        exchange(outcomes[half].accept, layout.gradient(0, half), row);
      }
    });
    for (const half of halves) exchange(outcomes[half].accept, layout.energy(half));
    // Masks of 64-bit lanes become one of 32-bit lanes.
    const accepts = outcomes.map(({ accept }) => accept);
    const mask = accepts.length === 1 ? accepts[0]
      : f.let(v128.shuffle([0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27], accepts[0], accepts[1]));
    for (const offset of layout.labels) exchange(mask, offset);
  });
  f.if(i32.gt(rungs, i32.constant(1)), () => markEnds(f, layout, scratch, rungs));
}

const blockOf = (scratch: I32, layout: RungLayout, rung: I32): I32 =>
  i32.add(i32.add(scratch, i32.constant(SHARD.bytes)), i32.mul(rung, i32.constant(layout.bytes)));

/** Note which replicas sit at the ends; one that came from hot to cold has made a round trip. */
function markEnds(f: FunctionBuilder, layout: RungLayout, scratch: I32, rungs: I32): void {
  const hot = f.let(blockOf(scratch, layout, i32.constant(0)));
  const cold = f.let(blockOf(scratch, layout, i32.sub(rungs, i32.constant(1))));
  const atHot = f.let(v128.load(hot, DIRECTION));
  f.do(v128.store(hot, v128.bitselect(FROM_HOT, atHot, i32x4.eq(atHot, FROM_COLD)), DIRECTION));
  const back = i32x4.eq(v128.load(cold, DIRECTION), FROM_HOT);
  f.do(v128.store(scratch, i32x4.sub(v128.load(scratch, SHARD.roundTrips), back), SHARD.roundTrips));
  f.do(v128.store(cold, FROM_COLD, DIRECTION));
}
