/** rastrigin-8d has no exact values: its flow's weighted samples against a long parallel tempering of another seed. */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { keyFromSeed } from '../src/engine/random.ts';
import { chainMean } from '../src/estimators/autocorrelation.ts';
import { deviation, ladderProfile, sampledProfile } from '../src/estimators/freeEnergy.ts';
import { modeMasses } from '../src/estimators/modeMass.ts';
import { settingsFor } from '../src/experiments/presets.ts';
import { memoryJournal } from '../src/pipeline/journal.ts';
import { modeLabels, valuesOf } from '../src/targets/pointValues.ts';
import { runPipeline, type PipelineResult } from '../src/pipeline/run.ts';
import { logSumExp } from '../src/numerics/logSumExp.ts';
import { createParallelTempering, type ParallelTempering } from '../src/samplers/parallelTempering.ts';
import { compileEnergy } from '../src/targets/compile.ts';
import { rastrigin8d } from '../src/targets/rastrigin8d.ts';

const LADDERS = 64;
const BINS = 32;
/** Of some hundred comparisons the largest has this size in one of a thousand tests. */
const WORST = 4.5;

describe('rastrigin-8d', () => {
  let run: PipelineResult;
  let reference: ReturnType<ParallelTempering['result']>;
  before(async () => {
    run = await runPipeline({
      target: rastrigin8d,
      settings: settingsFor(rastrigin8d, 'default'),
      seed: 1,
      surroundings: { journal: memoryJournal(), emit: () => undefined, signal: new AbortController().signal, now: () => performance.now(), breathe: () => Promise.resolve() },
    });
    const tempering = createParallelTempering({
      energy: compileEnergy(rastrigin8d), base: rastrigin8d.base, inverseTemperatures: { hottest: 0.03, replicas: 12 },
      ladders: LADDERS, warmupRounds: 1000, rounds: 12_800, stepsPerRound: 10, key: keyFromSeed(99),
    });
    tempering.advance(13_800);
    reference = tempering.result();
  });

  it('has an ESS of at least a half', () => {
    assert.ok((run.result.generation.ess ?? 0) > 0.5, `ESS ${run.result.generation.ess}`);
  });

  it('has the marginals of z that long tempering has', () => {
    const { samples, logWeights } = run.ensemble;
    const total = logSumExp(logWeights);
    const weights = logWeights.map((value) => Math.exp(value - total));
    for (const { name, value, low, high } of rastrigin8d.projections ?? []) {
      const range = { low, high };
      const { errors, empty } = deviation(sampledProfile(valuesOf(samples, 8, value), weights, range, BINS), ladderProfile(valuesOf(reference.positions, 8, value), LADDERS, range, BINS), range);
      assert.ok(errors < WORST && empty === 0, `${name}: ${errors.toFixed(1)} standard errors, ${empty} bins empty`);
    }
  });

  it('loses no mode, and pairs of opposite ones have equal masses', () => {
    const { modes } = rastrigin8d;
    assert.ok(modes !== undefined, 'the target has modes');
    const count = modes.names.length;
    const flow = modeLabels(rastrigin8d, run.ensemble.samples, modes.assign);
    const { masses } = modeMasses(flow, count, run.ensemble.logWeights);
    const bare = modeMasses(flow, count, null).masses;
    const labels = modeLabels(rastrigin8d, reference.positions, modes.assign);
    const rounds = labels.length / LADDERS;
    for (let k = 0; k < count; k++) {
      const indicator = new Float64Array(labels.length);
      for (let l = 0; l < LADDERS; l++) for (let r = 0; r < rounds; r++) indicator[l * rounds + r] = labels[r * LADDERS + l] === k ? 1 : 0;
      const pt = chainMean(indicator, LADDERS);
      const z = (masses[k].value - pt.value) / Math.hypot(masses[k].standardError, pt.standardError);
      assert.ok(Math.abs(z) < WORST, `${modes.names[k]}: ${masses[k].value} ± ${masses[k].standardError}, tempering ${pt.value} ± ${pt.standardError}`);
      if (pt.value > 1e-3) assert.ok(bare[k].value > 0.25 * pt.value, `${modes.names[k]}: the flow has ${bare[k].value}, tempering ${pt.value}`);
      const opposite = masses[count - 1 - k];
      const odd = (masses[k].value - opposite.value) / Math.hypot(masses[k].standardError, opposite.standardError);
      assert.ok(Math.abs(odd) < WORST, `${modes.names[k]} and its opposite: ${masses[k].value}, ${opposite.value}`);
    }
  });

  it('has the log Z that long tempering has', () => {
    const { logZ } = run.result.generation;
    const z = ((logZ.value ?? NaN) - (reference.logZ?.value ?? NaN)) / Math.hypot(logZ.standardError ?? NaN, reference.logZ?.standardError ?? NaN);
    assert.ok(Math.abs(z) < 4, `${z}`);
  });
});
