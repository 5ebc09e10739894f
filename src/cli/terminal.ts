/** What a person at a terminal sees while a run goes on: one line on standard error, redrawn. */
import type { PipelineEvent } from '../pipeline/journal.ts';

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

type StageEvent = Extract<PipelineEvent, { readonly kind: 'stage' }>;

interface LadderPlace extends Pick<StageEvent, 'stage' | 'lambda' | 'share'> {
  readonly at: number;
  readonly from: { readonly share: number; readonly at: number };
}

/** Where a ladder of flows is: time left is judged by the way between the last finished stage and the first seen. */
function ladderPlace(now: () => number): { reached: (event: StageEvent) => void; text: () => string } {
  let last: LadderPlace | null = null;
  return {
    reached: (event) => {
      const { stage, lambda, share, resumed } = event;
      const from = resumed || last === null ? { share, at: now() } : last.from;
      last = share < 1 ? { stage, lambda, share, at: now(), from } : null;
    },
    text: () => {
      if (last === null) return '';
      const { stage, lambda, share, at, from } = last;
      const left = share <= from.share ? ''
        : `, about ${seconds(((1 - share) * (at - from.at)) / (share - from.share) / 1000)} left`;
      return `stage ${stage + 1}, λ > ${lambda.toPrecision(2)}, ${Math.floor(100 * share)} % of the way${left} · `;
    },
  };
}

type AwaitingEvent = Extract<PipelineEvent, { readonly kind: 'awaiting' }>;

/** What goes on in rounds, the figure that is waited for, and about how long it takes yet. */
function awaitedPlace(now: () => number): { begun: (event: AwaitingEvent) => void; text: () => string } {
  let last: { readonly event: AwaitingEvent; readonly at: number } | null = null;
  return {
    begun: (event) => { last = { event, at: now() }; },
    text: () => {
      if (last === null) return '';
      const { event: { place, figure, seconds: expected, budgetSeconds }, at } = last;
      const gone = (now() - at) / 1000;
      const left = expected === null || gone >= expected ? '' : `, about ${seconds(expected - gone)} more`;
      const budget = budgetSeconds === null ? '' : `, ${seconds(Math.max(0, budgetSeconds - gone))} of the budget left`;
      return `${place}${figure === null ? '' : `: ${figure}`}${left}${budget} · `;
    },
  };
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
  const ladder = ladderPlace(now);
  const rounds = awaitedPlace(now);
  const note = (message: string): void => { stream.write(`\r\u001b[2K${prefix}${message}\n`); };
  const draw = (name: string, done: number, total: number, detail: string): void => {
    if (name !== phase) [phase, start, doneAtStart] = [name, now(), done];
    const elapsed = (now() - start) / 1000;
    const worked = done - doneAtStart;
    const left = worked > 0 && done < total ? ` · ${seconds((elapsed / worked) * (total - done))} left` : '';
    const place = `${ladder.text()}${rounds.text()}${beads === null ? '' : `${beads} beads · `}`;
    stream.write(
      `\r\u001b[2K${prefix}${place}${name} ${bar(done / total)} `
        + `${Math.floor((100 * done) / total)} %${detail}${left}`
    );
  };
  return {
    update(event) {
      switch (event.kind) {
        case 'phase': return;
        case 'note': return note(event.message);
        case 'ring':
          beads = event.beads;
          return undefined;
        case 'stage': return ladder.reached(event);
        case 'awaiting': return rounds.begun(event);
        case 'sampling': return draw(
          event.stage === 'warmup' ? 'tempering (warm-up)' : 'tempering', event.done, event.total,
          event.smallestSwapRate === null ? ''
            : ` · swaps ${percent(event.smallestSwapRate)} · ${event.roundTrips} round trips`
        );
        case 'training': return draw(
          'training', event.done, event.total,
          `${event.loss === null ? '' : ` · loss ${event.loss.toFixed(3)}`}${event.reverseEss === null ? ''
            : ` · ESS ${percent(event.reverseEss)} · on PT samples ${percent(event.forwardEss)}`}`
        );
        case 'learning': return draw('learning weights', event.done, event.total, '');
        case 'moves': return draw('moving particles', event.done, event.total, '');
        case 'generation': return draw('generating', event.done, event.total, '');
      }
    },
    clear: () => { stream.write('\r\u001b[2K'); },
  };
}
