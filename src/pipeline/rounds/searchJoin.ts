/** Samples of wells that a search has found, beside those of tempering: more ladders of the same run, as it were. */
import { spreadRows } from '../../numerics/spreadRows.ts';
import { storedExtended } from '../../records/figure.ts';
import type { FoundWell } from '../../records/rounds.ts';
import type { TemperedSamples } from '../../verdict/samples.ts';

/** Of the joined samples, the least that a well has, and the most that all have, so that a flow learns each of them. */
const LEAST = 0.06;
const MOST = 0.9;
/** Samples of all wells together over those of the bank: where they are more, rounds are left out. */
const LARGER = 2;

export interface WellColumns {
  /** In the target's own coordinates. [rounds, columns, d] */
  readonly positions: Float64Array;
  /** [rounds, columns] */
  readonly energies: Float64Array;
  readonly rounds: number;
}

export interface Sizes {
  /** How many ladders' worth of samples each well has. */
  readonly columns: readonly number[];
  /** Rounds that are kept. */
  readonly rounds: number;
}

/** @param shares of all the mass, and the rest the bank's */
export function sizesOf(
  { ladders, rounds }: Readonly<Record<'ladders' | 'rounds', number>>, shares: readonly number[],
): Sizes {
  const bulk = Math.max(1 - shares.reduce((sum, share) => sum + share, 0), 1 - MOST);
  const least = Math.max(1, Math.ceil((LEAST / (1 - LEAST)) * ladders));
  const wanted = shares.map((share) => Math.max(least, Math.round((ladders * share) / bulk)));
  const total = wanted.reduce((sum, count) => sum + count, 0);
  const room = Math.floor((MOST / (1 - MOST)) * ladders);
  const columns = total <= room ? wanted : wanted.map((count) => Math.max(1, Math.floor((count * room) / total)));
  const all = ladders + columns.reduce((sum, count) => sum + count, 0);
  return { columns, rounds: Math.max(1, Math.min(rounds, Math.floor((LARGER * rounds * ladders) / all))) };
}

/**
 * Tempering cannot weigh wells that its replicas do not cross between: its log Z is not that of the whole, and its
 * ladders disagree for ever about which well is which.
 */
export function joinWells(
  { positions, energies, summary, warnings }: TemperedSamples,
  { positions: more, energies: values, rounds }: WellColumns,
  wells: readonly FoundWell[],
): TemperedSamples {
  if (wells.length === 0) return { positions, energies, summary, warnings };
  const d = positions.length / energies.length;
  const { ladders } = summary;
  const kept = spreadRows(energies.length / ladders, rounds);
  const columns = values.length / rounds;
  const all = new Float64Array(rounds * (ladders + columns) * d);
  const allEnergies = new Float64Array(rounds * (ladders + columns));
  kept.forEach((from, round) => {
    const to = round * (ladders + columns);
    all.set(positions.subarray(from * ladders * d, (from + 1) * ladders * d), to * d);
    all.set(more.subarray(round * columns * d, (round + 1) * columns * d), (to + ladders) * d);
    allEnergies.set(energies.subarray(from * ladders, (from + 1) * ladders), to);
    allEnergies.set(values.subarray(round * columns, (round + 1) * columns), to + ladders);
  });
  return {
    positions: all, energies: allEnergies,
    summary: {
      ...summary, ladders: ladders + columns, rounds, samples: allEnergies.length, logZ: null,
      splitRhat: [...summary.splitRhat, { name: 'which well', value: storedExtended(Infinity) }],
    },
    warnings: [...warnings, ...wells.map((well) => (
      { code: 'found-well', severity: 'note' as const, message: `${toldWell(well)}; tempering had not met it.` }
    ))],
  };
}

export function toldWell({ centre, share }: FoundWell): string {
  const shown = centre.slice(0, 6).map((value) => value.toPrecision(3)).join(', ');
  return `a search found a well at (${shown}${centre.length > 6 ? ', …' : ''}) with about `
    + `${(100 * share).toPrecision(2)} % of the mass`;
}
