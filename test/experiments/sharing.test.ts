/** Which runs of an experiment share tempering's samples, and which a flow too. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ExperimentEntry } from '../../src/experiments/experiment.ts';
import { settingsFor } from '../../src/experiments/presets.ts';
import { sharedPhases, twinOf } from '../../src/experiments/sharing.ts';
import { annulus } from '../../src/targets/annulus.ts';
import { noisyGmm2d } from '../../src/targets/noisyGmm2d.ts';
import type { Target } from '../../src/targets/target.ts';

const entry = (id: string, given: Readonly<Record<string, unknown>> = {}, target: Target = annulus): ExperimentEntry =>
  ({ id, target, settings: settingsFor(target, 'quick', { generator: 'flow', ...given }) });
const first = entry('first');

describe('runs of an experiment', () => {
  it('share the samples of the first whose tempering is the same', () => {
    const second = entry('second', { theta: 0.7, steps: 5, hidden: 8 });
    assert.equal(twinOf(second, [entry('other', { rounds: 64 }), first, entry('third')])?.id, 'first');
    assert.deepEqual(sharedPhases(first, second), ['path', 'pt']);
    assert.equal(twinOf(second, []), null, 'the first of all');
  });

  it('share none where tempering differs', () => {
    for (const given of [{ rounds: 64 }, { hottest: 0.3 }, { kernel: 'hmc' }, { stepDecades: 2 }, { leapfrogSteps: 4 }, { mcmcPrecision: 'float32' }]) {
      assert.equal(twinOf(entry('second', given), [first])?.id, undefined, JSON.stringify(given));
    }
    assert.equal(twinOf(entry('second', {}, { ...annulus, name: 'other' }), [first]), null, 'another target');
  });

  it('share none on the fixed rungs of a ladder', () => {
    const fixed = { path: 'interpolation', adaptLadder: false };
    assert.equal(twinOf(entry('second', fixed), [entry('first', fixed)]), null);
    assert.notEqual(twinOf(entry('second', { path: 'interpolation' }), [entry('first', { path: 'interpolation' })]), null);
  });

  it('share a flow on noisy energies where only moves differ that come after it', () => {
    const plain = entry('plain', {}, noisyGmm2d);
    const phases = (given: Readonly<Record<string, unknown>>, twin = plain): readonly string[] =>
      sharedPhases(twin, entry('second', given, noisyGmm2d));
    assert.deepEqual(phases({ svrg: true }), ['path', 'pt', 'flow', 'learned-full', 'learned-stochastic']);
    assert.deepEqual(phases({ svrg: true, hidden: 8 }), ['path', 'pt'], 'another network');
    const ladder = { generator: 'ladder', interpolation: 'linear' };
    assert.deepEqual(phases({ ...ladder, svrg: true }, entry('ladder', ladder, noisyGmm2d)), ['path', 'pt'], 'a ladder');
    assert.deepEqual(sharedPhases(first, entry('same')), ['path', 'pt'], 'an energy without noise');
  });
});
