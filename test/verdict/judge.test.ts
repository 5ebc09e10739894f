/** What a run warns of: synthetic ensembles whose faults are known, on a mixture that can be sampled exactly. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { np } from '../../src/engine/numpy.ts';
import { fillNormal, foldIn, keyFromSeed, uniform } from '../../src/engine/random.ts';
import { effectiveSampleSize } from '../../src/estimators/ess.ts';
import { judge } from '../../src/verdict/judge.ts';
import type { TemperedSamples } from '../../src/verdict/samples.ts';
import { logSumExp } from '../../src/numerics/logSumExp.ts';
import { extendedValue } from '../../src/records/figure.ts';
import type { RunResult, TrainingSummary } from '../../src/records/record.ts';
import { compileEnergy } from '../../src/targets/compile.ts';
import { defineTarget, type Target } from '../../src/targets/target.ts';

/** Two round Gaussians in the plane, at x = ±3. */
interface Mixture {
  readonly masses: readonly [left: number, right: number];
  readonly sigma: number;
}
const truth: Mixture = { masses: [0.7, 0.3], sigma: 0.5 };
const N = 20_000;

function sample({ masses, sigma }: Mixture, seed: number, n = N): Float64Array {
  const key = keyFromSeed(seed);
  const x = new Float64Array(2 * n);
  for (let i = 0; i < n; i++) {
    fillNormal(key, i, x, 2 * i, 2);
    x[2 * i] = sigma * x[2 * i] + (uniform(foldIn(key, 'side'), i) < masses[0] ? -3 : 3);
    x[2 * i + 1] *= sigma;
  }
  return x;
}

const logDensity = ({ masses, sigma }: Mixture, x: Float64Array): Float64Array => Float64Array.from({ length: x.length / 2 }, (_, i) =>
  logSumExp(Float64Array.of(...masses.map((mass, k) => Math.log(mass) - Math.log(2 * Math.PI * sigma ** 2) - ((x[2 * i] - (k === 0 ? -3 : 3)) ** 2 + x[2 * i + 1] ** 2) / (2 * sigma ** 2)))));

const bump = (point: Parameters<Target['energy']>[0], at: number, mass: number): ReturnType<Target['energy']> =>
  np.exp(np.square(point.slice(0).sub(at)).add(np.square(point.slice(1))).div(-2 * truth.sigma ** 2)).mul(mass / (2 * Math.PI * truth.sigma ** 2));
const definition = {
  name: 'two-bumps',
  dimension: 2,
  box: [-6, 6],
  energy: (point: Parameters<Target['energy']>[0]) => np.log(bump(point, -3, 0.7).add(bump(point, 3, 0.3)).add(1e-300)).neg(),
  observables: [{ name: 'x', value: (x: Float64Array) => x[0] }],
} as const;
const withModes = defineTarget({ ...definition, modes: { names: ['left', 'right'], assign: (x) => (x[0] < 0 ? 0 : 1) } });
const withoutModes = defineTarget(definition);

const tempered: TemperedSamples = {
  positions: sample(truth, 1, 8000),
  energies: logDensity(truth, sample(truth, 1, 8000)).map((value) => -value),
  warnings: [],
  summary: {
    seconds: 1, kernel: 'mala', ladders: 8, rounds: 1000, warmupRounds: 0, samples: 8000, inverseTemperatures: [0.1, 1], stepSizes: [1, 1], acceptanceRates: [1, 1], swapRates: [0.5], roundTrips: 500,
    barrier: 0.5, autocorrelationTimes: [], splitRhat: [{ name: 'x1', value: 1.001 }], effectiveSampleSize: 8000, nonFinite: 0, logZ: { value: 0.003, standardError: 0.005 },
  },
};
const trainingOf = (skippedSteps = 0): TrainingSummary => ({
  seconds: 1, steps: 100, stepsPlanned: 100, millisecondsPerStep: 1, parameters: 1, bestStep: 100, clippedSteps: 0, skippedSteps, stopReason: 'schedule', curve: [],
});

interface Case {
  readonly target?: Target;
  readonly change?: (samples: Float64Array, logWeights: Float64Array) => void;
  readonly logZ?: { readonly value: number | null; readonly standardError: number | null } | null;
  readonly skippedSteps?: number;
  /** Of the flow without moves, where the samples made some. */
  readonly plain?: { readonly ess: number; readonly largest: number };
  /** Changes of tempering's figures. */
  readonly summary?: Partial<TemperedSamples['summary']>;
}

/** log w of points under a proposal. */
const ratioTo = (proposal: Mixture) => (x: Float64Array): Float64Array => {
  const q = logDensity(proposal, x);
  return logDensity(truth, x).map((p, i) => p - q[i]);
};

/** What is said of a flow whose density is exactly `proposal`. */
async function judged(proposal: Mixture, { target = withModes, change, logZ, skippedSteps, summary, plain = undefined }: Case = {}): Promise<Omit<RunResult, 'seconds' | 'peakMemoryBytes'>> {
  const samples = sample(proposal, 2);
  const ratio = ratioTo(proposal);
  const logWeights = ratio(samples);
  change?.(samples, logWeights);
  const { result } = await judge({
    target, energy: compileEnergy(target), training: trainingOf(skippedSteps), key: keyFromSeed(9),
    tempered: { ...tempered, summary: { ...tempered.summary, ...(logZ === undefined ? {} : { logZ }), ...summary } },
    ensemble: { samples, logWeights, heldOutLogWeights: ratio(sample(truth, 3, 2000)), trainedEss: null, plain: plain ?? null, seconds: 1 },
    pullBack: (points) => Promise.resolve(ratio(points)),
  });
  return result;
}
const codes = (result: { readonly warnings: RunResult['warnings'] }): string[] => result.warnings.map(({ code }) => code);

describe('a good ensemble', () => {
  const wide: Mixture = { masses: [0.6, 0.4], sigma: 0.55 };
  it('raises no warning, and its figures are the true ones', async () => {
    const { generation, warnings } = await judged(wide);
    assert.deepEqual(warnings, [], 'no warning');
    const { logZ, observables: [x], modes, ess, coverage } = generation;
    assert.ok((ess ?? 0) > 0.8, `ESS ${ess}`);
    assert.ok(logZ.exact !== null && Math.abs(logZ.exact) < 1e-6, `log Z is 0 exactly, quadrature says ${logZ.exact}`);
    for (const [name, estimate, exact] of [['log Z', logZ, 0], ['⟨x⟩', x, -1.2], ['mass on the left', modes[0].weighted, 0.7], ['mass of the flow on the left', modes[0].flow, 0.6], ['mass of PT on the left', modes[0].pt, 0.7]] as const) {
      assert.ok(Math.abs((estimate.value ?? NaN) - exact) < 5 * (estimate.standardError ?? NaN), `${name}: ${estimate.value} ± ${estimate.standardError}, exactly ${exact}`);
    }
    assert.equal(coverage.kind, 'modes', 'coverage by modes');
    assert.ok(Math.abs((coverage.value ?? 0) - 0.6 / 0.7) < 0.05, `least share of a mode ${coverage.value}`);
    assert.equal(generation.nonFinite, 0, 'all weights count');
  });
  it('raises none either where no modes are known', async () => {
    const { generation, warnings } = await judged(wide, { target: withoutModes });
    assert.deepEqual(warnings, [], 'no warning');
    assert.equal(generation.coverage.kind, 'neighbours', 'coverage by neighbours');
    assert.ok((generation.coverage.value ?? 0) > 0.9, `coverage ${generation.coverage.value}`);
  });
});

describe('a collapsed ensemble', () => {
  // What the reverse KL (θ = 1) does: a perfect fit of one mode, whose weights are all equal.
  const collapsed: Mixture = { masses: [1, 0], sigma: truth.sigma };
  it('is called so although its ESS is perfect', async () => {
    const { generation, warnings } = await judged(collapsed);
    assert.ok((generation.ess ?? 0) > 0.99, `the ESS does not show it: ${generation.ess}`);
    const [missing] = warnings.filter(({ code }) => code === 'missing-mode');
    assert.match(missing.message, /lost the mode right: .* 0\.00 % of its samples, where the exact mass is 30\.0 %.*Lower theta, or raise kappa/, 'the mode, both masses, and advice');
    assert.equal(missing.severity, 'warning', 'not a mere note');
    assert.equal(generation.coverage.value, 0, 'coverage');
    assert.ok(codes({ warnings }).includes('log-z-disagrees'), 'log Z of parallel tempering knows of the other mode');
  });
  it('is called so by its neighbours where no modes are known', async () => {
    const { generation, warnings } = await judged(collapsed, { target: withoutModes });
    assert.ok(Math.abs((generation.coverage.value ?? 0) - 0.7) < 0.05, `coverage ${generation.coverage.value} is the mass of the mode that is left`);
    assert.ok(codes({ warnings }).includes('low-coverage') && codes({ warnings }).includes('under-covered'), `warns: ${codes({ warnings }).join(' ')}`);
  });
  it('is called so when a little of the mode is left', async () => {
    assert.ok(codes(await judged({ masses: [0.95, 0.05], sigma: truth.sigma })).includes('missing-mode'), '5 % where 30 % belong');
    assert.ok(!codes(await judged({ masses: [0.85, 0.15], sigma: truth.sigma })).includes('missing-mode'), 'half the mass is not a lost mode');
  });
});

describe('other faults', () => {
  it('heavy weights', async () => {
    const { generation, warnings } = await judged({ masses: truth.masses, sigma: 0.35 * truth.sigma });
    assert.ok(extendedValue(generation.paretoK) > 0.7, `k-hat ${generation.paretoK}`);
    assert.ok(codes({ warnings }).includes('heavy-weights'), 'weighted means are not to be trusted');
    assert.ok(codes({ warnings }).includes('low-ess'), `and an ESS of ${generation.ess} is low`);
  });
  it('two routes to log Z that disagree', async () => {
    const good: Mixture = { masses: truth.masses, sigma: 0.55 };
    assert.deepEqual(codes(await judged(good, { logZ: { value: 0.2, standardError: 0.01 } })), ['log-z-disagrees'], 'twenty standard errors apart');
    for (const logZ of [{ value: 0.2, standardError: 0.1 }, { value: null, standardError: null }, null]) assert.deepEqual(codes(await judged(good, { logZ })), [], 'not where it is unsure or unknown');
  });
  it('samples that made moves are held against the flow that made none, as held-out samples make none', async () => {
    const narrow: Mixture = { masses: [0.2, 0.8], sigma: 0.45 };
    // Moves have made the weights even; the flow without them has the ESS of the mixture.
    const evened = (_: Float64Array, logWeights: Float64Array): void => { logWeights.fill(0); };
    const ofPlain = ratioTo(narrow);
    const plain = { ess: effectiveSampleSize(ofPlain(sample(narrow, 2))).fraction, largest: Math.max(...ofPlain(sample(narrow, 2))) };
    assert.ok(plain.ess < 0.6, `${plain.ess}`);
    assert.ok(!codes(await judged(narrow, { change: evened, plain })).includes('under-covered'), 'the same proposal');
    assert.ok(codes(await judged(narrow, { change: evened })).includes('under-covered'), 'which another one is not');
  });
  it('weights that are not finite are counted, and taken for zero', async () => {
    const { generation, warnings } = await judged({ masses: truth.masses, sigma: 0.55 }, { change: (_, logWeights) => logWeights.set([NaN, Infinity]) });
    assert.equal(generation.nonFinite, 2, 'two of them');
    assert.ok(Number.isFinite(generation.logZ.value) && Number.isFinite(generation.ess), 'the others still give figures');
    assert.deepEqual(codes({ warnings }), ['infinite-weights', 'non-finite-weights'], 'said so');
  });
  it('samples outside the box, and skipped steps, are notes', async () => {
    const { generation, warnings } = await judged({ masses: truth.masses, sigma: 0.55 }, {
      change: (samples, logWeights) => { for (let i = 0; i < N; i++) {
          // Their mass is the others' now.
          if (i < 0.02 * N) [samples[2 * i], logWeights[i]] = [9, -Infinity];
          else logWeights[i] -= Math.log(0.98);
        }
      },
      skippedSteps: 1,
    });
    assert.equal(generation.outOfBox, 0.02, 'share outside');
    assert.deepEqual(warnings.map(({ code, severity }) => [code, severity]), [['out-of-box', 'note'], ['skipped-steps', 'note']], 'both are notes');
    assert.equal((await judged({ masses: truth.masses, sigma: 0.55 }, { skippedSteps: 5 })).warnings[0].severity, 'warning', 'many skipped steps are more than a note');
  });
  it('a density that does not fall off has no truth, and the rest is told', async () => {
    const flat = defineTarget({ ...definition, energy: (point) => np.log(np.square(point).sum().add(1)).mul(0.5) });
    const { generation, warnings } = await judged({ masses: truth.masses, sigma: 0.55 }, { target: flat });
    assert.ok(warnings.some(({ code, severity }) => code === 'no-truth' && severity === 'note'), 'a note');
    assert.deepEqual([generation.logZ.exact, generation.observables[0].exact, generation.bias], [null, null, null], 'no exact values');
  });
});
