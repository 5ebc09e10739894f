/** How good the flow of a round is, and when it has learned its training samples by heart. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fillNormal, foldIn, keyFromSeed } from '../../../src/engine/random.ts';
import { noPause } from '../../../src/pausing.ts';
import { splitData, type SplitData } from '../../../src/pipeline/bank/bank.ts';
import { figuresOf, overfitOf, triedOn, type Judged } from '../../../src/pipeline/rounds/roundFigures.ts';
import type { Tried } from '../../../src/pipeline/rounds/roundTraining.ts';
import type { TrainingData } from '../../../src/training/trainer.ts';

const normal = (mean: number, seed: number): Float64Array => {
  const values = new Float64Array(4000);
  fillNormal(foldIn(keyFromSeed(seed), 'overfit'), 0, values);
  return values.map((value) => mean + 0.5 * value);
};

describe('overfitting', () => {
  it('is how much likelier training samples are, where that is beyond errors', () => {
    // Differences of means of 4000 have an error of .011.
    const gap = overfitOf(normal(1.2, 1), normal(1, 2)) ?? 0;
    assert.ok(Math.abs(gap - 0.2) < 0.045, `${gap}`);
    for (let seed = 10; seed < 30; seed += 2) assert.equal(overfitOf(normal(1, seed), normal(1, seed + 1)), null);
    assert.equal(overfitOf(normal(0.8, 3), normal(1, 4)), null, 'others are likelier');
  });

  it('is not what a few samples far out make of it', () => {
    const held = normal(1, 5);
    // Thirty nats on three samples, which would make an ESS on them next to nothing.
    for (const i of [7, 8, 9]) held[i] += 30;
    assert.equal(overfitOf(held, normal(1, 6)), null);
    held[3] = Infinity;
    assert.equal(overfitOf(held, normal(1, 6)), null);
  });

  it('is seen while a flow is trained, by the samples that it is chosen by', async () => {
    const data = (samples: Float64Array): TrainingData => ({ samples, energies: new Float64Array(samples.length) });
    const proposal = { pullBack: ({ samples }: TrainingData) => Promise.resolve(samples) };
    const seen = (validation: Float64Array, training: Float64Array): Promise<Tried> =>
      triedOn(proposal, { validation: data(validation), training: data(training) }, 1, noPause);
    assert.equal((await seen(normal(1.2, 1), normal(1, 2))).byHeart, true);
    assert.equal((await seen(normal(1, 1), normal(1, 2))).byHeart, false);
    assert.equal((await seen(normal(1, 1), normal(1.2, 2))).byHeart, false, 'training samples are less likely');
    const off = (await seen(normal(1.2, 1), normal(1, 2))).off;
    assert.ok(Math.abs(off - 1.2) < 0.045, `how far the others are: ${off}`);
  });
});

describe('figures of a round', () => {
  /** log w of a point is its coordinate, and that of the i-th fresh one `of(i)`; what was asked for is counted. */
  function judged(of: (i: number) => number, ofImages: boolean): Judged & { readonly asked: number[] } {
    const asked: number[] = [];
    return {
      asked, ofImages,
      proposal: {
        stream: async function* (_key, total, from = 0) {
          await Promise.resolve();
          asked.push(total);
          const logWeights = Float64Array.from({ length: total }, (_, i) => of(from + i));
          yield { first: from, count: total, samples: new Float64Array(total), logWeights };
        },
      },
      pullBack: ({ samples }: TrainingData) => {
        asked.push(samples.length);
        return Promise.resolve(samples.slice());
      },
    };
  }
  /** 40,000 samples of which those that are held out for tests, 20,000, may have weights of their own. */
  function data(test: (i: number) => number, others: (i: number) => number): SplitData {
    const samples = Float64Array.from({ length: 40_000 }, (_, i) => (i >= 30_000 ? test(i - 30_000) : others(i)));
    return splitData({ samples, energies: new Float64Array(40_000) }, 0.5, 1);
  }
  const even = (): number => 0;
  const figures = (own: Judged, split: SplitData): ReturnType<typeof figuresOf> => figuresOf(own, split, 1, keyFromSeed(1), noPause);

  it('are of more fresh samples where those are good, and of few points where each is a sum over images', async () => {
    const plain = judged(even, false);
    assert.equal((await figures(plain, data(even, even))).evaluations, 65_536);
    assert.deepEqual(plain.asked, [16_384, 49_152, 10_000, 10_000]);
    const poor = judged((i) => (i % 4 === 0 ? 3 : 0), false);
    assert.equal((await figures(poor, data(even, even))).evaluations, 16_384);
    const images = judged(even, true);
    assert.equal((await figures(images, data(even, even))).evaluations, 2 * 16_384 + 2 * 8192);
    assert.deepEqual(images.asked, [16_384, 8192, 8192]);
  });

  it('tell what lies beyond every weight, of samples that were trained on and of others', async () => {
    const few = (i: number): number => (i % 100 === 0 ? 2 : 0);
    const { figures: none } = await figures(judged((i) => (i === 7 ? 2 : 0), false), data(few, few));
    assert.deepEqual([none.beyond, none.trainedBeyond], [0, 0]);
    const { figures: held } = await figures(judged(even, false), data(few, even));
    assert.deepEqual([held.beyond, held.trainedBeyond], [0.01, 0]);
    const { figures: trained } = await figures(judged(even, false), data(even, (i) => (i % 1000 < 250 ? 2 : 0)));
    assert.equal(trained.beyond, 0);
    assert.ok(Math.abs(trained.trainedBeyond - 0.25) < 0.01, `${trained.trainedBeyond}`);
    assert.equal((await figures(judged(even, false), data((i) => (i < 4 ? 2 : 0), even))).figures.beyond, 0, 'four may be chance');
  });
});
