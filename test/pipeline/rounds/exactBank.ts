/** Banks of exact samples in place of tempering's, of targets whose every well has a known mass. */
import { nn, np } from '../../../src/engine/numpy.ts';
import { foldIn, keyFromSeed } from '../../../src/engine/random.ts';
import { fillNormalRows } from '../../../src/engine/simd/rows.ts';
import type { GrownBank } from '../../../src/pipeline/rounds/growingBank.ts';
import { compileEnergy } from '../../../src/targets/compile.ts';
import { frameOf } from '../../../src/targets/locate.ts';
import { defineTarget, type Target, type TargetDefinition } from '../../../src/targets/target.ts';

export const ROUNDS = 250;
export const LADDERS = 32;

/** @param positions exact samples, [ROUNDS · LADDERS, d] @param logZ as tempering has it; null where it has none */
export function bankOf(target: Target, positions: Float64Array, logZ: number | null = null): GrownBank {
  const n = ROUNDS * LADDERS;
  const energies = new Float64Array(n);
  compileEnergy(target, { threads: 1 }).energies(positions, n, energies);
  return {
    frame: frameOf(positions, target.domain), temperings: [], evaluations: 1_000_000,
    tempered: {
      positions, energies, warnings: [],
      summary: {
        seconds: 0, kernel: 'exact', ladders: LADDERS, rounds: ROUNDS, warmupRounds: 0, samples: n,
        inverseTemperatures: [1], stepSizes: [], acceptanceRates: [], swapRates: [], roundTrips: 100, barrier: null,
        autocorrelationTimes: [], splitRhat: [{ name: 'x1', value: 1 }], effectiveSampleSize: n, nonFinite: 0,
        logZ: logZ === null ? null : { value: logZ, standardError: 0.01 },
      },
    },
  };
}

export const normals = (d: number, seed: number): Float64Array => {
  const x = new Float64Array(ROUNDS * LADDERS * d);
  fillNormalRows(foldIn(keyFromSeed(seed), 'exact'), 0, ROUNDS * LADDERS, d, x);
  return x;
};

export interface RoundWell {
  readonly mass: number;
  readonly deviation: number;
  readonly centre: readonly number[];
}

/** Round normal wells; their masses add up to Z. */
export function roundWells(wells: readonly RoundWell[]): TargetDefinition {
  const d = wells[0].centre.length;
  const logWeights = wells.map(({ mass, deviation }) =>
    Math.log(mass) - d * (Math.log(deviation) + Math.log(2 * Math.PI) / 2));
  return {
    name: 'round-wells', dimension: d,
    energy: (point) => {
      const squares = np.square(point.sub(np.array(wells.map(({ centre }) => [...centre])))).sum(1);
      return nn.logsumexp(squares.mul(np.array(wells.map(({ deviation }) => -0.5 / (deviation * deviation))))
        .add(np.array(logWeights))).neg();
    },
  };
}

/** With exact samples of the first of its wells alone. */
export function firstWellAlone(wells: readonly RoundWell[], seed: number): { target: Target; bank: GrownBank } {
  const target = defineTarget(roundWells(wells));
  const [{ centre, deviation, mass }] = wells;
  const positions = normals(centre.length, seed).map((value, at) => centre[at % centre.length] + deviation * value);
  return { target, bank: bankOf(target, positions, Math.log(mass)) };
}
