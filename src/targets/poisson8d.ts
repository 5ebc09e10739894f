import { np, type Array as NpArray } from '../engine/numpy.ts';
import { fillNormal, foldIn, keyFromSeed } from '../engine/random.ts';
import { observationOperator } from '../numerics/poisson.ts';
import type { SumDefinition } from './noise.ts';
import { publishedNoise } from './publishedSettings.ts';
import { defineTarget, type Observable, type Projection } from './target.ts';

/** Points per side of the grid. */
const SIDE = 41;
/** Standard deviation of a source, whose height is 1. */
const WIDTH = 0.1;
/** Standard deviation of the noise of a sensor. */
const NOISE = 0.02;
/** Where the sources are in truth. */
const places = [[0.22, 0.28], [0.28, 0.72], [0.72, 0.22], [0.78, 0.78]];
const SOURCES = places.length;

const tenths = Array.from({ length: 9 }, (_, i) => (i + 1) / 10);
const sensors = tenths.flatMap((x) => tenths.map((y): [number, number] => [x, y]));
/** [81, 41²] */
const operator = observationOperator(sensors, SIDE);

const gaussian = (centre: number): Float64Array =>
  Float64Array.from({ length: SIDE }, (_, i) => Math.exp(-0.5 * ((i / (SIDE - 1) - centre) / WIDTH) ** 2));

/** Responses of all sensors to single sources at the points of a grid, R_s(a_i, b_j). @returns shape [81, a, b] */
function responsesOn(a: readonly number[], b: readonly number[]): Float64Array {
  const [alongX, alongY] = [a.map(gaussian), b.map(gaussian)];
  const responses = new Float64Array(sensors.length * a.length * b.length);
  let at = 0;
  for (let s = 0; s < sensors.length; s++) {
    for (const column of alongX) {
      const summed = new Float64Array(SIDE);
      for (let i = 0; i < SIDE; i++)
        for (let j = 0; j < SIDE; j++) summed[j] += column[i] * operator[(s * SIDE + i) * SIDE + j];
      for (const row of alongY) {
        for (let j = 0; j < SIDE; j++) responses[at] += row[j] * summed[j];
        at += 1;
      }
    }
  }
  return responses;
}

/**
 * Responses are expanded in T_m(t(x)) T_n(t(y)), where t(x) = sin(a(2x − 1)) / sin a bends [0, 1] on [−1, 1]: between
 * a = 0, Chebyshev polynomials of x, and a = π/2, cosines. That spreads their waves evenly, of which fewer are needed
 * (Kosloff and Tal-Ezer 1993); this a needs the fewest.
 */
const BEND = Math.asin(0.91);
/** Points of the fit per axis. */
const FIT = 24;

export interface ResponseExpansion {
  /** n of the kept (m, n), m² + n² ≤ radius²: 0 to depths[m]. */
  readonly depths: readonly number[];
  /** T, the number of kept pairs. */
  readonly size: number;
  /** R_s = Σ_t coefficients[s, t] φ_t, pairs in the order of `depths`. [81, T] */
  readonly coefficients: Float64Array;
}

/** The expansion of all responses by interpolation at Chebyshev points of t, cut to a disc of degrees. */
export function expandResponses(squaredRadius: number): ResponseExpansion {
  const depths = Array.from(
    { length: Math.floor(Math.sqrt(squaredRadius)) + 1 }, (_, m) => Math.floor(Math.sqrt(squaredRadius - m * m))
  );
  const size = depths.reduce((sum, depth) => sum + depth + 1, 0);
  const angles = Array.from({ length: FIT }, (_, i) => (Math.PI * (i + 0.5)) / FIT);
  const nodes = angles.map((angle) => (Math.asin(Math.sin(BEND) * Math.cos(angle)) / BEND + 1) / 2);
  const responses = responsesOn(nodes, nodes);
  const analysis = depths.map((_, m) => angles.map((angle) => ((m === 0 ? 1 : 2) / FIT) * Math.cos(m * angle)));
  const coefficients = new Float64Array(sensors.length * size);
  let at = 0;
  for (let s = 0; s < sensors.length; s++) {
    depths.forEach((depth, m) => {
      const along = new Float64Array(FIT);
      for (let i = 0; i < FIT; i++)
        for (let j = 0; j < FIT; j++) along[j] += analysis[m][i] * responses[(s * FIT + i) * FIT + j];
      for (let n = 0; n <= depth; n++) {
        for (let j = 0; j < FIT; j++) coefficients[at] += analysis[n][j] * along[j];
        at += 1;
      }
    });
  }
  return { depths, size, coefficients };
}

/** Σ over sources of every kept T_m(t(x)) T_n(t(y)), of one point [8] → [T]. */
export function expansionFeatures({ depths }: ResponseExpansion): (x: NpArray) => NpArray {
  return (x) => {
    const t = np.sin(x.mul(2).sub(1).mul(BEND)).mul(1 / Math.sin(BEND));
    const chebyshev = [np.ones([2 * SOURCES]), t];
    for (let m = 2; m < depths.length; m++) chebyshev.push(t.mul(2).mul(chebyshev[m - 1]).sub(chebyshev[m - 2]));
    const [alongX, alongY] = np.split(np.stack(chebyshev).reshape([depths.length, SOURCES, 2]), 2, 2)
      .map((part) => part.reshape([depths.length, SOURCES]));
    return np.concatenate(depths.map((depth, m) => np.matmul(alongY.slice([0, depth + 1]), alongX.slice(m))));
  };
}

/**
 * The field at the sensors, by the grid and not by the expansion. @param x sources (x1, y1, …), shape [8] @returns
 * shape [81]
 */
export function fieldAtSensors(x: ArrayLike<number>): Float64Array {
  const field = new Float64Array(sensors.length);
  for (let k = 0; k < SOURCES; k++)
    responsesOn([x[2 * k]], [x[2 * k + 1]]).forEach((response, s) => { field[s] += response; });
  return field;
}

/** What the sensors measured. [81] */
function measurements(): Float64Array {
  const noise = new Float64Array(sensors.length);
  fillNormal(foldIn(keyFromSeed(0), 'poisson-8d'), 0, noise);
  return fieldAtSensors(places.flat()).map((value, s) => value + NOISE * noise[s]);
}

/**
 * The energy of an expansion: a sum over sensors of (u_s − d_s)² / 2σ². Rows are the T coefficients of a sensor and
 * d_s.
 */
export function sumOver(expansion: ResponseExpansion): SumDefinition {
  const { depths, size, coefficients } = expansion;
  const measured = measurements();
  return {
    data: {
      rows: sensors.length,
      columns: [...depths.flatMap((depth, m) => Array.from({ length: depth + 1 }, (_, n) => `c${m}.${n}`)), 'measured'],
      data:
        Float64Array.from(sensors.flatMap((_, s) => [...coefficients.subarray(s * size, (s + 1) * size), measured[s]])),
    },
    batch: 9,
    features: expansionFeatures(expansion),
    term: (q, row) => np.square(q.mul(row.slice([0, size])).sum().sub(row.slice(size))).mul(1 / (2 * NOISE ** 2)),
  };
}

/**
 * The field of one source to 3e-6, a seven-thousandth of the noise, with 173 terms; by total degree, Chebyshev
 * polynomials of x need 300.
 */
const expansion = expandResponses(201);

const permutations = (of: readonly number[]): number[][] => (of.length === 0 ? [[]] : of.flatMap(
  (first) => permutations(of.filter((k) => k !== first)).map((rest) => [first, ...rest])
));
/** Source k is taken to place orders[mode][k]. [24, 4] */
const orders = permutations(places.map((_, k) => k));

/**
 * The permutation that brings the sources nearest to the places, by squared distance: Σ |p_k − place|² least is Σ p_k ·
 * place most.
 */
function assign(x: Float64Array): number {
  let best = 0;
  let most = -Infinity;
  for (let mode = 0; mode < orders.length; mode++) {
    const order = orders[mode];
    let overlap = 0;
    for (let k = 0; k < SOURCES; k++) overlap += x[2 * k] * places[order[k]][0] + x[2 * k + 1] * places[order[k]][1];
    if (overlap > most) [best, most] = [mode, overlap];
  }
  return best;
}

/** Functions of the source that is matched to a place: the same for all orders of the sources. */
const matched = (place: number, f: (x: number, y: number) => number) => (x: Float64Array): number => {
  const k = orders[assign(x)].indexOf(place);
  return f(x[2 * k], x[2 * k + 1]);
};

const projections = places.flatMap((_, k): Projection[] => [
  { name: `source ${k + 1}: x`, value: matched(k, (x) => x), low: 0, high: 1 },
  { name: `source ${k + 1}: y`, value: matched(k, (_x, y) => y), low: 0, high: 1 },
]);

const coordinates = (x: Float64Array, axis: number): number[] => places.map((_, k) => x[2 * k + axis]);

const observables: readonly Observable[] = [
  ...projections.map(({ name, value }) => ({ name, value })),
  ...places.flatMap((_, k): Observable[] => [
    { name: `source ${k + 1}: x²`, value: matched(k, (x) => x * x) },
    { name: `source ${k + 1}: y²`, value: matched(k, (_x, y) => y * y) },
    { name: `source ${k + 1}: xy`, value: matched(k, (x, y) => x * y) },
  ]),
  ...['x', 'y'].flatMap((name, axis): Observable[] => [
    { name: `least ${name}`, value: (x) => Math.min(...coordinates(x, axis)) },
    { name: `largest ${name}`, value: (x) => Math.max(...coordinates(x, axis)) },
  ]),
];

/** Steps that the mini-batches' noise leaves room for, labels from all sensors. */
const sampling = {
  stepSize: 2e-4, heating: 0.05, hottest: 0.02, replicas: 7, stepsPerRound: 20, trainingEnergies: 'full'
} as const;

/**
 * Four sources of a screened Poisson field on the unit square, from 81 noisy sensors (arXiv 2604.05303, noisy
 * gradients).
 */
export const poisson8d = defineTarget({
  name: 'poisson-8d',
  description:
    'places of four equal sources of a diffusing field, seen by 81 noisy sensors: 24 equal orders of the sources',
  dimension: 2 * SOURCES,
  sum: sumOver(expansion),
  interval: 'all',
  box: [0, 1],
  modes: {
    names: orders.map((order) => order.map((place) => place + 1).join('')),
    assign,
    exact: orders.map(() => 1 / orders.length),
  },
  projections,
  observables,
  presets: {
    quick: {
      settings: {
        ...sampling, ladders: 32, rounds: 400, warmupRounds: 100, steps: 600, layers: 8, theta: 0, samples: 20_000,
        compared: 20_000, weightSteps: 300
      },
    },
    default: { settings: { ...sampling, rounds: 1600, theta: 0, steps: 3000, batch: 1000, weightSteps: 3000 } },
    paper: {
      settings: {
        ...publishedNoise, lambdas: [0.02, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1], stepSize: 2e-5, stepsPerRound: 10,
        thinning: 4, ladders: 100, rounds: 1000, warmupRounds: 500, layers: 8, hidden: 512, bins: 32, theta: 0.6,
        particles: 100_000, samples: 100_000, stageSamples: 100_000, steps: 1000, stageSteps: 1000, weightSteps: 1000,
      },
    },
  },
});
