/** What flows of later rounds are trained on: refreshed chains, and what tempering knows that they may forget. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { splitData } from '../../../src/pipeline/bank/bank.ts';
import { refreshedBank, thinned, withDrawn, withFirst } from '../../../src/pipeline/rounds/refreshedBank.ts';
import type { Stirred } from '../../../src/pipeline/rounds/stir.ts';

const D = 2;
const [CHAINS, DRAWS] = [100, 200];
/** Row by draw, then chain: a point tells both. */
const stirred = {
  positions: Float64Array.from({ length: CHAINS * DRAWS * D }, (_, at) =>
    (at % D === 0 ? Math.floor(at / D) % CHAINS : Math.floor(at / D / CHAINS))),
  energies: Float64Array.from({ length: CHAINS * DRAWS }, (_, row) => row),
  chains: CHAINS,
} as unknown as Stirred;
/** Tempering's points have first coordinates from 1000 on, and energies to match. */
const rows = 400_000;
const first = splitData({
  samples: Float64Array.from({ length: rows * D }, (_, at) => 1000 + Math.floor(at / D)),
  energies: Float64Array.from({ length: rows }, (_, row) => 1000 + row),
}, 0.1, D);
const firstColumn = (samples: Float64Array): number[] => Array.from({ length: samples.length / D }, (_, i) => samples[i * D]);

describe('a refreshed bank', () => {
  it('keeps chains whole: no two parts share one', () => {
    const { training, validation, test } = refreshedBank(stirred, D, 1);
    const chains = [training, validation, test].map(({ samples }) => new Set(firstColumn(samples)));
    assert.deepEqual(chains.map(({ size }) => size), [80, 10, 10]);
    assert.equal(new Set(chains.flatMap((own) => [...own])).size, CHAINS);
  });

  it('learns within five rounds from every chain, and holds every one against a flow', () => {
    const parts = [1, 2, 3, 4, 5].map((round) => refreshedBank(stirred, D, round));
    const union = (part: 'training' | 'test' | 'validation'): Set<number> => new Set(parts.flatMap((data) => firstColumn(data[part].samples)));
    const held = new Set([...union('test'), ...union('validation')]);
    assert.deepEqual([union('training').size, held.size], [CHAINS, CHAINS]);
    for (const { training, validation, test } of parts) {
      const chains = [training, validation, test].map(({ samples }) => new Set(firstColumn(samples)));
      assert.deepEqual(chains.map(({ size }) => size), [80, 10, 10]);
      assert.equal(new Set(chains.flatMap((own) => [...own])).size, CHAINS);
    }
  });

  for (const effective of [20_000, 80_000]) it(`has samples of tempering besides, of ${effective}, each part its own`, () => {
    const refreshed = refreshedBank(stirred, D, 1);
    const both = withFirst(refreshed, thinned(first, effective, D), D);
    // Tempering has 10,000 rows for the test, the chains 2000.
    const share = Math.min(1, (effective / rows) * (first.test.energies.length / 2000));
    for (const part of ['training', 'validation', 'test'] as const) {
      const { samples, energies } = both[part];
      assert.equal(samples.length, energies.length * D);
      const own = firstColumn(samples).filter((x) => x < 1000);
      const known = new Set(first[part].energies);
      assert.deepEqual(own, firstColumn(refreshed[part].samples));
      const before = energies.slice(own.length);
      assert.equal(before.length, Math.round(share * own.length), part);
      assert.ok(before.every((energy) => known.has(energy)), `${part} has rows of its own part alone`);
      firstColumn(samples).slice(own.length).forEach((x, i) => { assert.equal(x, before[i]); });
    }
    const { all, training, validation, test } = both;
    assert.deepEqual(Array.from(all.energies), [training, validation, test].flatMap(({ energies }) => Array.from(energies)));
    assert.deepEqual(Array.from(all.samples), [training, validation, test].flatMap(({ samples }) => Array.from(samples)));
  });

  it('is the chains alone where tempering had not mixed, or has fewer samples than flows learn by heart', () => {
    const refreshed = refreshedBank(stirred, D, 1);
    assert.equal(withFirst(refreshed, null, D), refreshed);
    assert.equal(thinned(first, 19_999, D), null);
  });

  it('takes samples of the flow to train on alone', () => {
    const refreshed = refreshedBank(stirred, D, 1);
    const drawn = { samples: Float64Array.of(7000, 1, 7001, 1), energies: Float64Array.of(7, 8) };
    const { all, training, validation, test } = withDrawn(refreshed, drawn, D);
    assert.deepEqual([validation, test], [refreshed.validation, refreshed.test]);
    assert.deepEqual(Array.from(training.energies), [...refreshed.training.energies, 7, 8]);
    assert.deepEqual(firstColumn(training.samples).slice(-2), [7000, 7001]);
    assert.deepEqual(Array.from(all.energies), [...training.energies, ...validation.energies, ...test.energies]);
  });
});
