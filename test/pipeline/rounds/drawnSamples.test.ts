/** Samples of a proposal as often as their weights say, against the target that those are of. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fillNormal, keyFromSeed, type Key } from '../../../src/engine/random.ts';
import type { WeightedPiece } from '../../../src/pipeline/transport/transport.ts';
import { drawnSamples } from '../../../src/pipeline/rounds/drawnSamples.ts';
import type { EnergyEvaluator } from '../../../src/targets/energyEvaluator.ts';

const D = 40;
/** N(0, 1) in every coordinate. */
const energy: EnergyEvaluator = {
  dimension: D,
  energies(x, n, energies) {
    for (let i = 0; i < n; i++) energies[i] = x.subarray(i * D, (i + 1) * D).reduce((sum, value) => sum + value * value, 0) / 2;
  },
  energiesAndGradients() { throw new Error('no gradient is asked for'); },
};
const WIDE = 1.05;
/** N(.1, 1.05²), in two pieces; one weight is no number, and one is infinite. */
const proposal = {
  async *stream(key: Key, total: number): AsyncGenerator<WeightedPiece> {
    for (const [first, count] of [[0, 1000], [1000, total - 1000]]) {
      const samples = new Float64Array(count * D);
      fillNormal(key, first * D, samples);
      const logWeights = new Float64Array(count);
      for (let i = 0; i < count; i++) for (let j = 0; j < D; j++) {
        const z = samples[i * D + j];
        samples[i * D + j] = 0.1 + WIDE * z;
        logWeights[i] += z * z / 2 - samples[i * D + j] ** 2 / 2;
      }
      if (first === 0) [logWeights[3], logWeights[5]] = [NaN, Infinity];
      yield { first, samples, logWeights } as unknown as WeightedPiece;
    }
    await Promise.resolve();
  },
};
const pause = (): Promise<void> => Promise.resolve();

describe('samples of a flow as often as their weights say', () => {
  const drawing = drawnSamples(proposal, energy, 0.6, keyFromSeed(1), pause);

  it('are samples of the target, with its energies', async () => {
    const drawn = await drawing;
    assert.ok(drawn !== null);
    const { data: { samples, energies }, evaluations } = drawn;
    const n = energies.length;
    // 8 million numbers of 40 coordinates each are 200,000.
    assert.deepEqual([n, evaluations], [120_000, 320_000]);
    const own = new Float64Array(n);
    energy.energies(samples, n, own);
    assert.deepEqual(energies, own);
    const mean = samples.reduce((sum, value) => sum + value, 0) / samples.length;
    const square = samples.reduce((sum, value) => sum + value * value, 0) / samples.length;
    // Of some 100,000 effective points of 40 numbers each: five errors of a mean are .0025, of a square .0035.
    assert.ok(Math.abs(mean) < 0.0025 && Math.abs(square - 1) < 0.0035, `mean ${mean}, square ${square}`);
  });

  it('are the same of the same key, and none where weights are uneven', async () => {
    const [a, b] = [await drawing, await drawnSamples(proposal, energy, 0.6, keyFromSeed(1), pause)];
    assert.ok(a !== null && b !== null && Buffer.from(a.data.samples.buffer).equals(Buffer.from(b.data.samples.buffer)));
    for (const ess of [0.2, NaN]) assert.equal(await drawnSamples(proposal, energy, ess, keyFromSeed(2), pause), null);
  });
});
