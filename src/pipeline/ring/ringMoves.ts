/**
 * MALA moves of weighted rings: each leaves the ring's density invariant, so weights stay right and values lose
 * variance.
 */
import { foldIn, type Key } from '../../engine/random.ts';
import { power } from '../../numerics/power.ts';
import { Rejuvenation } from '../../samplers/rejuvenate.ts';
import { differenceEvaluator } from '../../targets/path.ts';
import type { Ring } from '../../targets/ringBeads.ts';

/** Rings per call of the moves. */
const CAPACITY = 4096;
/** MALA's best acceptance (Roberts & Rosenthal 1998), and how the step is brought there on the first rings. */
const ACCEPTANCE = 0.574;
const TRIALS = 12;
const TRIAL_RINGS = 512;
const TRIAL_STEPS = 5;

export class RingMoves {
  readonly #rejuvenation: Rejuvenation;
  #stepSize: number | null;
  readonly #dimension: number;
  #accepted = 0;
  #moved = 0;

  /** @param stepSize 0: found on the first rings @param threads 0: as many as the machine has */
  constructor(
    { target, energy }: Ring, private readonly steps: number, stepSize: number, threads: number,
    private readonly key: Key,
  ) {
    this.#dimension = target.dimension;
    this.#rejuvenation = new Rejuvenation(
      differenceEvaluator(target, energy), target.base, CAPACITY, threads === 0 ? undefined : threads
    );
    this.#stepSize = stepSize > 0 ? stepSize : null;
  }

  dispose(): void {
    this.#rejuvenation.dispose();
  }

  get stepSize(): number { return this.#stepSize ?? NaN; }
  get acceptance(): number { return this.#accepted / this.#moved; }

  /** In place. @param rings [n, d] @param first index of the first of them */
  move(rings: Float64Array, first: number): void {
    const n = rings.length / this.#dimension;
    this.#stepSize ??= this.#fitted(rings);
    const { acceptance } = this.#rejuvenation.move(rings, {
      lambda: 1, stepSize: this.#stepSize, steps: this.steps, key: foldIn(this.key, 'all'), first
    });
    this.#accepted += n * acceptance;
    this.#moved += n;
  }

  /** A step size from copies of the first rings, which are the same however the run was interrupted. */
  #fitted(rings: Float64Array): number {
    const d = this.#dimension;
    const trial = rings.slice(0, Math.min(rings.length, TRIAL_RINGS * d));
    let stepSize = power(d, -1 / 3);
    for (let t = 0; t < TRIALS; t++) {
      const { acceptance } = this.#rejuvenation.move(
        trial.slice(), { lambda: 1, stepSize, steps: TRIAL_STEPS, key: foldIn(foldIn(this.key, 'trial'), t) }
      );
      stepSize *= Math.exp((2 * (acceptance - ACCEPTANCE)) / (1 + 0.25 * t));
    }
    return stepSize;
  }
}
