/**
 * Whether there is mass beyond all samples, next to the most extreme of them in a coordinate or in energy. Chains of an
 * exact kernel start from such samples A and some end in B, where next to none are. The kernel leaves the target as it
 * is: had chains begun all over it, as many would be in B as before, those from A among them. So B has at least the
 * mass of A times the share of its chains that end in B. They need not find their way about B for that, and what
 * neither tempering nor a flow has ever reached, as the neck of a funnel may be, shows itself at its edge. Each step
 * moves one coordinate, by a length of any decade: that goes on where all others have become narrow.
 */
import { foldIn, type Key } from '../engine/random.ts';
import { fillNormalRows, fillUniformRows } from '../engine/simd/rows.ts';
import type { Pause } from '../pausing.ts';
import type { Warning } from '../records/record.ts';
import { resample } from '../samplers/resample.ts';
import type { Domain } from '../targets/domain.ts';
import type { EnergyEvaluator } from '../targets/energyEvaluator.ts';
import { doubt } from './standing.ts';

/** Samples of B; of A, the next ones; and the effective ones that those must be worth. */
const FEW = 5;
const EXTREME = 200;
const WORTH = 50;
/** Chains of each A, steps of each, and the fewest of them that tell anything. */
const CHAINS = 128;
const STEPS = 1000;
const FEWEST_STEPS = 100;
const MOST_EVALUATIONS = 2e6;
/** Steps before the first look, and before each of the others over the one before. */
const FIRST_LOOK = 8;
const LATER = 1.5;
/** Steps in deviations of a coordinate, and so many decades less; of them, those of the coordinate of A itself. */
const STEP = 2;
const DECADES = 6;
const OWN = 0.4;
/** Share of the chains that end in B, and its least mass over that of the samples in it, where it is missing. */
const MANY = 0.16;
const TIMES = 4;

/** Samples with their weights, and how many evaluations may be spent on them. */
export interface Extremes {
  readonly energy: EnergyEvaluator;
  readonly domain: Domain;
  /** [n, d] */
  readonly samples: Float64Array;
  /** [n] */
  readonly logWeights: Float64Array;
  readonly evaluations: number;
  readonly key: Key;
  readonly pause: Pause;
}

/** What a side of a coordinate, or low energy, has beyond its samples. */
export interface Missing {
  readonly what: string;
  /** Mass that is at least there, as a share of all. */
  readonly least: number;
  /** Share of its chains that went there. */
  readonly share: number;
}

interface Side {
  readonly what: string;
  /** The coordinate; −1 for all. */
  readonly coordinate: number;
  /** The larger, the more extreme. @param x [n, d] @param energies [n] @returns [n] */
  readonly of: (x: Float64Array, energies: Float64Array) => Float64Array;
}

interface Start extends Side {
  /** Rows of samples that chains start from. [CHAINS] */
  readonly rows: Int32Array;
  /** Of A; and of the samples in B. */
  readonly mass: number;
  readonly known: number;
  /** Values above are in B. */
  readonly edge: number;
}

/** @returns what is missing, the most first; nothing where too few evaluations are left to tell */
export async function missingBeyond(
  { energy, domain, samples, logWeights, evaluations, key, pause }: Extremes,
): Promise<Missing[]> {
  const d = domain.length;
  const n = logWeights.length;
  const sides = sidesOf(domain);
  const each = sides.length * CHAINS;
  const steps = Math.min(STEPS, Math.floor((Math.min(MOST_EVALUATIONS, evaluations) - n) / each));
  if (sides.length === 0 || !(steps >= FEWEST_STEPS)) return [];
  const energies = new Float64Array(n);
  energy.energies(samples, n, energies);
  const weights = relative(logWeights);
  const starts = sides.flatMap((side, k) => startsOf(side, side.of(samples, energies), weights, foldIn(key, k)));
  if (starts.length === 0) return [];
  await pause();
  const shares = new Float64Array(starts.length);
  /** The bound holds after any number of steps; after many, chains have gone back to where most of the mass is. */
  const look = (x: Float64Array, own: Float64Array): void => starts.forEach(({ of, edge }, k) => {
    const [from, to] = [k * CHAINS, (k + 1) * CHAINS];
    const beyond = of(x.subarray(from * d, to * d), own.subarray(from, to)).filter((value) => value > edge).length;
    shares[k] = Math.max(shares[k], beyond / CHAINS);
  });
  const walk = { energy, domain, starts, steps, scales: deviations(samples, d), key, pause };
  await walked(walk, rowsOf(samples, d, starts), look);
  return starts.flatMap(({ what, mass, known }, k): Missing[] => {
    const least = shares[k] * mass;
    return shares[k] >= MANY && least > TIMES * (known + 1 / n) ? [{ what, least, share: shares[k] }] : [];
  }).sort((a, b) => b.least - a.least);
}

/** Both sides of coordinates without an end, and low energies; none where all have one. */
function sidesOf(domain: Domain): Side[] {
  const d = domain.length;
  if (domain.every(({ kind }) => kind !== 'real')) return [];
  const column = (j: number, sign: number) => (x: Float64Array): Float64Array =>
    Float64Array.from({ length: x.length / d }, (_, i) => sign * x[i * d + j]);
  return [
    { what: 'low energies', coordinate: -1, of: (_x, energies) => energies.map((value) => -value) },
    ...domain.flatMap(({ kind }, j): Side[] => (kind !== 'real' ? [] : [-1, 1].map((sign) =>
      ({ what: `${sign < 0 ? 'low' : 'high'} values of x${j + 1}`, coordinate: j, of: column(j, sign) })))),
  ];
}

/** Sum to one. */
function relative(logWeights: Float64Array): Float64Array {
  const most = logWeights.reduce((a, b) => (b < Infinity ? Math.max(a, b) : a), -Infinity);
  const weights = logWeights.map((value) => (value < Infinity ? Math.exp(value - most) : 0));
  const sum = weights.reduce((a, b) => a + b, 0);
  return weights.map((value) => value / sum);
}

/** Of the most extreme samples; none where their weights are too uneven to tell how much mass they stand for. */
function startsOf(side: Side, values: Float64Array, weights: Float64Array, key: Key): Start[] {
  const rows = largestRows(values.map((value, i) => (weights[i] > 0 ? value : NaN)), FEW + EXTREME);
  const largest = Float64Array.from(rows, (i) => values[i]).sort();
  const [edge, first] = [largest[largest.length - FEW], largest[largest.length - FEW - EXTREME]];
  // Of values that many share there is no next one.
  const chosen = rows.filter((i) => values[i] >= first && values[i] <= edge);
  if (!(first < edge) || chosen.length > 2 * EXTREME) return [];
  const own = Float64Array.from(chosen, (i) => weights[i]);
  const [mass, squares] = [own.reduce((a, b) => a + b, 0), own.reduce((a, b) => a + b * b, 0)];
  if (mass * mass < WORTH * squares) return [];
  const known = rows.reduce((sum, i) => sum + (values[i] > edge ? weights[i] : 0), 0);
  const drawn = resample(own.map(Math.log), CHAINS, 'systematic', key);
  return [{ ...side, rows: Int32Array.from(drawn, (k) => chosen[k]), mass, known, edge }];
}

/** One value in so many is sorted, to know about where the largest begin. */
const LOOKED_AT = 16;

/** Rows of at least the `count` largest of the values that are finite, in their order; none of too few. */
function largestRows(values: Float64Array, count: number): number[] {
  const finite = values.filter(Number.isFinite);
  if (finite.length < 2 * count) return [];
  const some = finite.filter((_, i) => i % LOOKED_AT === 0).sort();
  const bound = some[Math.max(0, some.length - Math.ceil((3 * count) / LOOKED_AT))];
  const above = (least: number): number[] => {
    const rows: number[] = [];
    for (let i = 0; i < values.length; i++) if (values[i] >= least && values[i] < Infinity) rows.push(i);
    return rows;
  };
  const rows = above(bound);
  return rows.length < count ? above(-Number.MAX_VALUE) : rows;
}

function rowsOf(samples: Float64Array, d: number, starts: readonly Start[]): Float64Array {
  const points = new Float64Array(starts.length * CHAINS * d);
  starts.forEach(({ rows }, k) => rows.forEach((row, i) => {
    points.set(samples.subarray(row * d, (row + 1) * d), (k * CHAINS + i) * d);
  }));
  return points;
}

interface Walk {
  readonly energy: EnergyEvaluator;
  readonly domain: Domain;
  readonly starts: readonly Start[];
  readonly steps: number;
  /** [d] */
  readonly scales: Float64Array;
  readonly key: Key;
  readonly pause: Pause;
}

/**
 * Metropolis' steps of one coordinate each, which and how far by draws that the state has no part in.
 * @param x places of the chains, in place [n, d] @param look at these and their energies, after more and more steps
 */
async function walked(
  { energy, domain, starts, steps, scales, key, pause }: Walk, x: Float64Array,
  look: (x: Float64Array, energies: Float64Array) => void,
): Promise<void> {
  const d = domain.length;
  const n = x.length / d;
  const real = domain.flatMap(({ kind }, j) => (kind === 'real' ? [j] : []));
  const energies = new Float64Array(n);
  energy.energies(x, n, energies);
  const [tried, there] = [x.slice(), new Float64Array(n)];
  const [normals, draws] = [new Float64Array(n), new Float64Array(n * 4)];
  const moved = new Int32Array(n);
  let next = FIRST_LOOK;
  for (let step = 0; step < steps; step++) {
    const own = foldIn(foldIn(key, 'steps'), step);
    fillNormalRows(foldIn(own, 'normals'), 0, n, 1, normals);
    fillUniformRows(foldIn(own, 'draws'), 0, n, 4, draws);
    for (let i = 0; i < n; i++) {
      const [which, choice, decade] = [draws[4 * i], draws[4 * i + 1], draws[4 * i + 2]];
      const { coordinate } = starts[Math.floor(i / CHAINS)];
      const j = coordinate >= 0 && which < OWN ? coordinate : real[Math.floor(choice * real.length)];
      moved[i] = i * d + j;
      tried[moved[i]] = x[moved[i]] + STEP * scales[j] * Math.exp(-Math.LN10 * DECADES * decade) * normals[i];
    }
    energy.energies(tried, n, there);
    for (let i = 0; i < n; i++) {
      // What is not a number is refused.
      if (Math.log(draws[4 * i + 3]) < energies[i] - there[i]) {
        x[moved[i]] = tried[moved[i]];
        energies[i] = there[i];
      } else tried[moved[i]] = x[moved[i]];
    }
    if (step + 1 >= next) {
      look(x, energies);
      next *= LATER;
    }
    await pause();
  }
}

/** Of each coordinate. [d] */
function deviations(samples: Float64Array, d: number): Float64Array {
  const n = samples.length / d;
  return Float64Array.from({ length: d }, (_, j) => {
    let [sum, squares] = [0, 0];
    for (let i = j; i < samples.length; i += d) sum += samples[i];
    for (let i = j; i < samples.length; i += d) squares += (samples[i] - sum / n) ** 2;
    return Math.sqrt(squares / n);
  });
}

const percent = (value: number): string => `${(100 * value).toPrecision(2)} %`;

export function missingDoubts(missing: readonly Missing[]): Warning[] {
  if (missing.length === 0) return [];
  const [{ what, least, share }, ...others] = missing;
  const more = others.length === 0 ? '' : ` (and ${others.length} more such places)`;
  return [doubt(
    'doubtful', 'beyond-samples',
    `There is mass beyond all samples, at ${what}${more}: ${percent(share)} of exact chains from the most extreme `
      + `samples go to where next to none are, so that at least ${percent(least)} of the mass is there. `
      + 'Neither tempering nor the flow has reached it; coordinates in which it is not as narrow would help.',
  )];
}
