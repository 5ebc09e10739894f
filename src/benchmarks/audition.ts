/** Which variant of an entrant is the fastest here: each shows what it can do in a short trial. */
import { Absent, type Entrant, type Runner, type Unit } from './benchCase.ts';
import { summarise } from './summary.ts';

export interface Clock {
  readonly now: (this: void) => number;
  readonly pause: (this: void, milliseconds: number) => Promise<void>;
}

export interface Trial {
  readonly variant: string;
  /** In the case's unit; or why it could not run. */
  readonly figure: number | string;
}

/** A started runner, or the reason why there is none. */
export interface Entered {
  readonly runner: Runner | null;
  readonly variant: string;
  readonly absence: string | null;
  /** It broke, rather than being absent. */
  readonly failed: boolean;
  readonly trials: readonly Trial[];
}

/** A turn repeats short cases for this long, milliseconds, after one run that is not counted; at most so many times. */
const TURN = 150;
const MOST_RUNS = 20;
/** Threads of the one before may spin a while before they sleep, milliseconds. */
const SETTLE = 40;
const TRIAL_TURNS = 3;
/** So many times slower than the best so far in its first turns, a variant needs no further ones. */
const HOPELESS = 2;

/** One turn of a runner: the median of a few runs, after one that is not counted. In the case's unit. */
export async function turn(runner: Runner, unit: Unit, { now, pause }: Clock): Promise<number> {
  await pause(SETTLE);
  await runner.run();
  const raw: number[] = [];
  const start = now();
  do raw.push(await runner.run()); while (now() - start < TURN && raw.length < MOST_RUNS);
  return unit.of(summarise(raw).median);
}

/** The first line of what went wrong. */
export const reason = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split('\n')[0];

/** Start the fastest variant; one alone is started without a trial. */
export async function enter({ variants, absence }: Entrant, unit: Unit, clock: Clock): Promise<Entered> {
  const less = unit.better === 'less';
  const trials: Trial[] = [];
  let best: { runner: Runner; figure: number; variant: string } | null = null;
  let failed = false;
  for (const variant of variants) {
    let runner: Runner | null = null;
    try {
      runner = await variant.start();
      const figures: number[] = [];
      for (let i = 0; i < (variants.length > 1 ? TRIAL_TURNS : 0); i++) {
        figures.push(await turn(runner, unit, clock));
        if (best !== null && (less ? figures[i] > HOPELESS * best.figure : HOPELESS * figures[i] < best.figure)) break;
      }
      const figure = figures.length === 0 ? NaN : summarise(figures).median;
      trials.push({ variant: variant.name, figure });
      if (best === null || (less ? figure < best.figure : figure > best.figure)) {
        await best?.runner.dispose();
        best = { runner, figure, variant: variant.name };
      } else {
        await runner.dispose();
      }
    } catch (error) {
      await runner?.dispose();
      trials.push({ variant: variant.name, figure: reason(error) });
      // What is not installed is missing for all variants.
      if (error instanceof Absent) break;
      failed = true;
    }
  }
  if (best !== null) return {
    runner: best.runner, variant: best.variant, absence: null, failed: false, trials: variants.length > 1 ? trials : []
  };
  const why = trials.map(({ figure }) => figure).find((figure) => typeof figure === 'string');
  return { runner: null, variant: '', absence: why ?? absence ?? 'nothing to run', failed, trials: [] };
}
