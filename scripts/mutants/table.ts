/** All mutants, area by area. */
import type { Area, Mutant, PlacedMutant } from './mutant.ts';
import { areas, testsOf } from './mutant.ts';
import { engine } from './engine.ts';
import { loops } from './loops.ts';
import { estimators } from './estimators.ts';
import { flows } from './flows.ts';
import { ladders } from './ladders.ts';
import { noisySamplers } from './noisySamplers.ts';
import { numerics } from './numerics.ts';
import { pipeline } from './pipeline.ts';
import { proposals } from './proposals.ts';
import { roundBases } from './roundBases.ts';
import { rounds } from './rounds.ts';
import { samplers } from './samplers.ts';
import { symmetry } from './symmetry.ts';
import { targets } from './targets.ts';
import { training } from './training.ts';
import { untuned } from './untuned.ts';
import { verdict } from './verdict.ts';

const byArea: Readonly<Record<Area, readonly Mutant[]>> = {
  estimators,
  flows,
  training,
  verdict,
  numerics,
  targets: [...targets, ...symmetry],
  engine,
  loops,
  untuned,
  samplers: [...samplers, ...noisySamplers],
  pipeline: [...pipeline, ...ladders, ...proposals, ...rounds, ...roundBases],
};

export const allMutants: readonly PlacedMutant[] = areas.flatMap((area) =>
  byArea[area].map((mutant) => ({ area, ...mutant })),
);

/** Those with one of the words in their name; all where there are none. */
export const selected = (mutants: readonly PlacedMutant[], words: readonly string[]): readonly PlacedMutant[] =>
  words.length === 0 ? mutants : mutants.filter(({ name }) => words.some((word) => name.includes(word)));

/** A line per mutant. */
export const listed = (mutants: readonly PlacedMutant[]): string =>
  mutants.map((mutant) => `${mutant.area}  ${mutant.name}  ${mutant.file} → ${testsOf(mutant).join(', ')}`).join('\n');
