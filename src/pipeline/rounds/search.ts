/**
 * A search for wells that no chain has met, between tempering and the rounds: descents from where wells are apt to lie,
 * and rays screened by energy; where they end apart from all samples, chains tell how much mass is there. A candidate
 * is judged by its mass alone: funnels have minima far below all samples, and next to nothing in them.
 */
import { z } from 'zod';
import { operationsOf } from '../../engine/pointProgram.ts';
import { foldIn, type Key } from '../../engine/random.ts';
import { logSumExp } from '../../numerics/logSumExp.ts';
import { spreadRows } from '../../numerics/spreadRows.ts';
import { withPauses, type Pause, type Steps } from '../../pausing.ts';
import { searchSchema, type FoundWell, type SearchSummary } from '../../records/rounds.ts';
import { takeRows } from '../../samplers/resample.ts';
import type { Settings } from '../../settings/settings.ts';
import { compileEnergy } from '../../targets/compile.ts';
import { wrapPoints } from '../../targets/domain.ts';
import type { EnergyEvaluator } from '../../targets/energyEvaluator.ts';
import { framedTarget, inwardSamples, outward, outwardSamples, STANDARD_BOX } from '../../targets/frame.ts';
import type { Target } from '../../targets/target.ts';
import { checkStored, type Piece, type Surroundings } from '../journal.ts';
import { pace } from '../pace.ts';
import { arrayOf, float64, phase } from '../phase.ts';
import type { GrownBank } from './growingBank.ts';
import { CHAINS, WellChains, type WellSamples } from './searchChains.ts';
import { descents, type Ends } from './searchDescents.ts';
import { sizesOf, joinWells, toldWell, type WellColumns } from './searchJoin.ts';
import { weighedLaw } from './searchMass.ts';
import { periodsOf, reachOfNormal, squaredDistance, type WellLaw } from './searchMetric.ts';
import { candidatesOf, isKnown, shareOf, type KnownBulk } from './searchMinima.ts';
import { RADII, screenRays } from './searchRays.ts';
import { withinBudget, type Amounts } from './searchBudget.ts';
import { narrowestWell, raysFor } from './searchReach.ts';
import { structuredDirections, structuredStarts } from './searchStarts.ts';
import { standardUnits } from './units.ts';

/** Of a search's operations, those of descents; where they are not known, of tempering's evaluations for either. */
const DESCENTS = 0.08;
const UNKNOWN_WORK = 0.05;
/** Of an energy over those of energy and gradient; of a coordinate of a ray. */
const WITHOUT_GRADIENT = 0.4;
const RAY_COORDINATE = 4;
const MOST_STARTS = 8000;
const LEAST_STARTS = 64;
/** Rays at most, at least, and otherwise twice as many as wells of this relative width need. */
const MOST_RAYS = 1.5e7;
const LEAST_RAYS = 1e4;
const NARROW = 0.15;
/** Rays that are soon screened, and the relative width of the wells that they are for where so many tell of these. */
const SOON = 3e5;
const NARROWEST = 0.05;
/** Of the work of rays, what is left of it in more coordinates than they are good for. */
const FEW_COORDINATES = 20;
const MANY = 0.1;
const MOST_DIRECTIONS = 16_384;
const ITERATIONS = 80;
/** Samples that are known, and the share of the mass, and their number, that make a well matter. */
const POINTS = 16_000;
const LEAST_SHARE = 1e-3;
const LEAST_POINTS = 5;
/** Draws of all chains of a well that tell its mass. */
const DRAWS = 100;

export interface SearchedBank extends GrownBank {
  /** null: there was none. */
  readonly search: SearchSummary | null;
}

interface Options {
  readonly target: Target;
  readonly settings: Settings;
  readonly key: Key;
  readonly surroundings: Surroundings;
}

/** The bank with samples of the wells that were found. @throws Interrupted when asked to stop */
export async function searchedBank(options: Options, bank: GrownBank): Promise<SearchedBank> {
  const { target, settings, surroundings } = options;
  if (settings.rounds.searchWork === 0) return { ...bank, search: null };
  const { search, columns } = await phase(surroundings, 'searched', {
    tell: true,
    read: searchedIn,
    compute: async () => {
      const value = await searchAbout(options, bank);
      for (const well of value.search.wells) surroundings.emit({ kind: 'note', message: toldWell(well) });
      return { value, piece: pieceOf(value) };
    },
  });
  const tempered = joinWells(bank.tempered, columns, search.wells);
  const { frame, evaluations } = search.wells.length === 0 ? { frame: bank.frame, evaluations: 0 } : standardUnits({
    domain: target.domain, energy: compileEnergy(target), x: tempered.positions,
    effective: tempered.summary.effectiveSampleSize ?? 0, ladders: tempered.summary.ladders,
  });
  return { ...bank, frame, tempered, evaluations: bank.evaluations + search.evaluations + evaluations, search };
}

interface Searched {
  readonly search: SearchSummary;
  readonly columns: WellColumns;
}

const searchedSchema = z.object({ search: searchSchema, rounds: z.number() });

function searchedIn({ json, arrays }: Piece): Searched {
  const { search, rounds } = checkStored(searchedSchema, json, 'search for wells');
  return { search, columns: { positions: float64(arrays.positions), energies: float64(arrays.energies), rounds } };
}

const pieceOf = ({ search, columns: { positions, energies, rounds } }: Searched): Piece => ({
  json: { search, rounds }, arrays: { positions: arrayOf(positions), energies: arrayOf(energies) },
});

/** How many descents of each kind, and rays. */
function amounts(energy: EnergyEvaluator, d: number, work: number, spent: number): Amounts {
  const operations = energy.compiled === undefined ? null : operationsOf(energy.compiled.valueAndGradient);
  const evaluations = operations === null ? UNKNOWN_WORK * spent : (DESCENTS * work) / (operations + 1);
  const rays = operations === null ? (UNKNOWN_WORK * spent) / RADII
    : ((1 - DESCENTS) * work * (d > FEW_COORDINATES ? MANY : 1))
      / (RADII * (WITHOUT_GRADIENT * operations + RAY_COORDINATE * d));
  return {
    starts: Math.min(MOST_STARTS, Math.max(LEAST_STARTS, Math.floor(evaluations / (2 * ITERATIONS)))),
    rays: d < 2 ? 0 : Math.floor(Math.min(
      MOST_RAYS, rays, Math.max(LEAST_RAYS, 2 * raysFor(d, NARROW), Math.min(SOON, 2 * raysFor(d, NARROWEST))),
    )),
  };
}

async function searchAbout({ target, settings, key, surroundings }: Options, bank: GrownBank): Promise<Searched> {
  const clock = pace(surroundings, 0);
  const pause = (): Promise<void> => clock.tick(() => undefined, () => undefined);
  const { threads } = settings.output;
  const framed = framedTarget(target, bank.frame);
  const energy = compileEnergy(framed, threads > 0 ? { threads } : {});
  const known = knownBulk(bank, energy, periodsOf(framed.domain), foldIn(key, 'known'));
  const lines = target.domain.filter(({ kind }) => kind === 'real').length;
  const { starts, rays } = withinBudget(
    amounts(energy, lines, 1e9 * settings.rounds.searchWork, bank.evaluations),
    { starts: 2 * (ITERATIONS + 1), rays: RADII }, settings.rounds,
  );
  const found = await withPauses(lookAround({ energy, framed, known, starts, rays, key }), pause);
  const { wells, evaluations } = await weighed({ energy, framed, known, candidates: found.wells, key, pause });
  const shares = sharesOf(wells.map(({ law }) => law), known.logZ);
  const columns = await withPauses(columnsFor(bank, wells, shares, framed), pause);
  return {
    columns: columns.columns,
    search: {
      seconds: clock.seconds(), evaluations: found.evaluations + evaluations + columns.evaluations,
      descents: found.descents, rays, candidates: found.wells.length, reach: narrowestWell(lines, rays),
      wells: wells.map(({ law }, k): FoundWell =>
        ({ centre: Array.from(outward(bank.frame, law.centre, 1)), share: shares[k] })),
    },
  };
}

/** Samples in standard units, and the mass that they stand for. */
function knownBulk(
  { frame, tempered: { positions, energies, summary } }: GrownBank, energy: EnergyEvaluator,
  periods: Float64Array, key: Key,
): KnownBulk {
  const rows = spreadRows(energies.length, POINTS);
  const { samples: points, energies: own } = inwardSamples(frame, {
    samples: takeRows(positions, energy.dimension, rows), energies: Float64Array.from(rows, (row) => energies[row]),
  });
  return {
    points, least: Math.max(LEAST_SHARE, LEAST_POINTS / rows.length),
    logZ: summary.logZ?.value ?? weighedLaw(energy, { points, energies: own, periods }, key).logMass,
  };
}

interface Around {
  readonly energy: EnergyEvaluator;
  readonly framed: Target;
  readonly known: KnownBulk;
  readonly starts: number;
  readonly rays: number;
  readonly key: Key;
}

/** Minima that may be wells. */
function* lookAround({ energy, framed: { domain }, known, starts, rays, key }: Around): Steps<{
  readonly wells: readonly WellLaw[]; readonly evaluations: number; readonly descents: number
}> {
  const d = domain.length;
  const ends: Ends[] = [];
  let evaluations = 0;
  let count = 0;
  const descend = function* (points: Float64Array): Steps<void> {
    for (const kind of ['slopes', 'signs'] as const) {
      ends.push(yield* descents(energy, domain, points, kind, ITERATIONS));
      evaluations += ((ITERATIONS + 1) * points.length) / d;
      count += points.length / d;
    }
  };
  yield* descend(structuredStarts(domain, starts, foldIn(key, 'starts')));
  if (rays > 0) {
    const own = foldIn(key, 'rays');
    const directions = structuredDirections(domain, Math.min(MOST_DIRECTIONS, rays), own);
    const flagged = yield* screenRays({ energy, domain, directions, count: rays, key: own });
    evaluations += flagged.evaluations;
    yield* descend(flagged.points);
  }
  const widths = new Float64Array(d).fill(2 * STANDARD_BOX);
  const candidates = yield* candidatesOf(energy, ends, known, { widths, periods: periodsOf(domain) });
  return { wells: candidates.wells, evaluations: evaluations + candidates.evaluations, descents: count };
}

interface Weighing {
  readonly energy: EnergyEvaluator;
  readonly framed: Target;
  readonly known: KnownBulk;
  readonly candidates: readonly WellLaw[];
  readonly key: Key;
  readonly pause: Pause;
}

interface Well {
  readonly law: WellLaw;
  readonly chains: WellChains;
}

/** Candidates whose chains stay apart from all that is known, and have mass there. */
async function weighed(
  { energy, framed: { domain }, known, candidates, key, pause }: Weighing,
): Promise<{ readonly wells: readonly Well[]; readonly evaluations: number }> {
  const d = domain.length;
  const wells: Well[] = [];
  let evaluations = 0;
  for (const [k, candidate] of candidates.entries()) {
    const reach = reachOfNormal(d);
    if (wells.some(({ law }) => squaredDistance(law, candidate.centre, 0, reach) <= reach)) continue;
    const chains = new WellChains(energy, domain, candidate, foldIn(foldIn(key, 'chains'), k));
    await withPauses(chains.warmUp(), pause);
    const samples = await withPauses(chains.draw(DRAWS), pause);
    evaluations += samples.evaluations;
    const law = weighedLaw(energy, { ...samples, periods: periodsOf(domain) }, foldIn(foldIn(key, 'mass'), k));
    const whole = logSumExp(Float64Array.of(known.logZ, ...wells.map((well) => well.law.logMass)));
    if (shareOf(law, whole) >= known.least && !isKnown(law, known)) wells.push({ law, chains });
  }
  return { wells, evaluations };
}

function sharesOf(laws: readonly WellLaw[], logZ: number): number[] {
  const whole = logSumExp(Float64Array.of(logZ, ...laws.map(({ logMass }) => logMass)));
  return laws.map(({ logMass }) => Math.exp(logMass - whole));
}

/** Samples of the wells, as many as the bank needs of each. */
function* columnsFor(
  { frame, tempered: { energies, summary } }: GrownBank, wells: readonly Well[], shares: readonly number[],
  { domain }: Target,
): Steps<{ readonly columns: WellColumns; readonly evaluations: number }> {
  const d = domain.length;
  const { ladders } = summary;
  const { rounds, columns: counts } = sizesOf({ ladders, rounds: energies.length / ladders }, shares);
  const all = counts.reduce((sum, count) => sum + count, 0);
  const columns = { positions: new Float64Array(rounds * all * d), energies: new Float64Array(rounds * all), rounds };
  let evaluations = 0;
  let first = 0;
  for (const [k, { chains }] of wells.entries()) {
    const samples: WellSamples = yield* chains.draw(Math.ceil((rounds * counts[k]) / CHAINS));
    evaluations += samples.evaluations;
    wrapPoints(domain, samples.points, samples.energies.length);
    const own = outwardSamples(frame, { samples: samples.points, energies: samples.energies });
    for (let i = 0; i < rounds * counts[k]; i++) {
      const to = Math.floor(i / counts[k]) * all + first + (i % counts[k]);
      columns.positions.set(own.samples.subarray(i * d, (i + 1) * d), to * d);
      columns.energies[to] = own.energies[i];
    }
    first += counts[k];
  }
  return { columns, evaluations };
}
