/** Learned weights that are wrong in a known way: corrected means are right, and their errors have unit spread. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fillNormal, foldIn, keyFromSeed } from '../../src/engine/random.ts';
import { InputError } from '../../src/errors.ts';
import { correctedLogZ, correctedMean } from '../../src/estimators/corrected.ts';
import { weightedMean } from '../../src/estimators/expectation.ts';
import { estimateLogZ } from '../../src/estimators/logZ.ts';

// Proposal N(0, 1), target N(1/2, 1): log w = x/2 − 1/8, log Z = 0, ⟨x⟩ = 1/2. Learned: 0.3 x + 0.2.
const SHIFT = 0.5;
const [N, M, NOISE] = [4000, 2000, 1.5];
const normals = (seed: number, name: string, n: number): Float64Array => {
  const out = new Float64Array(n);
  fillNormal(foldIn(keyFromSeed(seed), name), 0, out);
  return out;
};

function repetition(seed: number, noise: number): Record<'logZ' | 'mean', { learned: number; corrected: number }> {
  const x = normals(seed, 'x', N);
  const logWeights = x.map((value) => 0.3 * value + 0.2);
  const residual = (i: number): number => SHIFT * x[i] - SHIFT ** 2 / 2 - logWeights[i];
  const [a, b] = [normals(seed, 'a', M), normals(seed, 'b', M)];
  // Two independent noisy values of the residual make an unbiased value of e^r to second order.
  const ratios = Float64Array.from({ length: M }, (_, i) => {
    const [first, second] = [residual(i) + noise * a[i], residual(i) + noise * b[i]];
    return noise === 0 ? Math.exp(residual(i)) : 1 + (first + second) / 2 + (first * second) / 2;
  });
  const z = ({ value, standardError }: { value: number; standardError: number }, truth: number): number => (value - truth) / standardError;
  return {
    logZ: { learned: z(estimateLogZ(logWeights), 0), corrected: z(correctedLogZ({ logWeights, ratios }), 0) },
    mean: { learned: z(weightedMean(x, logWeights), SHIFT), corrected: z(correctedMean({ logWeights, ratios }, (i) => x[i]), SHIFT) },
  };
}

describe('corrected means', () => {
  const repetitions = 300;
  for (const noise of [0, NOISE]) {
    for (const figure of ['logZ', 'mean'] as const) {
      it(`${figure} has errors of unit spread, ${noise === 0 ? 'with exact ratios' : 'with noisy ones'}; without the correction it is off`, () => {
        const all = Array.from({ length: repetitions }, (_, seed) => repetition(seed, noise)[figure]);
        const rms = (which: 'learned' | 'corrected'): number => Math.sqrt(all.reduce((sum, z) => sum + z[which] ** 2, 0) / repetitions);
        // √(1 ± 5 √(2 / 300)); to second order the residual's third power, about 0.003, is left, a tenth of an error.
        assert.ok(Math.abs(rms('corrected') ** 2 - 1) < 5 * Math.sqrt(2 / repetitions) + 0.02, `${rms('corrected')}`);
        assert.ok(rms('learned') > 4, `${rms('learned')}`);
      });
    }
  }

  it('changes nothing where the weights are right', () => {
    const x = normals(1, 'x', N);
    const logWeights = x.map((value) => SHIFT * value);
    const right = { logWeights, ratios: new Float64Array(M).fill(1) };
    const plain = { logZ: estimateLogZ(logWeights), mean: weightedMean(x, logWeights) };
    for (const [found, expected] of [[correctedLogZ(right), plain.logZ], [correctedMean(right, (i) => x[i]), plain.mean]] as const) {
      assert.ok(Math.abs(found.value - expected.value) < 1e-12 && Math.abs(found.standardError / expected.standardError - 1) < 1e-9);
    }
  });

  it('edge cases', () => {
    const logWeights = new Float64Array(3);
    assert.ok(Number.isNaN(correctedLogZ({ logWeights, ratios: Float64Array.of(-1, -1) }).value));
    assert.throws(() => correctedLogZ({ logWeights, ratios: Float64Array.of(1) }), InputError);
    assert.throws(() => correctedMean({ logWeights, ratios: new Float64Array(4) }, () => 1), InputError);
  });
});
