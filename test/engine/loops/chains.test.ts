import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { loopProgram } from '../../../src/engine/loops/module.ts';
import { np, valueAndGradient, type Array as NpArray } from '../../../src/engine/numpy.ts';
import type { PointProgram } from '../../../src/engine/pointProgram.ts';
import { foldIn, keyFromSeed } from '../../../src/engine/random.ts';
import { compileChains } from '../../../src/engine/simd/chains/module.ts';
import { chainKernel } from '../../../src/engine/simd/chains/registry.ts';
import { CannotVectorise } from '../../../src/engine/simd/unsupported.ts';
import { trace } from '../../../src/engine/trace.ts';
import { unroll } from '../../../src/engine/unroll.ts';
import { createChains } from '../../../src/samplers/chainState.ts';
import { createKernel, kernels } from '../../../src/samplers/kernels.ts';
import { runnerOf } from '../../../src/samplers/roundRunner.ts';
import { compileEnergy } from '../../../src/targets/compile.ts';
import { defineTarget } from '../../../src/targets/target.ts';

const DIMENSION = 9;
const CHAINS = 6;
const coupling = np.array(Float64Array.from({ length: DIMENSION ** 2 }, (_, i) => Math.sin(i))).reshape([DIMENSION, DIMENSION]);
const energy = (x: NpArray): NpArray => np.square(np.matmul(coupling, np.sin(x))).sum().add(np.square(x).sum());
const target = defineTarget({
  name: 'coupled', dimension: DIMENSION, energy, box: [-4, 4],
});
const traced = trace((x) => valueAndGradient(energy)(x), [{ shape: [DIMENSION] }]);

describe('chains of an energy in loops', () => {
  const over = ['mala', 'hmc'].map((name) => createKernel(name, { stepDecades: 2 }));
  for (const { name, options } of [...Object.values(kernels), ...over]) for (const precision of ['float64', 'float32'] as const) {
    const kernel = chainKernel(name, options);
    if (kernel === undefined) continue;
    it(`go where those of the energy written out go: ${name} ${JSON.stringify(options)}, ${precision}`, () => {
      const ends = (valueAndGradient_: PointProgram, threads: number): number[] => {
        const module = compileChains({ valueAndGradient: valueAndGradient_, domain: target.domain, kernel, precision });
        const runner = runnerOf(module, threads);
        const chains = createChains({
          energy: compileEnergy(target), positions: Float64Array.from({ length: CHAINS * DIMENSION }, (_, i) => Math.sin(3 * i)),
          inverseTemperatures: new Float64Array(CHAINS).fill(1), stepSizes: new Float64Array(CHAINS).fill(0.01),
          key: foldIn(keyFromSeed(3), 'chains'), arrays: runner.arrays,
        });
        runner.steps(chains)(20);
        const positions = [...chains.positions, ...chains.energies, ...chains.accepted];
        runner.dispose();
        return positions;
      };
      const expected = ends(unroll(traced), 1);
      const loops = ends(loopProgram(traced), 1);
      // Both do the same operations in the same order.
      assert.deepEqual(loops, expected);
      assert.deepEqual(ends(loopProgram(traced), 2), loops, 'on two threads');
    });
  }
});

describe('chains of very many coordinates', () => {
  it('are left to plain JavaScript, as no function of WebAssembly holds them', () => {
    const wide = trace((x) => valueAndGradient((y) => np.square(y).sum())(x), [{ shape: [5000] }]);
    const domain = Array.from({ length: 5000 }, () => ({ kind: 'real' as const, low: -4, high: 4 }));
    const kernel = chainKernel('mala', {});
    assert.ok(kernel !== undefined);
    assert.throws(
      () => compileChains({ valueAndGradient: loopProgram(wide), domain, kernel, precision: 'float64' }),
      CannotVectorise,
    );
  });
});
