/** Four particles with pair double wells (DW-4), the whole way on body coordinates, against a long tempering. */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { np } from '../src/engine/numpy.ts';
import { keyFromSeed } from '../src/engine/random.ts';
import { chainMean } from '../src/estimators/autocorrelation.ts';
import { effectiveSampleSize } from '../src/estimators/ess.ts';
import { estimateLogZ } from '../src/estimators/logZ.ts';
import { settingsFor } from '../src/experiments/presets.ts';
import { flowProposal } from '../src/pipeline/kinds/oneFlow.ts';
import { charted } from '../src/pipeline/proposal/charted.ts';
import type { Proposal } from '../src/pipeline/proposal/proposal.ts';
import { symmetrised } from '../src/pipeline/proposal/symmetrised.ts';
import { architectureOf } from '../src/pipeline/transport/architecture.ts';
import { createParallelTempering, type ParallelTempering } from '../src/samplers/parallelTempering.ts';
import { bodyChart } from '../src/targets/charts/bodyChart.ts';
import { walledEnergy } from '../src/targets/charts/walled.ts';
import { batchBaseEnergy, batchEnergy, compileEnergy } from '../src/targets/compile.ts';
import { valuesOf } from '../src/targets/pointValues.ts';
import { detectSymmetry } from '../src/targets/symmetry/detect.ts';
import { symmetryGroup } from '../src/targets/symmetry/group.ts';
import { defineTarget } from '../src/targets/target.ts';
import { baseSource } from '../src/training/source.ts';
import { Trainer } from '../src/training/trainer.ts';

const D = 8;
const pairs = [[0, 1], [0, 2], [0, 3], [1, 2], [1, 3], [2, 3]];
const target = defineTarget({
  name: 'pair-wells', dimension: D, box: [-8, 8], base: { mean: 0, standardDeviation: 2 },
  energy: (x) => {
    const q = x.reshape([4, 2]);
    return pairs.map(([i, j]) => {
      const squared = np.square(np.sqrt(np.square(q.slice(i).sub(q.slice(j))).sum().add(1e-12)).sub(4));
      return np.square(squared).mul(0.9).sub(squared.mul(4));
    }).reduce((sum, value) => sum.add(value)).add(np.square(q.sum(0)).sum().mul(0.125));
  },
});
const energy = compileEnergy(target);

function tempered(seed: number, rounds: number): ReturnType<ParallelTempering['result']> {
  const run = createParallelTempering({
    energy, base: target.base, inverseTemperatures: { hottest: 0.1, replicas: 6 }, ladders: 64, warmupRounds: 400,
    rounds, stepsPerRound: 5, key: keyFromSeed(seed),
  });
  run.advance(rounds + 400);
  return run.result();
}

async function distilled(): Promise<Proposal> {
  const { positions, energies } = tempered(1, 1600);
  const n = energies.length;
  const symmetry = detectSymmetry(target, energy, positions);
  assert.deepEqual(symmetry, {
    count: 4, dimension: 2, alike: [[0, 1, 2, 3]], rotations: true, reflections: true,
  });
  const group = symmetryGroup(symmetry, positions.slice(0, D));
  const samples = group.canonical(positions, n);
  const chart = bodyChart(target, symmetry, samples);
  const { base, dimension: k } = chart.target;
  const [z, logVolume] = [new Float64Array(n * k), new Float64Array(n)];
  chart.inner(samples, n, z, logVolume);
  const u = energies.map((value, i) => value - logVolume[i]);
  const { flow, training, output } = settingsFor(chart.target, 'default', {
    layers: 14, hidden: 32, masks: 'single', steps: 1000, theta: 0, kappa: 1, learningRate: 0.01,
  });
  const architecture = architectureOf(chart.target, flow);
  const inner = compileEnergy(chart.target);
  const cut = n - 5000;
  const trainer = await Trainer.create({
    architecture, settings: training, source: baseSource(base), key: keyFromSeed(1), network: {},
    energies: { base: batchBaseEnergy(base), target: batchEnergy(chart.target) },
    evaluator: walledEnergy(inner, chart, group),
    data: { samples: z.subarray(0, cut * k), energies: u.subarray(0, cut) },
    heldOut: { samples: z.subarray(cut * k), energies: u.subarray(cut) },
  });
  await trainer.advance(training.steps);
  const stages = [{ lambda: 1, parameters: trainer.result().parameters, stepSize: 0 }];
  await trainer.dispose();
  return symmetrised(
    charted(flowProposal({ target: chart.target, architecture, stages, output }, inner), chart, D), group, energy,
  );
}

describe('four particles with pair wells', () => {
  const n = 20_000;
  const x = new Float64Array(n * D);
  const logWeights = new Float64Array(n);
  before(async () => {
    for await (const piece of (await distilled()).stream(keyFromSeed(11), n)) {
      x.set(piece.samples, piece.first * D);
      logWeights.set(piece.logWeights, piece.first);
    }
  });

  it('have an ESS of at least three quarters', (t) => {
    const { fraction } = effectiveSampleSize(logWeights);
    t.diagnostic(`ESS ${(100 * fraction).toFixed(1)} %`);
    assert.ok(fraction > 0.75, `${fraction}`);
  });

  it('have the log Z and the means of a long tempering', (t) => {
    const { positions, logZ } = tempered(9, 12_800);
    const found = estimateLogZ(logWeights);
    assert.ok(logZ !== null);
    t.diagnostic(`log Z ${found.value} ± ${found.standardError}, ${logZ.value} ± ${logZ.standardError}`);
    const error = Math.hypot(found.standardError, 3 * logZ.standardError);
    assert.ok(Math.abs(found.value - logZ.value) < 5 * error);
    const [weights, top] = [logWeights.map((value) => Math.exp(value - found.value)), n];
    for (const f of [
      (p: Float64Array) => p[0], (p: Float64Array) => p[7] * p[7], (p: Float64Array) => Math.hypot(p[2] - p[4], p[3] - p[5]),
      (p: Float64Array) => Math.sin(p[0] * p[3]), (p: Float64Array) => Number(Math.hypot(p[0] - p[6], p[1] - p[7]) < 4),
    ]) {
      const long = chainMean(valuesOf(positions, D, f), 64);
      const values = valuesOf(x, D, f);
      const mean = values.reduce((sum, value, i) => sum + weights[i] * value, 0) / top;
      const own = Math.sqrt(values.reduce((sum, value, i) => sum + (weights[i] * (value - mean)) ** 2, 0)) / top;
      t.diagnostic(`${mean} ± ${own}, ${long.value} ± ${long.standardError}`);
      assert.ok(Math.abs(mean - long.value) < 5 * Math.hypot(own, long.standardError), `${mean}, ${long.value}`);
    }
  });
});
