/**
 * A kind of run: what reports and the terminal say of it beyond what they say of every run. A new kind is a folder with
 * one of these, and a line in kinds.ts.
 */
import type { NoiseSummary, RunResult } from '../records/record.ts';
import type { ParticleMasses } from './figures/modes.ts';
import type { ReportInput } from './input.ts';
import type { Metric } from './metric.ts';
import type { Markup } from './page/markup.ts';
import type { Section } from './page/page.ts';

/** A figure of the headline. */
export interface Card {
  readonly name: string;
  readonly value: string;
  readonly context: readonly string[];
}

export interface CardBlock {
  /** Before or after the figures that every run has. */
  readonly place: 'before' | 'after';
  /** Classes of the list. */
  readonly style: string;
  readonly cards: readonly Card[];
  /** Said below them. */
  readonly note?: Markup;
}

export interface PlacedSection extends Section {
  /** Id of the section of every page that it follows. */
  readonly after: string;
}

/** Flows that a run trained one after another. */
export interface TrainedStages {
  readonly count: number;
  /** What one of them is called. */
  readonly each: 'stage' | 'round';
  /** What the headline calls the seconds below. */
  readonly name: string;
  /** Of all their training, and of everything else that is not sampling or generation. */
  readonly seconds: number;
}

/** Words and figures of the general part that a kind puts in its own way. */
export interface Wording {
  /** What drew the samples that the flow learned from, and what is to be known of them. */
  readonly sampler: string;
  readonly samplerCaveat: string;
  /** Said of the weighted samples. */
  readonly samplesNote: string;
  /** What the weights were made of. */
  readonly weights: NoiseSummary['weights'];
  /** Said before the rungs of tempering. */
  readonly temperingLead: string | null;
  /** null where a single flow was trained. */
  readonly trained: TrainedStages | null;
  /** More about the time that the run took. */
  readonly timeNotes: readonly string[];
  /** Masses of the modes in particles, beside those of the samples. */
  readonly particles: ParticleMasses;
  /** Moves that fresh samples made between stages. */
  readonly moves: number;
  /** What the terminal calls log Z of the samples, and how it tells where the time of learning went. */
  readonly logZName: string;
  readonly learning: string | null;
}

/** What a kind says, given its part of a result. */
interface Sayings<Part> {
  readonly metrics: readonly Metric[];
  readonly lines: (part: Part, result: RunResult) => string[];
  readonly cards?: (part: Part) => CardBlock;
  readonly wording?: (part: Part, result: RunResult) => Partial<Wording>;
  readonly sections: (part: Part | null, input: ReportInput, names: readonly string[]) => readonly PlacedSection[];
  readonly validate?: (input: ReportInput) => void;
}

export interface RunKind {
  /** Whether a run is of it. */
  readonly is: (result: RunResult) => boolean;
  readonly metrics: readonly Metric[];
  /** Of the text summary; none for other runs. */
  readonly lines: (result: RunResult) => string[];
  /** Of the headline; null for other runs. */
  readonly cards: (result: RunResult) => CardBlock | null;
  readonly wording: (result: RunResult) => Partial<Wording>;
  /** Of the page. @param names of the coordinates */
  readonly sections: (input: ReportInput, names: readonly string[]) => readonly PlacedSection[];
  /** @throws InputError where arrays that only this kind has do not fit the others */
  readonly validate: (input: ReportInput) => void;
}

/** @param partOf what a result holds of this kind; null where the run is of another */
export function defineKind<Part>(partOf: (result: RunResult) => Part | null, sayings: Sayings<Part>): RunKind {
  const { metrics, lines, cards, wording, sections, validate } = sayings;
  const of = <T>(result: RunResult, none: T, say: ((part: Part, result: RunResult) => T) | undefined): T => {
    const part = partOf(result);
    return part === null || say === undefined ? none : say(part, result);
  };
  return {
    is: (result) => partOf(result) !== null,
    metrics,
    lines: (result) => of(result, [], lines),
    cards: (result) => of<CardBlock | null>(result, null, cards),
    wording: (result) => of(result, {}, wording),
    sections: (input, names) =>
      sections(input.record.result === null ? null : partOf(input.record.result), input, names),
    validate: validate ?? (() => undefined),
  };
}
