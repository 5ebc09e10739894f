/**
 * A clearly synthetic run: samples of the three-well energy by rejection ("PT") and from a mixture of Gaussians laid
 * over its wells ("flow"), with their true importance weights; the record's figures follow from them or are made up.
 * One long file, because the summaries of every kind of run are variations of that one record.
 */
import { fillNormal, foldIn, keyFromSeed, uniform, type Key } from '../../src/engine/random.ts';
import type { StageSamples } from '../../src/pipeline/stageSamples.ts';
import type { Surface } from '../../src/report/figures/surface.ts';
import type { ExperimentInput } from '../../src/experiments/singleStep/page.ts';
import type { ExperimentRow } from '../../src/experiments/singleStep/row.ts';
import type { NoiseExperimentInput, NoiseExperimentRow } from '../../src/experiments/noise/noiseExperiment.ts';
import type { PathIntegralTableInput } from '../../src/experiments/pathIntegrals/pathIntegralTable.ts';
import type { ReportInput } from '../../src/report/input.ts';
import type { Estimate, LadderSummary, ModeSummary, NoiseSummary, ObservableSummary, PathIntegralSummary, RingSummary, RoundsSummary, RunRecord, StageSummary, TrainingPoint } from '../../src/records/record.ts';
import type { Domain } from '../../src/targets/domain.ts';

export const DOMAIN: Domain = [{ kind: 'real', low: -4, high: 4 }, { kind: 'real', low: -4, high: 4 }];

export function energy(x: number, y: number): number {
  return 3 * ((x * x - 1) ** 2 + (y * y - 1) ** 2 + Math.sin(x + 2 * y));
}

interface Well { readonly name: string; readonly x: number; readonly y: number; readonly mass: number }

const WELLS: readonly Well[] = [
  { name: 'upper left', x: -1.15, y: 0.3, mass: 0.07 },
  { name: 'upper right', x: 1.06, y: 1.16, mass: 0.07 },
  { name: 'lower left', x: -0.92, y: -0.7, mass: 0.3 },
  { name: 'lower right', x: 0.92, y: -1.06, mass: 0.56 },
];

/** Rejection from the box [−2, 2]². shape [n, 2] */
export function exactSamples(key: Key, n: number): Float64Array {
  const out = new Float64Array(2 * n);
  let kept = 0;
  for (let counter = 0; kept < n; counter++) {
    const x = 4 * uniform(key, counter, 0) - 2;
    const y = 4 * uniform(key, counter, 1) - 2;
    if (uniform(key, counter, 2) < Math.exp(-energy(x, y) - 3)) {
      out[2 * kept] = x;
      out[2 * kept + 1] = y;
      kept += 1;
    }
  }
  return out;
}

/** Samples of the mixture and their log-weights against exp(−U). `spread` scales the Gaussians; `masses` override the wells'. */
export function mixture(key: Key, n: number, spread = 1, masses = WELLS.map(({ mass }) => mass)): { samples: Float64Array; logWeights: Float64Array } {
  const samples = new Float64Array(2 * n);
  const logWeights = new Float64Array(n);
  const sigma = 0.27 * spread;
  fillNormal(key, 0, samples);
  for (let i = 0; i < n; i++) {
    let u = uniform(key, 1, i);
    let k = 0;
    while (k < 3 && u > masses[k]) { u -= masses[k]; k += 1; }
    const x = WELLS[k].x + sigma * samples[2 * i];
    const y = WELLS[k].y + sigma * samples[2 * i + 1];
    samples[2 * i] = x;
    samples[2 * i + 1] = y;
    const density = WELLS.reduce((sum, well, j) => sum + masses[j] * Math.exp(-((x - well.x) ** 2 + (y - well.y) ** 2) / (2 * sigma * sigma)), 0) / (2 * Math.PI * sigma * sigma);
    logWeights[i] = -energy(x, y) - Math.log(density);
  }
  return { samples, logWeights };
}

function gridOf(low: number, high: number, n: number): number[] {
  return Array.from({ length: n }, (_, i) => low + ((high - low) * i) / (n - 1));
}

export function surface(): Surface {
  const x = gridOf(-4, 4, 161);
  return { x, y: x, energy: Float64Array.from(x.flatMap((b) => x.map((a) => energy(a, b)))) };
}

/** Marginal of coordinate `axis` by the trapezoid rule. */
function marginal(axis: 0 | 1): { name: string; grid: number[]; exact: number[] } {
  const grid = gridOf(-2.6, 2.6, 261);
  const sums = grid.map((a) => grid.reduce((sum, b) => sum + Math.exp(-(axis === 0 ? energy(a, b) : energy(b, a))), 0));
  const total = sums.reduce((a, b) => a + b, 0) * (grid[1] - grid[0]);
  return { name: axis === 0 ? 'x' : 'y', grid, exact: sums.map((sum) => sum / total) };
}

function curve(key: Key, steps: number): TrainingPoint[] {
  return Array.from({ length: 120 }, (_, i) => {
    const t = i / 119;
    const noise = (name: number): number => 0.05 * (uniform(key, i, name) - 0.5);
    const reverse = -1.9 + 6 * Math.exp(-14 * t) + noise(0);
    const forward = 2.1 + 4 * Math.exp(-10 * t) + noise(1);
    const variation = 0.06 + 1.6 * Math.exp(-8 * t) + noise(2) / 3;
    const point = { step: Math.round(t * steps), loss: 0.5 * (reverse + forward) + variation, reverse, forward, variation, learningRate: 0.01 * (1 - t), gradientNorm: 1 + 5 * Math.exp(-9 * t) };
    return i % 6 === 5 ? { ...point, reverseEss: 0.97 - 0.9 * Math.exp(-7 * t) + noise(3) / 2, forwardEss: 0.94 - 0.92 * Math.exp(-6 * t) + noise(4) } : point;
  });
}

export const estimate = (value: number | null, standardError: number | null): Estimate => ({ value, standardError });

export function record(changes: Partial<RunRecord> = {}): RunRecord {
  const observables: ObservableSummary[] = ['sin x', 'cos x', 'sin y', 'cos y', 'atan x', 'atan y'].map((name, i) => ({
    name, value: 0.31 - 0.14 * i, standardError: 0.0011 + 0.0002 * i, exact: 0.3094 - 0.14 * i, tempering: null,
  }));
  return {
    format: 'jeffreys-flow run', recordVersion: 1,
    versions: { 'jeffreys-flow': '0.1.0', '@jax-js/jax': '0.1.25', 'onnxruntime-node': '1.30.0', node: '20.20.2' },
    target: 'three-well (synthetic)', targetFile: null, definition: null, dataHash: null, dimension: 2, preset: 'default', seed: 7,
    settings: { theta: 0.5, kappa: 0.5, layers: 4, hidden: 32, bins: 16, steps: 600, batch: 2000, learningRate: 0.01, kernel: 'mala', replicas: 5, betaMin: 0.1, generate: 320000, boxes: [-4, 4] },
    state: 'complete', startedAt: '2026-03-14T09:26:53.000Z', updatedAt: '2026-03-14T09:27:41.000Z', message: null,
    result: {
      parallelTempering: {
        seconds: 2.31, kernel: 'mala', ladders: 16, rounds: 2500, warmupRounds: 500, samples: 20000,
        inverseTemperatures: [0.1, 0.1778, 0.3162, 0.5623, 1], stepSizes: [0.4, 0.25, 0.15, 0.08, 0.04], acceptanceRates: [0.61, 0.58, 0.57, 0.59, 0.6],
        swapRates: [0.74, 0.62, 0.51, 0.56], roundTrips: 1834, barrier: 1.57,
        autocorrelationTimes: [{ name: 'x', rounds: 3.1 }, { name: 'energy', rounds: 2.2 }], splitRhat: [{ name: 'x', value: 1.002 }, { name: 'y', value: 1.0008 }],
        effectiveSampleSize: 6452, nonFinite: 0, logZ: estimate(1.873, 0.011),
      },
      training: {
        seconds: 38.4, steps: 600, stepsPlanned: 600, millisecondsPerStep: 58.7, parameters: 13896, bestStep: 565, clippedSteps: 12, skippedSteps: 0,
        stopReason: 'schedule', curve: curve(foldIn(keyFromSeed(7), 'curve'), 600),
      },
      generation: {
        seconds: 0.84, samples: 320000, ess: 0.8137, forwardEss: 0.792, paretoK: 0.21, coverage: { kind: 'modes', value: 0.931 },
        modes: WELLS.map((well, i) => ({ name: well.name, exact: well.mass, weighted: estimate(well.mass + 0.0004 * (i - 1), 0.0009), flow: estimate(well.mass * (1 + 0.07 * (i - 2)), 0.001), pt: estimate(well.mass + 0.006 * (1.5 - i), 0.004) })),
        logZ: { value: 1.8668, standardError: 0.0009, exact: 1.8675 }, observables, projections: [], bias: 0.0013, nonFinite: 0, outOfBox: 0.00002,
      },
      choice: null, ladder: null, rounds: null, noise: null, pathIntegral: null, warnings: [], standing: 'sound', seconds: 43.2, peakMemoryBytes: 412 * 2 ** 20,
    },
    ...changes,
  };
}

/** A two-dimensional report with everything known. */
export function planeInput(samples = 20000): ReportInput {
  const key = keyFromSeed(7);
  const flow = mixture(foldIn(key, 'flow'), 2 * samples);
  return {
    record: record(), domain: DOMAIN, ptSamples: exactSamples(foldIn(key, 'pt'), samples), flowSamples: flow.samples, logWeights: flow.logWeights,
    surface: surface(), marginals: [marginal(0), marginal(1)], paper: { ess: 0.825, bias: 1.3e-3, source: 'published at θ = 0.5' },
  };
}

/** A record whose every nullable figure is null. */
export function unknownRecord(): RunRecord {
  const base = record();
  const result = base.result;
  if (result === null) throw new Error('the fixture has a result');
  const none = estimate(null, null);
  return {
    ...base,
    settings: {},
    result: {
      ...result, standing: 'unknown',
      parallelTempering: {
        ...result.parallelTempering, acceptanceRates: [null, null, null, null, null], swapRates: [null, null, null, null], barrier: null,
        autocorrelationTimes: [{ name: 'x', rounds: null }], splitRhat: [{ name: 'x', value: null }], effectiveSampleSize: null, logZ: null,
      },
      training: { ...result.training, curve: result.training.curve.map((point) => ({ ...point, loss: null, reverse: null, forward: null, variation: null, gradientNorm: null, reverseEss: null, forwardEss: null })) },
      generation: {
        ...result.generation, ess: null, forwardEss: null, paretoK: null, coverage: { kind: 'neighbours', value: null },
        modes: [{ name: 'only', weighted: none, flow: none, pt: none, exact: null }], logZ: { ...none, exact: null },
        observables: [{ name: 'x', ...none, exact: null, tempering: null }], bias: null, outOfBox: null,
      },
    },
  };
}

/** Four coordinates (one of them a circle) and an interpolation ladder from 0. */
export function spaceInput(samples = 8000): ReportInput {
  const key = foldIn(keyFromSeed(11), 'space');
  const domain: Domain = [{ kind: 'torus', low: -Math.PI, high: Math.PI }, ...Array.from({ length: 3 }, () => ({ kind: 'real' as const, low: -4, high: 4 }))];
  const draw = (name: string, spread: number): Float64Array => {
    const z = new Float64Array(4 * samples);
    fillNormal(foldIn(key, name), 0, z);
    for (let i = 0; i < samples; i++) {
      const side = uniform(foldIn(key, name), 1, i) < 0.4 ? -1 : 1;
      z[4 * i] = 1.5 * side + 0.4 * spread * z[4 * i];
      z[4 * i + 2] = side + 0.5 * spread * z[4 * i + 2];
      z[4 * i + 3] = z[4 * i + 2] ** 2 - 1 + 0.3 * spread * z[4 * i + 3];
    }
    return z;
  };
  const base = record();
  if (base.result === null) throw new Error('the fixture has a result');
  const flowSamples = draw('flow', 1.15);
  const logWeights = Float64Array.from({ length: samples }, (_, i) => -0.3 * (flowSamples[4 * i + 1] ** 2 - 1));
  logWeights[3] = Number.NaN;
  return {
    domain, flowSamples, logWeights, ptSamples: draw('pt', 1),
    record: {
      ...base, target: 'ring-and-bath', dimension: 4,
      result: {
        ...base.result,
        parallelTempering: { ...base.result.parallelTempering, inverseTemperatures: [0, 0.02, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 0.9, 0.95, 1], acceptanceRates: Array.from({ length: 11 }, (_, i) => 0.5 + 0.02 * i), swapRates: Array.from({ length: 10 }, (_, i) => 0.3 + 0.06 * i) },
        generation: { ...base.result.generation, coverage: { kind: 'neighbours', value: 0.982 }, modes: [], nonFinite: 1, observables: base.result.generation.observables.map((observable, i) => (i === 3 ? { ...observable, exact: (observable.value ?? 0) + 0.009 } : observable)) },
        warnings: [
          { code: 'thin-ladder', severity: 'note', message: 'The ladder could use one more rung near β = 0.02.' },
          { code: 'heavy-weights', severity: 'warning', message: 'A few samples carry most of the weight; train longer or lower θ.' },
        ],
      },
    },
  };
}

const PUBLISHED: readonly [number, number, number][] = [[0, 0.227, 1.8e-3], [0.25, 0.599, 9.5e-4], [0.5, 0.825, 1.3e-3], [0.75, 0.935, 1.7e-3], [1, 0.001, 1.1e-1]];

/** Targets × θ with a spread flow at θ = 0 and a collapsed one at θ = 1. */
export function experimentInput(samples = 12000): ExperimentInput {
  const base = record();
  const { result } = base;
  if (result === null) throw new Error('the fixture has a result');
  const rows = ['three-well', 'another <well> & "more"'].flatMap((target, t) => PUBLISHED.flatMap(([theta, ess, bias], i) => [1, 2].slice(0, t + 1).map((seed): ExperimentRow => {
    const collapsed = theta === 1;
    const flow = mixture(foldIn(keyFromSeed(seed), target), samples, 1.5 - 0.6 * theta, collapsed ? [0, 0, 0, 1] : undefined);
    const ours = collapsed ? 0.97 : 0.9 + 0.02 * i;
    return {
      target, theta, seed, flowSamples: flow.samples, paper: { ess, bias },
      record: { ...base, target, seed, settings: { ...base.settings, theta }, result: { ...result, generation: { ...result.generation, ess: ours - 0.03 * seed, bias: collapsed ? 0.21 : 9e-4 * seed * (1 + i / 4), coverage: { kind: 'modes', value: collapsed ? 0.0004 : 0.94 } } } },
    };
  })));
  return { title: 'Single-step transport in the plane', rows };
}

const LAMBDAS: readonly number[] = [0.02, 0.06, 0.14, 0.28, 0.46, 0.7, 1];

/** Seven stages, made up; the last but one kept the identity, the third and sixth were resampled. */
export function ladder(): LadderSummary {
  const stages = LAMBDAS.map((lambda, k): StageSummary => {
    const cessFlow = 0.97 - 0.04 * k + (k === 5 ? -0.45 : 0);
    const cessIdentity = 0.62 - 0.03 * k;
    return {
      stage: k + 1, lambda, map: k === 5 ? 'identity' : 'flow', cess: Math.max(cessFlow, cessIdentity), cessFlow, cessIdentity, cessPredicted: k === 6 ? null : 0.9 - 0.03 * k,
      retries: k === 3 ? 2 : 0, ess: [0.97, 0.86, 0.64, 0.85, 0.68, 0.31, 0.73][k], resampled: k === 2 || k === 5, coverage: { kind: 'modes', value: 0.98 - 0.02 * k },
      logZ: estimate(-2.1 + 0.5 * k + 0.01, 0.004 + 0.004 * k), logZTempering: estimate(-2.1 + 0.5 * k + (k === 4 ? 0.06 : 0), 0.006 + 0.002 * k),
      rejuvenationAcceptance: 0.58 + 0.01 * k, stepSize: 0.2 - 0.02 * k, trainingSteps: k === 5 ? 400 : 250, trainingSeconds: 4 + k, poolSize: 9000 - 1000 * k, nonFinite: k === 6 ? 3 : 0, seconds: 6.1 + 2 * k,
    };
  });
  return {
    seconds: 84.7, interpolation: 'adaptive', particles: 20000, groups: 8, stages, tempering: null, logZ: estimate(0.911, 0.028),
    modes: WELLS.map((well, i) => ({ name: well.name, ...estimate(well.mass + 0.002 * (i - 1), 0.003) })),
    fresh: { samples: 50000, ess: 0.274, essRejuvenated: 0.731, rejuvenationSteps: 10 },
  };
}

/** U of λ between N(0, 1.2²) and the wells. */
const between = (lambda: number, x: number, y: number): number => lambda * energy(x, y) + (1 - lambda) * (x * x + y * y) / (2 * 1.2 ** 2);

/** Rejection from the box [−4, 4]². shape [n, 2] */
function stagePoints(key: Key, lambda: number, n: number): Float64Array {
  const out: number[] = [];
  for (let counter = 0; out.length < 2 * n; counter++) {
    const [x, y] = [8 * uniform(key, counter, 0) - 4, 8 * uniform(key, counter, 1) - 4];
    if (uniform(key, counter, 2) < Math.exp(-between(lambda, x, y) - 3 * lambda)) out.push(x, y);
  }
  return Float64Array.from(out);
}

/** Three rounds after two runs of tempering, of which the last is enough. */
export function rounds(changes: Partial<RoundsSummary> = {}): RoundsSummary {
  return {
    temperings: [1.21, 1.004].map((splitRhat, k) => ({
      rounds: 400 * 2 ** k, replicas: 10, seconds: 0.7 * 2 ** k, splitRhat, effectiveSampleSize: 310 + 3000 * k,
      roundTrips: 900, reason: k === 0 ? 'going on with a longer run' : 'good enough to train on',
    })),
    rounds: [0.514, 0.861, 0.973].map((ess, k) => ({
      round: k + 1, layers: 6, steps: k === 0 ? 0 : 400 * k, theta: k === 2 ? 0.5 : 0, seconds: 3 + k, ess, forwardEss: ess + 0.01,
      trainedEss: ess + 0.015, overfit: null, beyond: k === 1 ? 0.002 : 0, trainedBeyond: 0, doubt: null, paretoK: 0.4 - 0.1 * k, tail: 'sound', logZ: estimate(1.86 + 0.004 * k, 0.004 / (k + 1)), accepted: 0.92,
      acceptedIndependent: 0.6 + 0.1 * k, splitRhat: [1.077, 1.02, 1.002][k],
      reason: ['going on with training: the ESS is 51.4 %', 'going on with more steps: the ESS is 86.1 %',
        'enough: the ESS is 97.3 %, and nothing moves any more'][k],
    })),
    kept: 3,
    search: {
      seconds: 1.2, evaluations: 2.1e5, descents: 800, rays: 40_000, candidates: 3, wells: [{ centre: [3, -2], share: 0.02 }], reach: 0.2,
    },
    evaluations: 1.43e6, wanted: { ess: 0.95, logZ: 0.001, error: 0 }, ...changes,
  };
}

/** Particles of the stage before with this stage's weights, as plain SMC has them. */
export function stageSamples(samples: number): StageSamples[] {
  const key = foldIn(keyFromSeed(7), 'stages');
  return LAMBDAS.map((lambda, k) => {
    const before = LAMBDAS[k - 1] ?? 0;
    const particles = stagePoints(foldIn(key, 2 * k), before, samples);
    const logWeights = Float64Array.from({ length: samples }, (_, i) => between(before, particles[2 * i], particles[2 * i + 1]) - between(lambda, particles[2 * i], particles[2 * i + 1]));
    return { stage: k + 1, lambda, pt: stagePoints(foldIn(key, 2 * k + 1), lambda, samples), particles, logWeights };
  });
}

const column = (points: Float64Array, j: number): Float64Array => Float64Array.from({ length: points.length / 2 }, (_, i) => points[2 * i + j]);
const energies = (points: Float64Array): Float64Array => Float64Array.from({ length: points.length / 2 }, (_, i) => energy(points[2 * i], points[2 * i + 1]));

/** The plane's report as a run of the ladder made it, with stages, projections (one without an exact curve) and energies. */
export function ladderInput(samples = 20000): ReportInput {
  const base = planeInput(samples);
  const pt = base.ptSamples ?? new Float64Array(0);
  const { result } = base.record;
  if (result === null) throw new Error('the fixture has a result');
  const { grid, exact } = marginal(0);
  return {
    ...base,
    record: { ...base.record, result: {
      ...result, ladder: ladder(),
      choice: { generator: 'ladder', by: 'automatic', reason: 'One flow reached a forward ESS of 3.1 %, below 20 %.', oneFlow: { ess: 0.42, forwardEss: 0.031, coverage: 0.12 } },
    } },
    stages: stageSamples(Math.min(3000, samples)),
    projections: [
      { name: 'x', low: -2.2, high: 2.2, pt: column(pt, 0), flow: column(base.flowSamples, 0), logWeights: base.logWeights, grid, exactDensity: exact },
      { name: 'y', low: -2.2, high: 2.2, pt: column(pt, 1), flow: column(base.flowSamples, 1), logWeights: base.logWeights },
    ],
    energies: { pt: energies(pt), flow: energies(base.flowSamples) },
  };
}

/** Modes of the number wanted; the 41st got no sample at all, the 51st is 9 standard errors off. */
export function manyModes(count: number): ModeSummary[] {
  const total = Array.from({ length: count }, (_, k) => 0.985 ** k).reduce((a, b) => a + b, 0);
  const key = keyFromSeed(3);
  return Array.from({ length: count }, (_, k): ModeSummary => {
    const exact = 0.985 ** k / total;
    const error = 0.05 * exact;
    const off = k === 50 ? 9 : 2 * (uniform(key, k, 0) - 0.5);
    const weighted = k === 40 ? estimate(0, 0) : estimate(exact + off * error, error);
    return { name: `well ${k + 1}`, exact, weighted, flow: estimate(k === 40 ? 0 : exact * 0.8, error), pt: estimate(exact * (1 + 0.1 * (uniform(key, k, 1) - 0.5)), 2 * error) };
  });
}

/** Of one flow on mini-batches of rows; `stages` > 1 makes a ladder of it, whose unused kinds of weights have no samples of their own. */
export function noise(stages = 1, changes: Partial<NoiseSummary> = {}): NoiseSummary {
  const weights = changes.weights ?? 'exact';
  return {
    kind: 'rows', rows: 81, batch: 9, fullEnergy: true, weights,
    sampler: { draws: 2, swapCorrection: 1, tracked: false, swapDeviations: [0.43, 0.53, 0.64, 0.76], gradientDeviations: [0, 0.257, 0.701, 1.407, 2.368], heating: [0, 0.0026, 0.0095, 0.022, 0.05] },
    input: { bias: 0.1035, totalVariation: 0.0607 }, flow: { bias: 0.0366, totalVariation: 0.0203 }, moved: null,
    weightKinds: (['exact', 'learned-full', 'learned-stochastic'] as const).map((kind, i) => {
      const known = stages === 1 || kind === weights;
      return {
        kind, cess: Array.from({ length: stages }, (_, k) => 0.98 - 0.02 * i - 0.03 * k), correlation: i === 0 ? null : 0.95 - 0.1 * i, deviation: i === 0 ? null : 0.1 * i, residual: i === 0 ? null : 0.1 * i,
        ess: known ? 0.961 - 0.02 * i : null, bias: known ? 0.0032 * (1 + i) : null, totalVariation: known ? 0.00184 * (1 + i) : null,
        logZ: known ? estimate(1.868 + 0.002 * i, 0.001) : null, masses: known ? WELLS.map(({ mass }, mode) => estimate(mass + 0.00184 * (1 + i) * [1, 0, -1, 0][mode], 0.001)) : [],
        heldOutError: i === 0 ? null : 0.3 + 23 * (i - 1), constantError: i === 0 ? null : 1.2 + 23 * (i - 1), nonFinite: 0,
      };
    }),
    stages: Array.from({ length: stages }, (_, k) => ({ stage: k + 1, lambda: (k + 1) / stages, ess: 0.93 - 0.25 * k, resampled: k === 1, moves: null, trainingSteps: 600, trainingSeconds: 12 + k, nonFinite: 0, seconds: 20 + k })),
    evaluations: [
      { phase: 'sampling', noisy: 15_667_200, full: 448_448, passes: 2_189_248 }, { phase: 'labels', noisy: 0, full: 51_200, passes: 51_200 },
      { phase: 'training', noisy: 900, full: 0, passes: 100 }, { phase: 'weights', noisy: 0, full: 200_000, passes: 200_000 },
      { phase: 'comparison', noisy: 3_020_000, full: 200_064, passes: 535_619.5 },
    ],
    ...changes,
  };
}

/** The run of {@link record} as reSGLD and flows on noisy energies made it. */
export function noisyRecord(summary: NoiseSummary = noise()): RunRecord {
  const base = record();
  if (base.result === null) throw new Error('the fixture has a result');
  const { parallelTempering } = base.result;
  return {
    ...base, target: 'seen with noise',
    result: {
      ...base.result, noise: summary,
      parallelTempering: { ...parallelTempering, kernel: 'sgld', inverseTemperatures: [0, 0.09, 0.26, 0.56, 1], acceptanceRates: [null, null, null, null, null], logZ: null },
      choice: { generator: 'flow', by: 'setting', reason: summary.stages.length > 1 ? `${summary.stages.length} flows along the settings' list of λ.` : 'One flow, as the settings ask for.', oneFlow: null },
    },
  };
}

/** Nothing of its figures is known. */
export function unknownNoise(): NoiseSummary {
  const none = { bias: null, totalVariation: null };
  const base = noise(2);
  const nulls = [null, null, null, null];
  return {
    ...base, kind: 'draws', rows: null, batch: null, fullEnergy: false, weights: 'learned-stochastic', input: none, flow: none,
    sampler: { ...base.sampler, swapDeviations: nulls, gradientDeviations: [...nulls, null], heating: [...nulls, null] },
    weightKinds: [{ kind: 'learned-stochastic', cess: [null, null], correlation: null, deviation: null, residual: null, ess: null, bias: null, totalVariation: null, logZ: null, masses: [], heldOutError: null, constantError: null, nonFinite: 0 }],
    stages: base.stages.map((stage) => ({ ...stage, ess: null })),
    evaluations: base.evaluations.map((counts) => ({ ...counts, passes: null })),
  };
}

/** Naive and corrected swaps, without and with SVRG; the run with naive swaps and SVRG is missing. */
export function noiseExperimentInput(samples = 4000): NoiseExperimentInput {
  const key = keyFromSeed(5);
  const row = (name: string, naive: boolean, svrg: boolean): NoiseExperimentRow => {
    const flow = mixture(foldIn(key, name), samples);
    const summary = noise(1, { weights: 'learned-stochastic' });
    const stages = svrg ? summary.stages.map((stage) => ({ ...stage, moves: { steps: 20, stepSize: 0.008, nonFinite: 0 } })) : summary.stages;
    return { name, naive, svrg, record: noisyRecord({ ...summary, stages, moved: svrg ? { bias: 0.0144, totalVariation: 0.0075 } : null }), input: mixture(foldIn(key, 0), samples, 1.2, [0.2, 0.2, 0.3, 0.3]).samples, samples: flow.samples, logWeights: flow.logWeights };
  };
  return { title: 'Seen with noise', domain: DOMAIN, surface: surface(), rows: [row('naive', true, false), row('corrected', false, false), row('corrected-svrg', false, true)] };
}

const BINS = Array.from({ length: 60 }, (_, bin) => -3.3 + ((bin + 0.5) / 60) * 6.6);
const twoWells = (x: number, width: number): number => [-1, 1].reduce((sum, centre) => sum + Math.exp(-0.5 * ((x - centre) / width) ** 2), 0) / (2 * width * Math.sqrt(2 * Math.PI));

/** A ring of N beads of the made-up particle in two wells: every exact value is off the quantum one by 3/N², every estimate off the exact one by half a standard error. */
export function ring(beads: number, changes: Partial<RingSummary> = {}): RingSummary {
  const quantum: [string, number][] = [
    ['x', 0.12], ['x²', 1.04], ['exp(−x²/2)', 0.61],
    ['potential energy', 1.9], ['kinetic energy (virial)', 2.4], ['kinetic energy (thermodynamic)', 2.4], ['energy (virial)', 4.3], ['energy (thermodynamic)', 4.3], ['gyration (squared radius)', 0.21],
  ];
  const trotter = 3 / beads ** 2;
  return {
    beads, modes: Math.min(beads, 9), samples: 20_000, seconds: 0.005 * beads, estimatorSeconds: 0.002 * beads, ess: 0.95 - 0.0005 * beads, paretoK: 0.31, nonFinite: 0, moves: null,
    logZ: { value: -4.2 + trotter + 0.001, standardError: 0.002, exact: -4.2 + trotter, quantum: -4.2, harmonic: -3.9 + trotter },
    estimates: quantum.map(([name, value], k) => {
      const standardError = name.endsWith('(thermodynamic)') ? 0.002 * Math.sqrt(beads) : 0.002;
      const exact = value + (k % 2 === 0 ? trotter : -trotter);
      return { name, value: exact + 0.5 * standardError, standardError, exact, quantum: value };
    }),
    bias: { total: Math.hypot(1.7 * trotter, 0.0017), sampling: 0.0017, expected: 0.0035, trotter: 1.7 * trotter }, largestGap: 0.5,
    positions: [{ coordinate: 'x', points: BINS, values: BINS.map((x, k) => twoWells(x, 0.5) * (1 + 0.02 * Math.sin(7 * k))), standardErrors: BINS.map((x) => 0.02 * Math.sqrt(twoWells(x, 0.5))), quantum: BINS.map((x) => twoWells(x, 0.5)) }],
    baseline: null, ...changes,
  };
}

/** Tempering without a flow on that ring: as fast for x² up to 16 beads, slower for everything else. */
export function rivalled(beads: number): RingSummary {
  const bare = ring(beads);
  return {
    ...bare,
    baseline: {
      kernel: 'mala', replicas: 8, ladders: 16, samples: 6400, seconds: 12.5, warmupSeconds: 6.25,
      estimates: bare.estimates.map(({ name, value }) => ({ name, ...estimate((value ?? 0) - 0.003, 0.004) })),
      gains: bare.estimates.map((_, k) => (k === 1 ? beads / 20 : (40 * beads) / (1 + 3 * k))), largestGap: 1.9, logZ: estimate(-4.19, 0.02),
    },
  };
}

/** A quantum particle in two wells; of eight to 64 beads, all but the first of which were tempered as well. */
export function pathIntegral(changes: Partial<PathIntegralSummary> = {}): PathIntegralSummary {
  const { result } = record();
  if (result === null) throw new Error('the fixture has a result');
  return {
    dimension: 1, beads: 9, modes: 9, masses: [1], hbar: 1, beta: 1, curvature: [2.5], functions: 3, classical: result.parallelTempering, classicalLadder: null,
    truth: { logZ: -4.2, levels: [4.25, 4.75, 9.1, 12.3, 16.2], error: 2e-10 },
    centroids: [{ coordinate: 'x', points: BINS, classical: BINS.map((x) => twoWells(x, 0.25)), quantum: BINS.map((x) => twoWells(x, 0.42)) }],
    preparationSeconds: 60, rings: [ring(8), rivalled(16), rivalled(32), rivalled(64)], ...changes,
  };
}

/** Both ladders of a distillation: the second is better than the first in every stage. */
export function distilled(): { classicalLadder: LadderSummary; ladder: LadderSummary } {
  const base = ladder();
  const at = (of: number): LadderSummary => ({ ...base, stages: base.stages.map((stage, k) => ({ ...stage, map: 'flow', cess: of - 0.01 * k, ess: of - 0.04 * k, resampled: k === 4 })) });
  return { classicalLadder: at(0.9), ladder: at(0.98) };
}

export function pathIntegralRecord(summary: PathIntegralSummary = pathIntegral(), quantumLadder: LadderSummary | null = null): RunRecord {
  const base = record();
  if (base.result === null) throw new Error('the fixture has a result');
  return {
    ...base, target: 'quantum two-well (synthetic)', dimension: summary.dimension * summary.modes,
    result: {
      ...base.result, pathIntegral: summary, ladder: quantumLadder,
      choice: { generator: quantumLadder === null ? 'flow' : 'ladder', by: 'setting', reason: 'As the settings ask for.', oneFlow: null },
    },
  };
}

/** Nothing of its figures is known. */
export function unknownPathIntegral(): PathIntegralSummary {
  const none = estimate(null, null);
  const base = rivalled(32);
  const unknownRing: RingSummary = {
    ...base, ess: null, paretoK: null, nonFinite: 20_000, logZ: { ...none, exact: null, quantum: null, harmonic: null }, moves: { steps: 3, stepSize: 0.1, acceptance: null },
    estimates: base.estimates.map(({ name }) => ({ name, ...none, exact: null, quantum: null })), bias: { total: null, sampling: null, expected: null, trotter: null }, largestGap: null,
    positions: base.positions.map((density) => ({ ...density, values: BINS.map(() => null), standardErrors: BINS.map(() => null), quantum: null })),
    baseline: base.baseline === null ? null : { ...base.baseline, estimates: base.estimates.map(({ name }) => ({ name, ...none })), gains: base.estimates.map(() => null), largestGap: null, logZ: null },
  };
  return { ...pathIntegral(), curvature: [0], truth: null, rings: [unknownRing], centroids: [{ coordinate: 'x', points: BINS, classical: BINS.map(() => null), quantum: BINS.map(() => null) }] };
}

/** One particle at three temperatures, the coldest by a distilled ladder. */
export function pathIntegralExperimentInput(): PathIntegralTableInput {
  const colder = (beta: number): PathIntegralSummary => {
    const base = pathIntegral({ beta });
    return {
      ...base, truth: base.truth === null ? null : { ...base.truth, logZ: -4.25 * beta + Math.log1p(Math.exp(-0.5 * beta)) },
      rings: base.rings.map((one) => ({ ...one, estimates: one.estimates.map((average) => (average.name.startsWith('energy') ? { ...average, value: (average.value ?? 0) + 1 / beta, exact: (average.exact ?? 0) + 1 / beta, quantum: (average.quantum ?? 0) + 1 / beta } : average)) })),
    };
  };
  const { classicalLadder, ladder: quantumLadder } = distilled();
  return { title: 'Quantum particles', rows: [
    { name: 'beta-1', record: pathIntegralRecord() }, { name: 'beta-2', record: pathIntegralRecord(colder(2)) },
    { name: 'beta-8-ladder', record: pathIntegralRecord({ ...colder(8), classicalLadder }, quantumLadder) },
  ] };
}
