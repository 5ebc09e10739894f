/** One case, run: every entrant takes a turn in every round, so that a drifting machine slows all alike. */
import { enter, reason, turn, type Clock, type Entered, type Trial } from './audition.ts';
import type { BenchCase } from './benchCase.ts';
import { summarise, type Summary } from './summary.ts';

export interface RaceOptions extends Clock {
  /** Instead of the case's own number. */
  readonly rounds?: number | undefined;
}

export interface Outcome {
  readonly name: string;
  /** The variant that ran the race. */
  readonly variant: string;
  readonly about: string | null;
  /** One figure per round, in the case's unit; null where the entrant did not run. */
  readonly figures: readonly number[] | null;
  readonly summary: Summary | null;
  /** Why it did not run. */
  readonly absence: string | null;
  /** It broke, rather than being absent. */
  readonly failed: boolean;
  /** Every variant's showing in the trial, when there were several. */
  readonly trials: readonly Trial[];
}

export interface PeerOutcome extends Outcome {
  /** How many times faster (or smaller) ours is than this peer: per round, then summarised. */
  readonly ratio: Summary | null;
}

export interface RaceResult {
  readonly case: string;
  readonly unit: string;
  readonly better: 'less' | 'more';
  readonly ours: Outcome;
  readonly peers: readonly PeerOutcome[];
  readonly floor: Outcome | null;
  /** How much of what the floor allows is reached, at most about 1: floor / ours for times, ours / floor for rates. */
  readonly fractionOfFloor: Summary | null;
}

export async function race(benchCase: BenchCase, options: RaceOptions): Promise<RaceResult> {
  const { unit, single = false, ours: us, peers: them, floor: under } = benchCase;
  const entrants = [us, ...them, ...(under === undefined ? [] : [under])];
  const entered: Entered[] = [];
  try {
    for (const entrant of entrants) entered.push(await enter(entrant, unit, options));
    const figures = entered.map((): number[] => []);
    const broken = entered.map((): string | null => null);
    for (let round = 0; round < (options.rounds ?? benchCase.rounds); round++) {
      for (const [k, { runner }] of entered.entries()) {
        if (runner === null || broken[k] !== null) continue;
        try {
          figures[k].push(single ? unit.of(await runner.run()) : await turn(runner, unit, options));
        } catch (error) {
          broken[k] = reason(error);
        }
      }
    }
    const outcomes = entered.map(({ runner, variant, absence, failed, trials }, k): Outcome => {
      const ran = runner !== null && broken[k] === null;
      return {
        name: entrants[k].name, variant, about: runner?.about ?? null,
        figures: ran ? figures[k] : null, summary: ran ? summarise(figures[k]) : null,
        absence: broken[k] ?? absence, failed: failed || broken[k] !== null, trials,
      };
    });
    const [ours] = outcomes;
    const peers =
      outcomes.slice(1, 1 + them.length).map((peer) => ({ ...peer, ratio: quotients(peer, ours, unit.better) }));
    const floor = under === undefined ? null : outcomes[entrants.length - 1];
    return {
      case: benchCase.name, unit: unit.name, better: unit.better, ours, peers, floor,
      fractionOfFloor: floor === null ? null : quotients(floor, ours, unit.better)
    };
  } finally {
    for (const { runner } of entered) await runner?.dispose();
  }
}

/** theirs / ours where less is better, ours / theirs otherwise: round by round, then summarised. */
function quotients(theirs: Outcome, ours: Outcome, better: 'less' | 'more'): Summary | null {
  const [a, b] = [theirs.figures, ours.figures];
  if (a === null || b === null) return null;
  return summarise(a.map((figure, i) => (better === 'less' ? figure / b[i] : b[i] / figure)));
}
