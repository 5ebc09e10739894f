import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { np } from '../../src/engine/numpy.ts';
import { energyPrograms } from '../../src/targets/compile.ts';
import { describeEnergy } from '../../src/targets/describeEnergy.ts';
import { defineTarget } from '../../src/targets/target.ts';

describe('what runs an energy', () => {
  it('is code written out for a small one, and loops for a large one', () => {
    const forms = [3, 1000].map((dimension) => describeEnergy(energyPrograms(defineTarget({
      name: 'bowl', dimension, energy: (x) => np.sin(np.square(x)).add(np.square(x)).sum(), box: [-4, 4],
    })), [], false));
    assert.deepEqual(forms.map(({ form }) => form), ['written out', 'loops']);
    // x², its sine, their sum, and the sum of all but the first; nothing else is work.
    assert.deepEqual(forms.map(({ operations }) => operations?.energy), [3 * 4 - 1, 1000 * 4 + 1]);
  });
});
