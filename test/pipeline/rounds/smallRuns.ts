/** A small run in rounds on two circles, where nothing but the rounds takes time, and how it is stopped. */
import { settingsFor } from '../../../src/experiments/presets.ts';
import type { Journal, PhaseName, Piece, PipelineEvent, Surroundings } from '../../../src/pipeline/journal.ts';
import { runPipeline, type PipelineResult } from '../../../src/pipeline/run.ts';
import { defineTarget, type Target } from '../../../src/targets/target.ts';
import { np } from '../../../src/engine/numpy.ts';

/** @param depth of its wells */
export const circles = (depth: number): Target => defineTarget({
  name: 'two-circles',
  dimension: 2,
  torus: 'all',
  box: [-Math.PI, Math.PI],
  energy: (point) => {
    const [x, y] = [point.slice(0), point.slice(1)];
    return np.cos(x).mul(1.5).add(np.cos(y.mul(2).sub(x)).mul(2)).add(np.sin(y)).mul(depth);
  },
});

const SMALL = {
  generator: 'rounds', hidden: 8, bins: 4, batch: 100, firstSteps: 30, latentChains: 64, latentMoves: 16, samples: 1000,
  mostRounds: 3, mostTemperings: 2, untilEss: 0.99, reverseTerm: 'auto',
};

/** A clock that goes so many milliseconds a look. */
export const ticking = (step: number): (() => number) => {
  let time = 0;
  return () => (time += step);
};

export interface Session {
  readonly journal: Journal;
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Default: time stands still. */
  readonly now?: () => number;
  readonly emit?: (event: PipelineEvent) => void;
  /** Of the wells, in kT; default 1. */
  readonly depth?: number;
}

export const session = (
  { journal, settings = {}, now = () => 0, emit = () => undefined, depth = 1 }: Session,
): Promise<PipelineResult> => {
  const surroundings: Surroundings = {
    journal, now, emit, signal: new AbortController().signal, breathe: () => Promise.resolve(), saveEvery: 1,
  };
  const target = circles(depth);
  return runPipeline({ target, settings: settingsFor(target, 'quick', { ...SMALL, ...settings }), seed: 3, surroundings });
};

/** One thing that a run has written. */
export interface Write {
  readonly place: string;
  readonly name: PhaseName;
  readonly what: 'finished' | 'checkpoint';
}

export class Killed extends Error {}

/** A journal that tells of what it has written before anything else is done. @param written may throw {@link Killed} */
export function watched(journal: Journal, written: (write: Write) => void, place = 'run'): Journal {
  const wrote = (what: Write['what']) =>
    (write: Journal['finishPhase']) => (name: PhaseName, piece: Piece): void => {
      write(name, piece);
      written({ place, name, what });
    };
  return {
    ...journal,
    finishPhase: wrote('finished')((name, piece) => { journal.finishPhase(name, piece); }),
    saveCheckpoint: wrote('checkpoint')((name, piece) => { journal.saveCheckpoint(name, piece); }),
    stage: (index) => watched(journal.stage(index), written, `round ${index}`),
    part: (name) => watched(journal.part(name), written, name),
  };
}

/** Bits and figures of a run, without what a clock says. */
export function madeBy({ result, ensemble, tempered }: PipelineResult): unknown {
  const text = JSON.stringify(result, (key, value: unknown) => (/seconds/i.test(key) ? undefined : value));
  return { figures: JSON.parse(text) as unknown, ensemble: { ...ensemble, seconds: 0 }, positions: tempered.positions };
}
