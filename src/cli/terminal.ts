/** What a person at a terminal sees while a run goes on: one line on standard error, redrawn. */
import type { PipelineEvent } from '../generators/journal.ts';

export interface ProgressLine {
  update(event: PipelineEvent): void;
  /** Wipe the line, so that results start on a clean one. */
  clear(): void;
}

const seconds = (value: number): string => (value < 90 ? `${Math.ceil(value)} s` : `${Math.ceil(value / 60)} min`);
const percent = (value: number | null): string => (value === null ? '–' : `${(100 * value).toFixed(1)} %`);

function bar(share: number): string {
  const width = 20;
  const full = Math.round(width * Math.min(1, share));
  return '█'.repeat(full) + '░'.repeat(width - full);
}

/** What is under way: its name, how far it is, and what is known of it so far. */
interface Work {
  readonly name: string;
  readonly done: number;
  readonly total: number;
  readonly detail: string;
}

/** null for an event that is no work. */
function workOf(event: PipelineEvent): Work | null {
  switch (event.kind) {
    case 'sampling': return {
      name: event.stage === 'warmup' ? 'tempering (warm-up)' : 'tempering', done: event.done, total: event.total,
      detail: event.smallestSwapRate === null ? ''
        : ` · swaps ${percent(event.smallestSwapRate)} · ${event.roundTrips} round trips`,
    };
    case 'training': return {
      name: 'training', done: event.done, total: event.total,
      detail: `${event.loss === null ? '' : ` · loss ${event.loss.toFixed(3)}`}${event.reverseEss === null ? ''
        : ` · ESS ${percent(event.reverseEss)} · on PT samples ${percent(event.forwardEss)}`}`,
    };
    case 'learning': return { name: 'learning weights', done: event.done, total: event.total, detail: '' };
    case 'moves': return { name: 'moving particles', done: event.done, total: event.total, detail: '' };
    case 'generation': return { name: 'generating', done: event.done, total: event.total, detail: '' };
    case 'phase': case 'note': case 'ring': case 'stage': return null;
  }
}

type StageEvent = Extract<PipelineEvent, { kind: 'stage' }>;

/** The way along a ladder: time left is judged by the stages between the first that was seen and the last. */
class LadderWay {
  #last: StageEvent & { readonly at: number } | null = null;
  #from = { share: 0, at: 0 };

  passed(event: StageEvent, at: number): void {
    if (event.resumed || this.#last === null) this.#from = { share: event.share, at };
    this.#last = event.share < 1 ? { ...event, at } : null;
  }

  get text(): string {
    if (this.#last === null) return '';
    const { stage, lambda, share } = this.#last;
    return `stage ${stage + 1}, λ > ${lambda.toPrecision(2)}, ${Math.floor(100 * share)} % of the way${this.#left} · `;
  }

  get #left(): string {
    if (this.#last === null || this.#last.share <= this.#from.share) return '';
    const pace = (this.#last.at - this.#from.at) / (this.#last.share - this.#from.share);
    return `, about ${seconds(((1 - this.#last.share) * pace) / 1000)} left`;
  }
}

/** Progress on a stream, if it is a terminal. @param prefix names the run within an experiment */
export function progressLine(
  stream: NodeJS.WriteStream, enabled: boolean, now: () => number, prefix = ''
): ProgressLine {
  if (!enabled || !stream.isTTY) return { update: () => undefined, clear: () => undefined };
  let phase = '';
  /** Of the ring under way. */
  let beads: number | null = null;
  let start = now();
  let doneAtStart = 0;
  const ladder = new LadderWay();
  const draw = ({ name, done, total, detail }: Work): void => {
    if (name !== phase) [phase, start, doneAtStart] = [name, now(), done];
    const elapsed = (now() - start) / 1000;
    const worked = done - doneAtStart;
    const left = worked > 0 && done < total ? ` · ${seconds((elapsed / worked) * (total - done))} left` : '';
    stream.write(
      `\r\u001b[2K${prefix}${ladder.text}${beads === null ? '' : `${beads} beads · `}${name} ${bar(done / total)} `
        + `${Math.floor((100 * done) / total)} %${detail}${left}`
    );
  };
  return {
    update(event) {
      const work = workOf(event);
      if (work !== null) draw(work);
      else if (event.kind === 'note') stream.write(`\r\u001b[2K${prefix}${event.message}\n`);
      else if (event.kind === 'ring') beads = event.beads;
      else if (event.kind === 'stage') ladder.passed(event, now());
    },
    clear: () => { stream.write('\r\u001b[2K'); },
  };
}
