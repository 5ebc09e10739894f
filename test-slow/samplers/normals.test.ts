/** A thousand million normals of compiled chains in either precision: law, tails, and independence of replicas. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Precision } from '../../src/engine/executor.ts';
import { foldIn, keyFromSeed } from '../../src/engine/random.ts';
import { laneKeys, normalPair, threefry } from '../../src/engine/simd/random.ts';
import { SharedHeap } from '../../src/engine/wasm/heap.ts';
import { i32, i32x4, v128 } from '../../src/engine/wasm/instructions.ts';
import { lanesOf } from '../../src/engine/wasm/lanes.ts';
import { ModuleBuilder } from '../../src/engine/wasm/moduleBuilder.ts';
import { compileModule, instantiate } from '../../src/engine/wasm/webAssembly.ts';
import { erfc } from '../../src/numerics/special.ts';

const TOTAL = 1e9;
const SORTED = 1e7;
const LANES = 4;
/** Steps per call: 2 normals of 4 chains each. */
const STEPS = 2 ** 16;

/** Normals of four neighbouring replicas; call k gives the steps from k · STEPS on, shape [STEPS, 2, 4]. */
function source(precision: Precision): (call: number) => Float32Array | Float64Array {
  const lanes = lanesOf[precision];
  const builder = new ModuleBuilder();
  builder.function(['i32', 'i32', 'i32'], 'void', (f) => {
    const [key, first, out] = [0, 1, 2].map((k) => f.parameter(k, 'i32').get);
    const keys = laneKeys(f, v128.load(key), v128.load(key, 16));
    const at = f.variable(out);
    f.for(i32.constant(0), i32.constant(STEPS), 1, (step) => {
      const { first: cosines, second: sines } = normalPair(f, lanes, threefry(f, keys, i32x4.constant(1), f.let(i32x4.splat(i32.add(first, step)))));
      [...cosines, ...sines].forEach((value, k) => f.do(v128.store(at.get, value, 16 * k)));
      f.set(at, i32.add(at.get, i32.constant(2 * LANES * lanes.bytes)));
    });
  }, 'fill');
  const heap = new SharedHeap();
  const { fill } = instantiate(compileModule(builder.finish()), heap.memory);
  const key = heap.allocate(32);
  const out = heap.allocate(2 * LANES * STEPS * lanes.bytes);
  const words = heap.int32(key, 8);
  for (let lane = 0; lane < LANES; lane++) {
    const { k0, k1 } = foldIn(keyFromSeed(2026), lane);
    words[lane] = k0;
    words[LANES + lane] = k1;
  }
  const values = precision === 'float32' ? heap.float32(out, 2 * LANES * STEPS) : heap.float64(out, 2 * LANES * STEPS);
  return (call) => {
    fill(key, call * STEPS, out);
    return values;
  };
}

for (const precision of ['float64', 'float32'] as const) {
  describe(`normals of compiled chains, ${precision}`, () => {
    it('have tails beyond 3, 4, 5 and 6 standard deviations as heavy as they should be', () => {
      const next = source(precision);
      const counts = [0, 0, 0, 0];
      let drawn = 0;
      for (let call = 0; drawn < TOTAL; call++) {
        const values = next(call);
        drawn += values.length;
        for (const value of values) {
          const size = Math.abs(value);
          if (size > 3) for (let k = 3; k <= 6 && size > k; k++) counts[k - 3] += 1;
        }
      }
      counts.forEach((count, k) => {
        const expected = drawn * erfc((k + 3) / Math.SQRT2);
        assert.ok(Math.abs(count - expected) < 4 * Math.sqrt(expected), `beyond ${k + 3}: ${count}, expected ${expected}`);
      });
    });

    it('are normal by Kolmogorov and Smirnov', () => {
      const next = source(precision);
      const sample = new Float64Array(SORTED);
      for (let call = 0, filled = 0; filled < SORTED; call++) {
        const values = next(call).subarray(0, SORTED - filled);
        sample.set(values, filled);
        filled += values.length;
      }
      sample.sort();
      let distance = 0;
      sample.forEach((value, i) => {
        const law = 0.5 * erfc(-value / Math.SQRT2);
        distance = Math.max(distance, Math.abs(law - i / SORTED), Math.abs(law - (i + 1) / SORTED));
      });
      // P(√n D > 2.5) = 2 exp(−12.5) = 7e-6
      assert.ok(distance < 2.5 / Math.sqrt(SORTED), `${distance * Math.sqrt(SORTED)}`);
    });

    it('are uncorrelated between replicas, coordinates and steps, and so are their squares', () => {
      const next = source(precision);
      const streams = 2 * LANES;
      const calls = 32;
      const n = calls * STEPS - calls;
      const sums = [1, 2].map(() => new Float64Array(2 * streams * streams));
      for (let call = 0; call < calls; call++) {
        const values = next(call);
        for (let step = 0; step + 1 < STEPS; step++) {
          for (let a = 0; a < streams; a++) {
            const x = values[step * streams + a];
            for (let b = 0; b < 2 * streams; b++) {
              const y = values[step * streams + b];
              sums[0][a * 2 * streams + b] += x * y;
              sums[1][a * 2 * streams + b] += (x * x - 1) * (y * y - 1);
            }
          }
        }
      }
      // The second half of b is the next step's. Products have variance 1, those of squares less 1 variance 4.
      sums.forEach((table, power) => table.forEach((sum, i) => {
        const [a, b] = [Math.floor(i / (2 * streams)), i % (2 * streams)];
        if (a !== b) assert.ok(Math.abs(sum) / n / (power === 0 ? 1 : 2) < 5 / Math.sqrt(n), `${a} with ${b}, power ${power + 1}: ${sum / n}`);
      }));
    });
  });
}
