import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { np, type Array as NpArray } from '../../../src/engine/numpy.ts';
import { energyNotice } from '../../../src/verdict/warnings.ts';
import { compileEnergy } from '../../../src/targets/compile.ts';
import { defineTarget } from '../../../src/targets/target.ts';

const target = (name: string, energy: (x: NpArray) => NpArray): ReturnType<typeof defineTarget> => defineTarget({ name, dimension: 2, box: [-4, 4], energy });

/** The energy at (1.5, −2.5), and what was said on the way. */
function compiled(name: string, energy: (x: NpArray) => NpArray): { readonly energy: number; readonly gradient: number[]; readonly notices: string[] } {
  const notices: string[] = [];
  const evaluator = compileEnergy(target(name, energy), { notice: (message) => notices.push(message) });
  const [energies, gradients] = [new Float64Array(1), new Float64Array(2)];
  evaluator.energiesAndGradients(Float64Array.of(1.5, -2.5), 1, energies, gradients);
  const alone = new Float64Array(1);
  evaluator.energies(Float64Array.of(1.5, -2.5), 1, alone);
  assert.ok(Math.abs(alone[0] - energies[0]) <= 1e-15 * Math.abs(energies[0]), `energy alone ${alone[0]}, with its gradient ${energies[0]}`);
  return { energy: energies[0], gradient: Array.from(gradients), notices };
}

const bowl = (x: NpArray): NpArray => np.square(x).sum();

describe('energies without vector code', () => {
  it('run in the scalar executor, and the notice names the primitive', () => {
    const cells = (x: NpArray): NpArray => {
      const cell = x.mul(1000).astype(np.int32);
      return bowl(x).add(np.prod(cell).astype(np.float64).mul(1e-6));
    };
    const { energy, gradient, notices } = compiled('cells', cells);
    assert.deepEqual(notices, ['target "cells": energies run in the scalar executor: the primitive "mul" has no vector form for int32 in float64']);
    assert.ok(Math.abs(energy - (8.5 - 3.75)) < 1e-12, `${energy}`);
    assert.deepEqual(gradient, [3, -5]);
  });

  it('are in loops where they are large, and then must have vector code', () => {
    const long = (x: NpArray): NpArray => Array.from({ length: 1500 }).reduce<NpArray>((y) => np.sin(y).add(x), x).sum();
    const { energy, notices } = compiled('long', long);
    const expected = [1.5, -2.5].map((x) => Array.from({ length: 1500 }).reduce<number>((y) => Math.sin(y) + x, x));
    assert.deepEqual(notices, []);
    assert.ok(Math.abs(energy - expected[0] - expected[1]) < 1e-9, `${energy}`);
    const cells = (x: NpArray): NpArray => bowl(x).add(
      np.prod(x.mul(np.arange(2000).reshape([1000, 2])).astype(np.int32), 0).astype(np.float64).sum()
    );
    assert.throws(() => compiled('cells', cells), { message: /^target "cells": the primitive "mul" has no vector form for int32 in float64, and it is too large to do without$/ });
  });

  it('say nothing where there is vector code', () => {
    const { energy, gradient, notices } = compiled('bowl', bowl);
    assert.deepEqual([energy, gradient, notices], [8.5, [3, -5], []]);
  });

  it('are a note among the warnings of a run', () => {
    assert.deepEqual(energyNotice('target "cells": energies run in the scalar executor: why'), {
      code: 'scalar-energy', severity: 'note', message: 'target "cells": energies run in the scalar executor: why. Sampling is slower for it.',
    });
  });
});
