/** The kernel that settings name. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { settingsFor } from '../../src/experiments/presets.ts';
import { kernelOf } from '../../src/pipeline/bank/kernel.ts';
import { createKernel } from '../../src/samplers/kernels.ts';
import { threeWell } from '../../src/targets/threeWell.ts';

describe('the kernel of the settings', () => {
  const named = (given: Readonly<Record<string, unknown>>): ReturnType<typeof kernelOf> =>
    kernelOf(settingsFor(threeWell, 'default', { generator: 'flow', ...given }).sampling);

  it('has those of the options that it knows', () => {
    assert.equal(named({ kernel: 'mala' }), createKernel('mala'));
    assert.equal(named({ kernel: 'heun', leapfrogSteps: 3 }), createKernel('heun'));
    assert.equal(named({ kernel: 'mala', stepDecades: 2, leapfrogSteps: 3 }), createKernel('mala', { stepDecades: 2 }));
    assert.equal(named({ kernel: 'hmc' }), createKernel('hmc'));
    assert.equal(
      named({ kernel: 'hmc', stepDecades: 1, leapfrogSteps: 4 }), createKernel('hmc', { stepDecades: 1, leapfrogSteps: 4 })
    );
  });
});
