/** As many samples as the errors that are asked for take: those of means of known spread fall as they should. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fillNormal, keyFromSeed } from '../../../src/engine/random.ts';
import { errorsOf, finalSamples } from '../../../src/pipeline/rounds/finalSamples.ts';
import { settingsFor } from '../../../src/experiments/presets.ts';
import { defineTarget } from '../../../src/targets/target.ts';

const target = defineTarget({
  name: 'normal', dimension: 1, box: [-8, 8], energy: (x) => x.mul(x).sum().mul(0.5),
  observables: [{ name: 'x', value: ([x]) => x }, { name: '3 x', value: ([x]) => 3 * x }],
});
const settings = (given: Readonly<Record<string, number>>): ReturnType<typeof settingsFor> =>
  settingsFor(target, 'quick', { samples: 1000, ...given });

describe('final samples', () => {
  const n = 4000;
  const x = new Float64Array(n);
  fillNormal(keyFromSeed(5), 0, x);
  const errors = errorsOf(target, x, new Float64Array(n));

  it('have the largest error of an observable, 3 / √n here', () => {
    const truth = 3 / Math.sqrt(n);
    // The spread of a normal law is known to 1 / √(2n) of itself from n samples.
    assert.ok(Math.abs(errors.observable / truth - 1) < 5 / Math.sqrt(2 * n), `${errors.observable}, not ${truth}`);
    assert.ok(errors.logZ < 1e-12, 'equal weights tell log Z');
  });

  it('are as many as the asked error takes, and those of the settings where it takes fewer or none is asked', () => {
    const asked = errors.observable / 3;
    const many = finalSamples(errors, settings({ untilError: asked }), 1);
    assert.ok(many > 9 * n && many < 10 * n, `${many} for a third of the error of ${n}`);
    for (const given of [{}, { untilError: 10 }, { untilLogZ: 1e-9 }])
      assert.equal(finalSamples({ ...errors, logZ: 0 }, settings(given), 1), 1000, JSON.stringify(given));
    assert.equal(finalSamples({ ...errors, observable: NaN }, settings({ untilError: asked }), 1), 1000, 'unknown');
    assert.equal(finalSamples(errors, settings({ untilError: 1e-9 }), 100), 3e5, 'no more than memory holds');
  });
});
