/**
 * Seconds from a cold process to an ESS of fresh samples of 95 and of 98 %: start-up, tempering, compilation and
 * training. Ours is the default preset as the command line runs it; the peer is the published recipe. A round is one
 * run, and serves both goals.
 */
import { enter } from '../audition.ts';
import { Absent, milliseconds, only, type BenchCase, type Runner, type Unit } from '../benchCase.ts';
import type { Outside } from '../outside.ts';
import { COMBINATIONS, environmentOf, torchBest } from '../torchThreads.ts';

const TARGETS = ['three-well', 'himmelblau', 'multiple-well', 'annulus', 'periodic-well'] as const;
const GOALS = [95, 98] as const;
/** Seconds. */
const LIMIT = 180;

const seconds: Unit = { name: 's', better: 'less', of: (raw) => raw / 1000 };

/** One attempt per round, made when the first goal asks for it and kept for the second. */
function shared<Attempt>(attempt: (round: number) => Promise<Attempt>): (round: number) => Promise<Attempt> {
  const attempts: Promise<Attempt>[] = [];
  return (round) => (attempts[round] ??= attempt(round));
}

type Reached = (goal: number) => number;

/** A run of the command line, stopped once the higher goal is reached. */
async function ourAttempt(outside: Outside, target: string, round: number): Promise<Reached> {
  const directory = outside.temporaryPath(`time-to-ess-${target}-${round}`);
  const start = outside.epoch();
  const highest = Math.max(...GOALS) / 100;
  const reached: Reached = (goal) => {
    const event = outside.events(directory)
      .find(({ kind, reverseEss }) => kind === 'training' && reverseEss !== null && reverseEss >= goal / 100);
    return event === undefined ? NaN : event.at - start;
  };
  await outside.run({
    program: 'jeffreys', arguments: ['run', target, '--json', '--out', directory, '--seed', String(round)],
    timeLimit: LIMIT,
    watch: () => !Number.isNaN(reached(100 * highest)),
  });
  const times = new Map(GOALS.map((goal) => [goal, reached(goal)]));
  return (goal) => times.get(goal as (typeof GOALS)[number]) ?? NaN;
}

/** What the peer's script prints at its end. */
interface RecipeResult {
  readonly absent?: string;
  readonly about: Readonly<Record<string, unknown>>;
  /** Per goal, milliseconds since the epoch, or null. */
  readonly reached: Readonly<Record<string, number | null>>;
}

/** The published recipe as one cold process per attempt, with the threads that suit its training step best. */
function recipe(outside: Outside, target: string): { about: () => Promise<string>; attempt: () => Promise<Reached> } {
  const threads = once(async () => {
    const step = torchBest(outside, { script: 'train_step.py', arguments: ['--target', 'three-well'] });
    const { runner, variant, absence } =
      await enter(step, milliseconds, { now: () => outside.now(), pause: (time) => outside.pause(time) });
    if (runner === null) throw new Absent(absence ?? '');
    await runner.dispose();
    return {
      combination: COMBINATIONS[step.variants.findIndex(({ name }) => name === variant)],
      about: `${variant}; ${runner.about ?? ''}`
    };
  });
  return {
    about: async () => (await threads()).about,
    attempt: async () => {
      const [blas, torch] = (await threads()).combination;
      const start = outside.epoch();
      const { output } = await outside.run({
        program: 'peer', arguments: [
          'time_to_ess.py', '--target', target, '--threads', String(torch), '--limit', String(LIMIT), '--goals',
          ...GOALS.map(String)
        ],
        environment: environmentOf(blas), timeLimit: 2 * LIMIT,
      });
      const { reached, absent } = JSON.parse(output) as RecipeResult;
      if (absent !== undefined) throw new Absent(absent);
      return (goal) => (reached[goal] ?? NaN) - start;
    },
  };
}

/** A result that is worked out when first asked for. */
function once<Result>(work: () => Promise<Result>): () => Promise<Result> {
  let result: Promise<Result> | undefined;
  return () => (result ??= work());
}

/** One runner per goal, on shared attempts. */
function goalRunner(attempts: (round: number) => Promise<Reached>, goal: number, about?: string): Runner {
  let round = 0;
  return { run: async () => (await attempts(round++))(goal), dispose: () => Promise.resolve(), ...(
    about === undefined ? {} : { about }
  ) };
}

/** @param allPeers the peer on every target, not on three-well alone */
export function timeToEss(outside: Outside, allPeers: boolean): BenchCase[] {
  return TARGETS.flatMap((target, k) => {
    const ours = shared((round) => ourAttempt(outside, target, round));
    const peer = recipe(outside, target);
    const theirs = shared(() => peer.attempt());
    return GOALS.map((goal): BenchCase => ({
      name: `time-to-ess/${target}-${goal}`,
      unit: seconds,
      ours: only('jeffreys', () => Promise.resolve(goalRunner(ours, goal))),
      peers: [k === 0 || allPeers
        ? only('PyTorch, published recipe', async () => goalRunner(theirs, goal, await peer.about()))
        : { name: 'PyTorch, published recipe', variants: [], absence: 'only with --all-peers' }],
      rounds: 1,
      single: true,
      onRequest: k > 0,
    }));
  });
}
