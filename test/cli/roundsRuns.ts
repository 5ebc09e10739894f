/** Short runs in rounds, and the moments in which they are stopped. */
import { existsSync } from 'node:fs';
import { words, type Moment, type RunsIn } from './runs.ts';

const NETWORK = 'generator=rounds hidden=8 bins=4 batch=100 samples=2000';
const ROUNDS = 'firstSteps=200 latentChains=64 latentMoves=512 mostRounds=3';
/** A second or two of work, in three rounds. */
export const IN_ROUNDS = ['periodic-well', '--preset', 'quick', '--seed', '4', ...words(`${NETWORK} ${ROUNDS} untilEss=0.999`)];

/** Within each kind of work, and between two rounds. */
export const momentsIn = (runs: RunsIn, round = 2): Moment[] => {
  const there = (run: string, file: string): boolean => existsSync(runs.at(`${run}/${file}`));
  return [
    { name: 'in tempering', come: (run) => there(run, 'tempering-1/pt.checkpoint.safetensors') },
    { name: 'between two rounds', come: (run) => there(run, 'stage-01/attempts.safetensors') },
    runs.within('trunk', round),
    runs.within('flow', round),
    {
      name: `in the refresh of round ${round}`,
      come: (run, events) => there(run, `stage-0${round}/flow.safetensors`) && /"kind":"moves"/.test(events),
    },
    { name: 'in the final samples', come: (_, events) => /"phase":"ensemble"/.test(events) },
  ];
};
