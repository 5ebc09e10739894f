/** Samples of wells that a search has found, beside those of tempering: more ladders of the same run, as it were. */
import { storedExtended } from '../../records/figure.ts';
import type { FoundWell } from '../../records/rounds.ts';
import type { TemperedSamples } from '../../verdict/samples.ts';

/** Of the joined samples, the least that a well has, and the most that all have, so that a flow learns each of them. */
const LEAST = 0.06;
const MOST = 0.5;

export interface WellColumns {
  /** In the target's own coordinates. [rounds, columns, d] */
  readonly positions: Float64Array;
  /** [rounds, columns] */
  readonly energies: Float64Array;
}

/** How many ladders' worth of samples each well has. @param shares of all the mass */
export function columnsOf(ladders: number, shares: readonly number[]): number[] {
  const bulk = Math.max(1 - shares.reduce((sum, share) => sum + share, 0), 1 - MOST);
  const least = Math.max(1, Math.ceil((LEAST / (1 - LEAST)) * ladders));
  const wanted = shares.map((share) => Math.max(least, Math.round((ladders * share) / bulk)));
  const total = wanted.reduce((sum, count) => sum + count, 0);
  const room = (MOST / (1 - MOST)) * ladders;
  return total <= room ? wanted : wanted.map((count) => Math.max(1, Math.floor((count * room) / total)));
}

/**
 * Tempering cannot weigh wells that its replicas do not cross between: its log Z is not that of the whole, and its
 * ladders disagree for ever about which well is which.
 */
export function joinWells(
  { positions, energies, summary, warnings }: TemperedSamples, { positions: more, energies: values }: WellColumns,
  wells: readonly FoundWell[],
): TemperedSamples {
  if (wells.length === 0) return { positions, energies, summary, warnings };
  const d = positions.length / energies.length;
  const { ladders } = summary;
  const rounds = energies.length / ladders;
  const columns = values.length / rounds;
  const all = new Float64Array(positions.length + more.length);
  const allEnergies = new Float64Array(energies.length + values.length);
  for (let round = 0; round < rounds; round++) {
    const to = round * (ladders + columns);
    all.set(positions.subarray(round * ladders * d, (round + 1) * ladders * d), to * d);
    all.set(more.subarray(round * columns * d, (round + 1) * columns * d), (to + ladders) * d);
    allEnergies.set(energies.subarray(round * ladders, (round + 1) * ladders), to);
    allEnergies.set(values.subarray(round * columns, (round + 1) * columns), to + ladders);
  }
  return {
    positions: all, energies: allEnergies,
    summary: {
      ...summary, ladders: ladders + columns, samples: allEnergies.length, logZ: null,
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
