/** MALA, and rounds of parallel tempering: nanoseconds per step and chain, random numbers (and swaps) included. */
import { timed, type BenchCase, type Entrant, type Runner, type Unit } from '../benchCase.ts';
import { chainExecutors, chainProblems, type ChainRun, type ChainSettings } from '../markov.ts';
import type { Outside } from '../outside.ts';
import { oneCore, torchBest } from '../torchThreads.ts';

const CHAINS = 4096;
/** Steps per run: some 20 ms of three-well on one core. */
const STEPS = 20;
const STEPS_PER_ROUND = 5;
const RUNGS = 8;
const HOTTEST = 0.1;

const perStepAndChain = (steps: number): Unit =>
  ({ name: 'ns/step/chain', better: 'less', of: (raw) => (1e6 * raw) / (steps * CHAINS) });

function contenders(
  outside: Outside, settings: ChainSettings, steps: number, work: (run: ChainRun) => Promise<void>
): Entrant['variants'] {
  return chainExecutors.filter((executor) => executor.supports(settings)).map((executor) => ({
    name: executor.name,
    start: async (): Promise<Runner> => {
      const run = await executor.start(settings);
      for (let i = 0; i < 100; i += steps) await run.advance(steps);
      return {
        ...timed(() => outside.now(), () => work(run), () => run.dispose()),
        about: `acceptance ${run.acceptanceRate().toFixed(3)}`
      };
    },
  }));
}

function benchCase(outside: Outside, name: string, settings: ChainSettings, steps: number): BenchCase {
  const { problem: { target, stepSize }, precision, workers, rungs } = settings;
  const peerArguments = [
    '--target', target.name, '--precision', precision, '--chains', CHAINS, '--steps', steps, '--step-size', stepSize,
    '--rungs', rungs, '--hottest', HOTTEST
  ].map(String);
  const python = (library: string): { script: string; arguments: string[] } =>
    ({ script: 'chains.py', arguments: [library, ...peerArguments] });
  const two = ['--processes', '2'];
  const absence = `no executor of ours does ${precision} on ${workers} worker${workers === 1 ? '' : 's'} yet`;
  const peers: Entrant[] = [
    workers === 1 ? oneCore(outside, 'PyTorch', python('torch'))
      : torchBest(outside, python('torch'), { 'two processes': two }),
  ];
  if (rungs === 1) {
    peers.push(oneCore(
      outside, 'NumPy', { ...python('numpy'), arguments: [...python('numpy').arguments, ...(workers === 1 ? [] : two)] }
    ));
    if (workers === 1) peers.push(
      { name: 'jax-js', variants: [
        { name: '', start: () => outside.peer({ script: 'jaxMala.ts', arguments: peerArguments.slice(0, 10) }) }
      ] }
    );
  }
  return {
    name,
    unit: perStepAndChain(steps),
    ours: { name: 'jeffreys', variants: contenders(outside, settings, steps, (run) => run.advance(steps)), absence },
    peers,
    floor: {
      name: 'random numbers, energies and gradients alone',
      variants: contenders(outside, settings, steps, (run) => run.floor(steps)), absence
    },
    rounds: 9,
  };
}

export function malaCases(outside: Outside): BenchCase[] {
  const [first] = chainProblems;
  const problems = [
    ...chainProblems.map((problem) => ({ problem, precision: 'float64' as const, suffix: '' })),
    { problem: first, precision: 'float32' as const, suffix: '-f32' },
  ];
  return problems.flatMap(({ problem, precision, suffix }) => [1, 2].map((workers) => {
    const name = `mala/${problem.target.name}${suffix}${workers === 1 ? '' : '-x2'}`;
    return benchCase(outside, name, { problem, precision, workers, chains: CHAINS, rungs: 1, hottest: 1 }, STEPS);
  }));
}

export function temperingCases(outside: Outside): BenchCase[] {
  return chainProblems.map((problem) =>
    benchCase(
      outside, `pt/${problem.target.name}`,
      { problem, precision: 'float64', workers: 1, chains: CHAINS, rungs: RUNGS, hottest: HOTTEST }, STEPS_PER_ROUND
    ));
}
