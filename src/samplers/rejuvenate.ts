/**
 * Langevin moves (MALA) of many particles at once, each leaving exp(−U_λ) invariant: they spread what resampling
 * doubled.
 */
import { foldInRow } from '../engine/blocks.ts';
import { keyFromSeed, type Key } from '../engine/random.ts';
import { atOnce, type Steps } from '../pausing.ts';
import type { Base } from '../targets/base.ts';
import type { EnergyEvaluator } from '../targets/energyEvaluator.ts';
import { createChains, resetCounts, type ChainState } from './chainState.ts';
import { mala } from './mala.ts';
import { createRoundRunner } from './roundRunner.ts';
import { finiteStarts } from './start.ts';

export interface Moves {
  /** λ of U_λ = U0 + λ D. */
  readonly lambda: number;
  /** Of MALA. */
  readonly stepSize: number;
  readonly steps: number;
  /** Particle i draws from foldInRow(key, first + i). */
  readonly key: Key;
  readonly first?: number;
}

export interface MoveReport {
  /** Share of accepted proposals; NaN without any. */
  readonly acceptance: number;
  /** Proposals refused because something was not finite; from where D is not finite, every one is. */
  readonly nonFinite: number;
}

/** Points whose energies are evaluated between two pauses. */
const EVALUATED = 256;

/** Moves up to `capacity` particles at a time, in memory that it keeps. */
export class Rejuvenation {
  readonly #chains: ChainState;
  readonly #advance: (steps: number) => void;
  readonly #release: () => void;

  /**
   * @param difference D = U1 − U0 @param capacity most particles of a call: bounds the memory, and changes no result
   * @param threads default: as many as the machine has; results do not depend on them
   */
  constructor(
    private readonly difference: EnergyEvaluator, base: Base, private readonly capacity: number, threads?: number
  ) {
    const runner = createRoundRunner({
      energy: difference, domain: base.domain, kernel: mala, reference: base,
      ...(threads === undefined ? {} : { threads })
    });
    const positions = finiteStarts(difference, base, keyFromSeed(0), capacity);
    this.#chains = createChains({
      energy: difference, positions, inverseTemperatures: 1, stepSizes: 1, key: { k0: 0, k1: 0 }, reference: base,
      arrays: runner.arrays
    });
    this.#advance = runner.steps(this.#chains);
    this.#release = () => runner.dispose();
  }

  /** Give the memory back; no particles can be moved any more. */
  dispose(): void {
    this.#release();
  }

  /** Move particles in place. @param particles [n, d] */
  move(particles: Float64Array, moves: Moves): MoveReport {
    return atOnce(this.moving(particles, moves));
  }

  /**
   * {@link move} in steps. Another move must not begin before this one is over, and one that is not finished leaves
   * some particles moved. @param stepsAtOnce most kernel steps between two pauses
   */
  *moving(
    particles: Float64Array, { lambda, stepSize, steps, key, first = 0 }: Moves,
    stepsAtOnce: () => number = () => steps,
  ): Steps<MoveReport> {
    const d = this.difference.dimension;
    const n = particles.length / d;
    let [accepted, proposed, nonFinite] = [0, 0, 0];
    const chains = this.#chains;
    for (let start = 0; start < n && steps > 0; start += this.capacity) {
      const count = Math.min(this.capacity, n - start);
      const part = particles.subarray(start * d, (start + count) * d);
      // A last call that is not full moves copies of the first particle beside the rest.
      for (let i = 0; i < this.capacity; i++) {
        const from = i < count ? i : 0;
        for (let j = 0; j < d; j++) chains.positions[i * d + j] = part[from * d + j];
        const { k0, k1 } = foldInRow(key, first + start + i);
        chains.key0[i] = k0;
        chains.key1[i] = k1;
      }
      chains.inverseTemperatures.fill(lambda);
      chains.stepSizes.fill(stepSize);
      chains.step = 0;
      resetCounts(chains);
      yield* this.#evaluate();
      for (let done = 0; done < steps; ) {
        const part = Math.min(stepsAtOnce(), steps - done);
        this.#advance(part);
        done += part;
        yield;
      }
      for (let i = 0; i < count; i++) {
        accepted += chains.accepted[i];
        proposed += steps;
        nonFinite += chains.nonFinite[i];
        for (let j = 0; j < d; j++) part[i * d + j] = chains.positions[i * d + j];
      }
    }
    return { acceptance: accepted / proposed, nonFinite };
  }

  /** D and its gradient where the chains are. */
  *#evaluate(): Steps<void> {
    const { positions, energies, gradients, dimension: d } = this.#chains;
    for (let start = 0; start < this.capacity; start += EVALUATED) {
      const end = Math.min(this.capacity, start + EVALUATED);
      const part = <A extends Float64Array>(array: A, width: number): Float64Array =>
        array.subarray(start * width, end * width);
      this.difference.energiesAndGradients(part(positions, d), end - start, part(energies, 1), part(gradients, d));
      yield;
    }
  }
}
