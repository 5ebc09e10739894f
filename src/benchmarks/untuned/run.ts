/** Runs of untuned targets one after another, each in a process of its own, and what became of them. */
import type { UntunedEntry } from './catalogue.ts';
import { judge, summarySchema, type Cost, type Judgement } from './judge.ts';

/** A process that has ended. */
export interface Ended extends Cost {
  readonly output: string;
  /** Why there is no result: the last words of a process that failed or was stopped; null where there is one. */
  readonly failure: string | null;
}

export interface UntunedRun {
  readonly target: string;
  readonly seed: number;
  readonly cost: Cost;
  /** null where the process gave no result. */
  readonly judgement: Judgement | null;
  readonly failure: string | null;
}

export interface UntunedOptions {
  readonly seeds: readonly number[];
  /** Runs `jeffreys run` on the target's definition with a seed, printing JSON, to its end. */
  readonly execute: (name: string, seed: number) => Promise<Ended>;
  /** Told of every run as it ends. */
  readonly onRun: (run: UntunedRun) => void;
}

export async function runUntuned(
  entries: readonly UntunedEntry[], { seeds, execute, onRun }: UntunedOptions
): Promise<UntunedRun[]> {
  const runs: UntunedRun[] = [];
  for (const { name, load } of entries) {
    const { known, limits } = await load();
    for (const seed of seeds) {
      const { output, failure, ...cost } = await execute(name, seed);
      const judgement = failure === null ? judge(summarySchema.parse(JSON.parse(output)), cost, known, limits) : null;
      runs.push({ target: name, seed, cost, judgement, failure });
      onRun(runs[runs.length - 1]);
    }
  }
  return runs;
}

/** Misses of a run, in words; a run that failed has missed all. */
export const missesOf = ({ judgement, failure }: UntunedRun): readonly string[] =>
  judgement?.misses ?? [failure ?? 'failed'];
