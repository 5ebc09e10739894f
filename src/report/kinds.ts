/** The kinds of runs, in the order of their sections; a run may be of several. */
import type { RunResult } from '../records/record.ts';
import type { RunKind, Wording } from './kind.ts';
import { ladderKind } from './ladder/kind.ts';
import { noiseKind } from './noise/kind.ts';
import { ringKind } from './ring/kind.ts';
import { roundsKind } from './rounds/kind.ts';

export const kinds: readonly RunKind[] = [ringKind, noiseKind, ladderKind, roundsKind];

/** Of one flow on the energy itself. */
const plain: Wording = {
  sampler: 'PT', samplerCaveat: '', samplesNote: '', weights: 'exact', temperingLead: null, trained: null,
  timeNotes: [], particles: [], moves: 0, logZName: 'flow', learning: null,
};

/** The words for a run; where two of its kinds have some, the later kind's. */
export const wordingOf = (result: RunResult): Wording =>
  Object.assign({}, plain, ...kinds.map(({ wording }) => wording(result))) as Wording;

/** What its kinds say of a run in the terminal, the most general first, each part after an empty line. */
export const kindLines = (result: RunResult): string[] => [...kinds].reverse().flatMap(({ lines }) => {
  const said = lines(result);
  return said.length === 0 ? [] : ['', ...said];
});
