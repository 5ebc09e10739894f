import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { np, valueAndGradient, type Array as NpArray } from '../../src/engine/numpy.ts';
import { fillNormal, keyFromSeed } from '../../src/engine/random.ts';
import { trace } from '../../src/engine/trace.ts';
import { alternatingMasks, parameterCount, type Architecture } from '../../src/flows/architecture.ts';
import { CouplingFlow } from '../../src/flows/couplingFlow.ts';
import { kullbackLeibler, ratioVariation, renyi } from '../../src/objectives/divergence.ts';
import { jeffreysLoss, needsForward, needsReverse, reverseWeight, type Energies, type ObjectiveSettings } from '../../src/objectives/jeffreys.ts';
import { batchBaseEnergy } from '../../src/targets/compile.ts';
import { checkEverywhere, runProgram } from '../engine/executors.ts';
import { line } from '../contracts/bijections.ts';

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
const renyiByHand = (r: readonly number[], order: number): number => {
  const top = Math.max(...r.map((value) => (order - 1) * value));
  return (Math.log(mean(r.map((value) => Math.exp((order - 1) * value - top)))) + top) / (order - 1);
};
const variationByHand = (z: readonly number[], shifts: number): number => {
  const n = z.length;
  let total = 0;
  for (let s = 1; s <= shifts; s++) for (let i = 0; i < n; i++) total += Math.abs(z[i] - z[(i + s) % n]);
  return total / (n * shifts);
};
const ratios = fc.array(fc.integer({ min: -4000, max: 4000 }).map((i) => i / 100 + 0.001), { minLength: 4, maxLength: 12 });
const RUNS = { seed: 4, numRuns: 5 };

describe('divergences', () => {
  it('are their formulas', async () => {
    await fc.assert(fc.asyncProperty(ratios, async (r) => {
      await checkEverywhere('divergences', (v) => [kullbackLeibler(v), renyi(v, 1.5), renyi(v, 2), renyi(v, 0.5), ratioVariation(v, 1), ratioVariation(v, 3)], [{ shape: [r.length], data: r }],
        [[mean(r)], [renyiByHand(r, 1.5)], [renyiByHand(r, 2)], [renyiByHand(r, 0.5)], [variationByHand(r, 1)], [variationByHand(r, 3)]]);
    }), RUNS);
  });

  it('Rényi neither overflows nor underflows', () =>
    checkEverywhere('large ratios', (v) => [renyi(v, 2), renyi(v, 1.5)], [{ shape: [3], data: [5000, 4999, -5000] }], [[renyiByHand([5000, 4999, -5000], 2)], [renyiByHand([5000, 4999, -5000], 1.5)]]));

  it('Rényi tends to the KL as α tends to 1, and grows with α', async () => {
    const r = [0.3, -1.2, 2.1, 0.7];
    const orders = [0.5, 0.999999, 1.000001, 1.5, 2, 4];
    const program = trace((v) => orders.map((order) => renyi(v, order)), [{ shape: [4] }]);
    const values = (await runProgram(program, [r], 'float64')).flat();
    assert.ok(Math.abs(values[1] - mean(r)) < 1e-5 && Math.abs(values[2] - mean(r)) < 1e-5, `${values[1]}, ${values[2]} for ${mean(r)}`);
    assert.ok(values.every((value, i) => i === 0 || value > values[i - 1]), `not increasing: ${values.join(', ')}`);
  });

  it('have the gradients of their formulas', async () => {
    await fc.assert(fc.asyncProperty(ratios, async (r) => {
      const n = r.length;
      const softmax = (order: number): number[] => {
        const top = Math.max(...r.map((value) => (order - 1) * value));
        const e = r.map((value) => Math.exp((order - 1) * value - top));
        return e.map((value) => value / (mean(e) * n));
      };
      const variation = r.map((z, i) => (Math.sign(z - r[(i + 1) % n]) + Math.sign(z - r[(i + n - 1) % n])) / n);
      fc.pre(r.every((z, i) => z !== r[(i + 1) % n]));
      const gradient = (f: (v: NpArray) => NpArray) => (v: NpArray): NpArray => valueAndGradient(f)(v)[1];
      await checkEverywhere('gradients', (v) => [gradient(kullbackLeibler)(v), gradient((w) => renyi(w, 1.5))(v), gradient((w) => ratioVariation(w, 1))(v)], [{ shape: [n], data: r }],
        [r.map(() => 1 / n), softmax(1.5), variation], { slack: 3 });
    }), RUNS);
  });

  it('the variation does not change with the normalisation, and is zero for constant ratios', () =>
    checkEverywhere('shifted', (v) => [ratioVariation(v.add(100), 2).sub(ratioVariation(v, 2)), ratioVariation(v.mul(0).add(3), 2)], [{ shape: [4], data: [1, 2.5, -1, 0] }], [[0], [0]], { slack: 30 }));
});

describe('the Jeffreys loss', () => {
  const settings: ObjectiveSettings = { theta: 0.5, kappa: 0, renyiOrder: 1, variationPairings: 1 };

  it('weights the terms as in the paper, scaled to one', () => {
    for (const theta of [0, 0.25, 0.5, 1]) {
      const [l0, l1] = [theta * 2, (1 - theta) * 3];
      assert.ok(Math.abs(reverseWeight(theta, 2, 3) - l0 / (l0 + l1)) < 1e-15, `θ = ${theta}`);
    }
    assert.equal(reverseWeight(1, 2, 1), 1, 'θ = 1');
    assert.equal(reverseWeight(0, 2, 1), 0, 'θ = 0');
  });

  it('says which terms it needs', () => {
    const needs = (theta: number, kappa: number): boolean[] => [needsReverse({ ...settings, theta, kappa }), needsForward({ ...settings, theta, kappa })];
    assert.deepEqual([needs(0, 0), needs(1, 0), needs(1, 0.5), needs(0.5, 0)], [[false, true], [true, false], [true, true], [true, true]], 'terms');
  });

  // Base N(0, 1), target N(m, s²) in each of two coordinates, the flow still the identity: both divergences in closed form.
  const [m, s] = [0.4, 1.3];
  const architecture: Architecture = { domain: [line(-20, 20), line(-20, 20)], masks: alternatingMasks(2, 2), hidden: 3, bins: 4, activation: 'silu' };
  const base = batchBaseEnergy({ domain: architecture.domain, mean: Float64Array.of(0, 0), standardDeviation: Float64Array.of(1, 1) });
  const target = (x: NpArray): NpArray => np.square(x.sub(m).div(s)).sum(1).mul(0.5).add(2 * (Math.log(s) + 0.5 * Math.log(2 * Math.PI)));
  const energies: Energies = { base, target };

  it('is the closed form for Gaussians', async () => {
    const n = 20_000;
    const [x, y] = [new Float64Array(2 * n), new Float64Array(2 * n)];
    fillNormal(keyFromSeed(1), 0, x);
    fillNormal(keyFromSeed(2), 0, y);
    y.forEach((value, i) => { y[i] = m + s * value; });
    const energyOfY = Float64Array.from({ length: n }, (_, i) => [0, 1].reduce((sum, j) => sum + 0.5 * ((y[2 * i + j] - m) / s) ** 2 + Math.log(s) + 0.5 * Math.log(2 * Math.PI), 0));
    const specs = [[parameterCount(architecture)], [], [n, 2], [n, 2], [n]].map((shape) => ({ shape }));
    const order = 1.2;
    const evaluate = async (change: Partial<ObjectiveSettings>): Promise<number[]> => {
      const program = trace((p, weight, u, v, e) => {
        const { loss, reverse, forward, variation } = jeffreysLoss({ ...settings, ...change }, new CouplingFlow(architecture, p), energies, weight, u, v, e);
        return [loss, reverse, forward, variation];
      }, specs);
      return (await runProgram(program, [new Float64Array(specs[0].shape[0]), [0.3], x, y, energyOfY], 'float64')).flat();
    };
    const [loss, reverse, forward, variation] = await evaluate({ kappa: 0.7 });
    // KL(μ0 ‖ μ1) = log s + (1 + m²)/2s² − ½ and KL(μ1 ‖ μ0) = −log s + (s² + m²)/2 − ½, twice each.
    const exactReverse = 2 * (Math.log(s) + (1 + m * m) / (2 * s * s) - 0.5);
    const exactForward = 2 * (-Math.log(s) + (s * s + m * m) / 2 - 0.5);
    assert.ok(Math.abs(reverse - exactReverse) < 5 * (1 / Math.sqrt(n)), `reverse ${reverse} for ${exactReverse}`);
    assert.ok(Math.abs(forward - exactForward) < 5 * (1.5 / Math.sqrt(n)), `forward ${forward} for ${exactForward}`);
    assert.ok(Math.abs(loss - (0.3 * reverse + 0.7 * forward + 0.7 * variation)) < 1e-12, 'the sum of its parts');
    // D_α(N(m, s²) ‖ N(0, 1)) = log(1/s) + ½ log(1/(α + (1 − α)s²))/(α − 1) + α m²/(2 (α + (1 − α)s²)), twice.
    const [, , renyiForward] = await evaluate({ renyiOrder: order });
    const spread = order + (1 - order) * s * s;
    const exactRenyi = 2 * (-Math.log(s) + (0.5 * Math.log(1 / spread)) / (order - 1) + (order * m * m) / (2 * spread));
    assert.ok(Math.abs(renyiForward - exactRenyi) < 0.06, `Rényi ${renyiForward} for ${exactRenyi}`);
  });

  it('computes no term that it does not need', () => {
    const specs = [[parameterCount(architecture)], [], [4, 2], [4, 2], [4]].map((shape) => ({ shape }));
    const build = (theta: number, kappa: number): { parts: string[]; equations: number } => {
      const parts: string[] = [];
      const program = trace((p, weight, u, v, e) => {
        const flow = new CouplingFlow(architecture, p);
        const watched: Pick<CouplingFlow, 'forward' | 'inverse'> = {
          forward: (points) => { parts.push('forward'); return flow.forward(points); },
          inverse: (points) => { parts.push('inverse'); return flow.inverse(points); },
        };
        const spied: Energies = { base, target: (points) => { parts.push('target'); return target(points); } };
        return jeffreysLoss({ ...settings, theta, kappa }, watched as CouplingFlow, spied, weight, u, v, e).loss;
      }, specs);
      return { parts, equations: program.equations.length };
    };
    assert.deepEqual(build(0, 0.5).parts, ['inverse'], 'θ = 0 evaluates no energy and maps one way');
    assert.deepEqual(build(1, 0).parts, ['forward', 'target'], 'θ = 1 maps base samples only');
    assert.deepEqual(build(1, 0.5).parts, ['forward', 'target', 'inverse'], 'θ = 1 with variation');
    assert.deepEqual(build(0.5, 0).parts, ['forward', 'target', 'inverse'], 'both');
    assert.ok(build(0, 0).equations < 0.6 * build(0.5, 0).equations, 'half the work');
  });
});
