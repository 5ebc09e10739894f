/** How long energies take on this machine, warm. */
import { keyFromSeed } from '../../engine/random.ts';
import { sampleBase, type Base } from '../../targets/base.ts';
import type { EnergyEvaluator } from '../../targets/energyEvaluator.ts';

/** Seconds that a measurement is to take, and how often it is repeated: the shortest counts. */
const LONG_ENOUGH = 0.02;
const REPEATS = 3;
/** Points of a batch; fewer of an energy that is dear. */
const BATCH = 1024;
const BATCH_SECONDS = 0.5;

/** Seconds from here on, each time it is called. */
export function stopwatch(): () => number {
  const started = performance.now();
  return () => (performance.now() - started) / 1000;
}

/** Seconds of one call, warm: of as many in a row as take long enough, the fastest of a few rows. */
export function secondsOf(call: () => void): number {
  call();
  let best = Infinity;
  for (let repeat = 0, calls = 1; repeat < REPEATS; repeat++) {
    for (;;) {
      const elapsed = stopwatch();
      for (let i = 0; i < calls; i++) call();
      const seconds = elapsed();
      best = Math.min(best, seconds / calls);
      if (seconds >= LONG_ENOUGH) break;
      calls *= seconds < LONG_ENOUGH / 10 ? 10 : 2;
    }
    if (best > LONG_ENOUGH) break;
  }
  return best;
}

/** Seconds of a single point, of a batch, and of each point of the batch. */
export interface Timing {
  readonly onePoint: number;
  readonly batch: number;
  readonly perPoint: number;
}

export interface EnergyTiming {
  /** Points of the batch. */
  readonly points: number;
  /** Of the first call of all, which compiles what is compiled as it runs. */
  readonly first: number;
  readonly energy: Timing;
  readonly withGradient: Timing;
}

/** At points of the base. */
export function timeEnergy(base: Base, evaluator: EnergyEvaluator): EnergyTiming {
  const d = evaluator.dimension;
  const x = new Float64Array(BATCH * d);
  sampleBase(base, keyFromSeed(0), 0, BATCH, x);
  const energies = new Float64Array(BATCH);
  const gradients = new Float64Array(BATCH * d);
  const both = (n: number) => (): void => evaluator.energiesAndGradients(x, n, energies, gradients);
  const alone = (n: number) => (): void => evaluator.energies(x, n, energies);
  const elapsed = stopwatch();
  both(1)();
  const first = elapsed();
  const one = [alone(1), both(1)].map(secondsOf);
  const points = Math.max(1, Math.min(BATCH, Math.floor(BATCH_SECONDS / one[1])));
  const [energy, withGradient] = [alone(points), both(points)].map((call, k): Timing => {
    const batch = secondsOf(call);
    return { onePoint: one[k], batch, perPoint: batch / points };
  });
  return { points, first, energy, withGradient };
}
