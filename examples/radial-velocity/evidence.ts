/**
 * The evidence of data.csv and the masses of its periods by quadrature: plain JavaScript, another parametrisation than
 * the target's, and nothing of the engine.
 * Run: node --import tsx examples/radial-velocity/evidence.ts [tolerance]
 *
 * Given period, eccentricity, anomaly and jitter the velocities are linear in K cos ω, K sin ω and the offset, which
 * are Gaussian before the data: their integral is known. The other four are integrated numerically, over panels of
 * frequency as wide as the data resolve, each with twice the nodes in every direction until it no longer changes.
 */
import { fileURLToPath } from 'node:url';
import { readTable } from 'jeffreys-flow';
import { eigen } from './linearAlgebra.ts';
import { covarianceMatrix, middle, prior } from './model.ts';
import { modeNames, modeOf, panelEdges } from './modes.ts';
import { eccentricAnomaly } from './orbit.ts';
import { gaussLegendre, midpoint, weighted, type Rule } from './quadrature.ts';

/** Velocities turned to axes along which their covariance is diagonal, whatever the jitter. */
export interface Observed {
  readonly times: Float64Array;
  /** Variances of activity and white errors along the new axes. */
  readonly variances: Float64Array;
  /** The new axes, row by row. */
  readonly axes: Float64Array;
  readonly velocities: Float64Array;
  readonly ones: Float64Array;
}

/** Numbers of nodes, in a panel of log P and over all of the others. */
export interface Nodes {
  readonly period: number;
  readonly eccentricity: number;
  readonly anomaly: number;
  readonly jitter: number;
}

/** Integrals over a part of the parameters of the posterior density times 1 and what is averaged. */
export interface Integrals {
  evidence: number;
  logPeriod: number;
  eccentricity: number;
  /** K². */
  squaredAmplitude: number;
  logJitter: number;
}

const nothing = (): Integrals =>
  ({ evidence: 0, logPeriod: 0, eccentricity: 0, squaredAmplitude: 0, logJitter: 0 });

function add(sum: Integrals, part: Integrals, factor = 1): void {
  for (const name of Object.keys(sum) as (keyof Integrals)[]) sum[name] += factor * part[name];
}

/** Two vectors along the new axes, in one pass over these. */
function rotate(axes: Float64Array, a: Float64Array, b: Float64Array, [u, v]: readonly Float64Array[]): void {
  const n = a.length;
  for (let i = 0, at = 0; i < n; i++) {
    let [p, q] = [0, 0];
    for (let k = 0; k < n; k++, at++) {
      p += axes[at] * a[k];
      q += axes[at] * b[k];
    }
    u[i] = p;
    v[i] = q;
  }
}

export function observed(times: Float64Array, velocities: Float64Array): Observed {
  const n = times.length;
  const { values, vectors } = eigen(covarianceMatrix(times), n);
  const [turned, ones] = [new Float64Array(n), new Float64Array(n)];
  rotate(vectors, velocities, new Float64Array(n).fill(1), [turned, ones]);
  return { times, variances: values, axes: vectors, velocities: turned, ones };
}

/** The columns times, velocity of a table. */
export function readObserved(path = fileURLToPath(new URL('./data.csv', import.meta.url))): Observed {
  const { data } = readTable(path, { columns: ['time', 'velocity'] });
  return observed(data.filter((_, i) => i % 2 === 0), data.filter((_, i) => i % 2 === 1));
}

/** Of one jitter: precisions along the axes, and what does not depend on the orbit. */
export interface Jitter {
  readonly logJitter: number;
  readonly weight: number;
  readonly precisions: Float64Array;
  /** −½ (N log 2π + log |Σ| + rᵀΣ⁻¹r). */
  readonly constant: number;
  /** 1ᵀΣ⁻¹1 and 1ᵀΣ⁻¹r. */
  readonly ones: readonly [number, number];
}

const dot = (a: Float64Array, b: Float64Array, weights: Float64Array): number => {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i] * weights[i];
  return sum;
};

/** How far from its mean a Gaussian is integrated, in standard deviations: 1e-8 of its mass is beyond. */
const REACH = 5.7;

/** Nodes of the jitter; of a single one, its mean. */
export function jittersOf(data: Observed, count: number): Jitter[] {
  const { mean, standardDeviation } = prior.logJitter;
  const [low, high] = [mean - REACH * standardDeviation, mean + REACH * standardDeviation];
  const rule = weighted(midpoint(count, low, high), (x) => {
    const z = (x - mean) / standardDeviation;
    return Math.exp(-0.5 * z * z);
  });
  const { velocities, ones } = data;
  return Array.from(rule.nodes, (logJitter, k) => {
    const square = Math.exp(2 * logJitter);
    const precisions = data.variances.map((variance) => 1 / (variance + square));
    const logDeterminant = precisions.reduce((sum, precision) => sum - Math.log(precision), 0);
    const misfit = dot(velocities, velocities, precisions);
    return {
      logJitter, weight: rule.weights[k], precisions,
      constant: -0.5 * (velocities.length * Math.log(2 * Math.PI) + logDeterminant + misfit),
      ones: [dot(ones, ones, precisions), dot(ones, velocities, precisions)],
    };
  });
}

/**
 * log of the likelihood's integral over the linear parameters (x, y, offset), and ⟨x² + y²⟩ given all others, from
 * M = BᵀΣ⁻¹B + S⁻¹ and b = BᵀΣ⁻¹r, r the velocities, B the columns that they are linear in and S the covariance of
 * the linear parameters before the data: −½ (log |S| + log |M| − bᵀM⁻¹b), by the Cholesky factor of M.
 * @param g entries of BᵀΣ⁻¹B and BᵀΣ⁻¹r: xx, xy, yy, x1, y1, xr, yr
 */
function linear(g: Float64Array, { constant, ones }: Jitter): readonly [number, number] {
  const [p, o] = [1 / (prior.velocity * prior.velocity), 1 / (prior.offset * prior.offset)];
  // The offset first: the last two rows of L⁻ᵀ then are of x and y alone.
  const a = Math.sqrt(ones[0] + o);
  const [b, c] = [g[3] / a, g[4] / a];
  const d = Math.sqrt(g[0] + p - b * b);
  const e = (g[1] - b * c) / d;
  const f = Math.sqrt(g[2] + p - c * c - e * e);
  // L w = b, then Lᵀ m = w.
  const w0 = ones[1] / a;
  const w1 = (g[5] - b * w0) / d;
  const w2 = (g[6] - c * w0 - e * w1) / f;
  const y = w2 / f;
  const x = (w1 - e * y) / d;
  const logDeterminants = 2 * Math.log(a * d * f) - 2 * Math.log(p) - Math.log(o);
  const variance = 1 / (f * f) + (1 + (e * e) / (f * f)) / (d * d);
  return [constant - 0.5 * (logDeterminants - w0 * w0 - w1 * w1 - w2 * w2), x * x + y * y + variance];
}

/** Integrals over the jitter and the linear parameters, at one period and shape of the orbit. */
export class AtOrbit {
  private readonly plain: readonly Float64Array[];
  private readonly turned: readonly Float64Array[];
  private readonly gram = new Float64Array(7);
  readonly result = nothing();

  /** @param reference log density that all densities are relative to, so that none overflows */
  constructor(
    private readonly data: Observed, private readonly jitters: readonly Jitter[], private readonly reference: number
  ) {
    const empty = (): Float64Array => new Float64Array(data.times.length);
    this.plain = [empty(), empty()];
    this.turned = [empty(), empty()];
  }

  /** What x = K cos ω and y = K sin ω are multiplied with: cos f + e and −sin f. */
  private columns(period: number, e: number, anomaly: number): void {
    const { times, axes } = this.data;
    const [x, y] = this.plain;
    const root = Math.sqrt(1 - e * e);
    for (let i = 0; i < times.length; i++) {
      const E = eccentricAnomaly(anomaly + (2 * Math.PI * (times[i] - middle)) / period, e);
      const distance = 1 - e * Math.cos(E);
      x[i] = (Math.cos(E) - e) / distance + e;
      y[i] = (-root * Math.sin(E)) / distance;
    }
    rotate(axes, x, y, this.turned);
  }

  integrate(period: number, e: number, anomaly: number): Integrals {
    this.columns(period, e, anomaly);
    const { result, gram, data: { ones, velocities } } = this;
    const [x, y] = this.turned;
    Object.assign(result, nothing());
    for (const jitter of this.jitters) {
      gram.fill(0);
      const { precisions } = jitter;
      for (let i = 0; i < x.length; i++) {
        const [px, py] = [x[i] * precisions[i], y[i] * precisions[i]];
        gram[0] += px * x[i];
        gram[1] += px * y[i];
        gram[2] += py * y[i];
        gram[3] += px * ones[i];
        gram[4] += py * ones[i];
        gram[5] += px * velocities[i];
        gram[6] += py * velocities[i];
      }
      const [logDensity, square] = linear(gram, jitter);
      const density = jitter.weight * Math.exp(logDensity - this.reference);
      result.evidence += density;
      result.squaredAmplitude += density * square;
      result.logJitter += density * jitter.logJitter;
    }
    result.logPeriod = result.evidence * Math.log(period);
    result.eccentricity = result.evidence * e;
    return result;
  }
}

/** e / √(1 − e²) where it is integrated, with its density before the data. */
function eccentricityRule(count: number): Rule {
  const scale = prior.eccentricity;
  return weighted(gaussLegendre(count, 0, (REACH + 0.3) * scale), (ratio) =>
    ratio * Math.exp(-0.5 * (ratio / scale) * (ratio / scale)));
}

/** Integrals over log P in [low, high] and over all other parameters. */
function panel(data: Observed, [low, high]: readonly [number, number], nodes: Nodes, reference: number): Integrals {
  const at = new AtOrbit(data, jittersOf(data, nodes.jitter), reference);
  const width = Math.log(prior.period[1] / prior.period[0]);
  const [periods, ratios] = [gaussLegendre(nodes.period, low, high), eccentricityRule(nodes.eccentricity)];
  const sum = nothing();
  periods.nodes.forEach((logPeriod, i) => ratios.nodes.forEach((ratio, j) => {
    const weight = (periods.weights[i] / width) * (ratios.weights[j] / nodes.anomaly);
    for (let k = 0; k < nodes.anomaly; k++) {
      const anomaly = (2 * Math.PI * k) / nodes.anomaly;
      add(sum, at.integrate(Math.exp(logPeriod), ratio / Math.sqrt(1 + ratio * ratio), anomaly), weight);
    }
  }));
  return sum;
}

export interface EvidenceOptions {
  /** Of the first pass over all panels. */
  readonly nodes?: Nodes;
  /** A panel is settled when twice the nodes of any direction change it by less than this share of the evidence. */
  readonly tolerance?: number;
  /** Periods that are integrated over, in days; default: all. Outside of them there is taken to be nothing. */
  readonly periods?: readonly [number, number];
  /** Hears what is done. */
  readonly say?: (line: string) => void;
}

export interface Evidence {
  readonly logZ: number;
  /** Of log Z: the sum of what twice the nodes of a direction change, over all directions and panels. */
  readonly error: number;
  /** Of the modes in modes.ts. */
  readonly masses: readonly number[];
  /** Posterior means. */
  readonly means: Omit<Integrals, 'evidence'>;
  /** Largest contributions of single panels: period in days at its middle, and share. */
  readonly largest: readonly { readonly period: number; readonly share: number }[];
}

interface Panel {
  readonly edges: readonly [number, number];
  readonly nodes: Nodes;
  readonly sum: Integrals;
  /** What twice the nodes of a direction change, all directions together. */
  readonly change: number;
}

/** Panels where the first pass finds less than this share of the evidence are left so, all of it an error. */
const NEGLIGIBLE = 1e-5;

const total = (panels: readonly Panel[]): number => panels.reduce((sum, { sum: { evidence } }) => sum + evidence, 0);

/** Double the nodes of a panel in every direction where that changes it by more than is tolerated, until none does. */
function settle(data: Observed, { edges, nodes, sum }: Panel, reference: number, tolerated: number): Panel {
  const finer = (names: readonly (keyof Nodes)[]): Nodes =>
    ({ ...nodes, ...Object.fromEntries(names.map((name) => [name, 2 * nodes[name]])) });
  const trials = (Object.keys(nodes) as (keyof Nodes)[]).map((name) => {
    const tried = panel(data, edges, finer([name]), reference);
    return { name, tried, change: Math.abs(tried.evidence - sum.evidence) };
  });
  const open = trials.filter(({ change }) => change > tolerated);
  if (open.length === 0) {
    return { edges, nodes, sum, change: trials.reduce((all, { change }) => all + change, 0) };
  }
  const next = finer(open.map(({ name }) => name));
  const found = open.length === 1 ? open[0].tried : panel(data, edges, next, reference);
  return settle(data, { edges, nodes: next, sum: found, change: 0 }, reference, tolerated);
}

const FIRST: Nodes = { period: 8, eccentricity: 5, anomaly: 8, jitter: 16 };

export function evidence(data: Observed, options: EvidenceOptions = {}): Evidence {
  const { nodes = FIRST, tolerance = 3e-4, periods = prior.period, say } = options;
  const reference = Math.max(...jittersOf(data, nodes.jitter).map(({ constant }) => constant));
  const edges = panelEdges().filter(([low, high]) => high > Math.log(periods[0]) && low < Math.log(periods[1]));
  say?.(`${edges.length} panels`);
  const first = edges.map((pair): Panel => {
    const sum = panel(data, pair, nodes, reference);
    return { edges: pair, nodes, sum, change: sum.evidence };
  });
  const scale = total(first);
  const panels = first.map((each) => {
    if (each.sum.evidence < NEGLIGIBLE * scale) return each;
    const settled = settle(data, each, reference, tolerance * scale);
    say?.(`${Math.exp(each.edges[0]).toFixed(2)} days: ${JSON.stringify(settled.nodes)}`);
    return settled;
  });
  const all = nothing();
  const masses = modeNames.map(() => 0);
  for (const { edges: [low, high], sum } of panels) {
    add(all, sum);
    masses[modeOf((low + high) / 2)] += sum.evidence;
  }
  const { evidence: Z, ...sums } = all;
  const shares = panels.map(({ edges: [low, high], sum }) =>
    ({ period: Math.exp((low + high) / 2), share: sum.evidence / Z }));
  return {
    logZ: reference + Math.log(Z),
    error: panels.reduce((sum, { change }) => sum + change, 0) / Z,
    masses: masses.map((mass) => mass / Z),
    means: Object.fromEntries(Object.entries(sums).map(([name, sum]) => [name, sum / Z])) as Evidence['means'],
    largest: shares.sort((a, b) => b.share - a.share).slice(0, 12),
  };
}

function main(tolerance = 3e-4): void {
  const started = performance.now();
  const found = evidence(readObserved(), { tolerance, say: (line) => console.error(line) });
  console.log(`log Z = ${found.logZ.toFixed(4)} ± ${found.error.toFixed(4)}`);
  modeNames.forEach((name, k) => console.log(`${name}: ${(100 * found.masses[k]).toFixed(2)} %`));
  for (const [name, mean] of Object.entries(found.means)) console.log(`<${name}> = ${mean.toFixed(4)}`);
  console.log('panels of most mass:');
  for (const { period, share } of found.largest) console.log(`  ${period.toFixed(2)} d: ${(100 * share).toFixed(2)} %`);
  console.log(`${((performance.now() - started) / 1000).toFixed(0)} s`);
}

if (process.argv[1]?.endsWith('evidence.ts') === true) main(...process.argv.slice(2, 3).map(Number));
