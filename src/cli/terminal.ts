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
  /** The last finished stage of a ladder, and the first that was seen: time left is judged by the way between them. */
  let ladder: { stage: number; lambda: number; share: number; at: number; from: { share: number; at: number } }
    | null = null;
  const ladderLeft = (): string => {
    if (ladder === null || ladder.share <= ladder.from.share) return '';
    const pace = (ladder.at - ladder.from.at) / (ladder.share - ladder.from.share);
    return `, about ${seconds(((1 - ladder.share) * pace) / 1000)} left`;
  };
  const note = (message: string): void => { stream.write(`\r\u001b[2K${prefix}${message}\n`); };
  const draw = (name: string, done: number, total: number, detail: string): void => {
    if (name !== phase) [phase, start, doneAtStart] = [name, now(), done];
    const elapsed = (now() - start) / 1000;
    const worked = done - doneAtStart;
    const left = worked > 0 && done < total ? ` · ${seconds((elapsed / worked) * (total - done))} left` : '';
    const where = ladder === null ? ''
      : `stage ${ladder.stage + 1}, λ > ${ladder.lambda.toPrecision(2)}, ${Math.floor(100 * ladder.share)} % of `
        + `the way${ladderLeft()} · `;
    stream.write(
      `\r\u001b[2K${prefix}${where}${beads === null ? '' : `${beads} beads · `}${name} ${bar(done / total)} `
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
        case 'stage':
          ladder = event.share < 1 ? {
            ...event, at: now(),
            from: event.resumed || ladder === null ? { share: event.share, at: now() } : ladder.from
          } : null;
          return undefined;
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
