import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { compileArrayMap } from '../../../src/engine/loops/arrayMap.ts';
import { loopProgram } from '../../../src/engine/loops/module.ts';
import { np } from '../../../src/engine/numpy.ts';
import { trace } from '../../../src/engine/trace.ts';
import { SharedHeap } from '../../../src/engine/wasm/heap.ts';
import { checkLoops } from './harness.ts';

const numbers = (size: number): Float64Array => Float64Array.from({ length: size }, (_, i) => Math.sin(i));

describe('memory of loops', () => {
  it('is read backwards in arrays that are larger than all that lies before them', () => {
    const many = np.array(numbers(40_000));
    checkLoops('flipped', trace((x) => {
      const waves = np.sin(x.mul(many));
      return np.flip(waves).mul(waves).sum();
    }, [{ shape: [1] }]), [[0.3]]);
  });

  it('is less than half a GiB for slots on any number of threads', () => {
    const many = np.array(numbers(150_000));
    const program = loopProgram(trace((x) => {
      const waves = np.sin(np.outer(x, many));
      return np.square(waves.sum(0)).sum().add(waves.max(1).sum());
    }, [{ shape: [2] }]));
    const heap = new SharedHeap();
    const { run, bytes } = compileArrayMap(program, { threads: 16, heap });
    const before = heap.size;
    // So many parts would not fit.
    assert.ok(bytes * 64 > 2 ** 29);
    const n = 4 * 64;
    const energies = new Float64Array(n);
    run(n, [numbers(2 * n)], [energies]);
    assert.ok(heap.size - before <= 2 ** 29, `${heap.size - before} bytes`);
    assert.ok(energies.every(Number.isFinite));
    heap.dispose();
  });
});
