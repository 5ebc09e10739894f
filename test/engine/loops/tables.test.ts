import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Tables } from '../../../src/engine/loops/tables.ts';

describe('tables of loops', () => {
  it('store equal lists once, and others apart even where their hashes agree', () => {
    const tables = new Tables('float64');
    const first = tables.address(Float64Array.of(1, 2));
    assert.equal(tables.address(Float64Array.of(1, 2)), first);
    const others = [Float64Array.of(1, -2), Float64Array.of(-1, 2), Float64Array.of(-1, -2), Float64Array.of(2, 1)];
    const addresses = [first, ...others.map((values) => tables.address(values))];
    assert.equal(new Set(addresses).size, addresses.length);
    const alike = new Map<number, number[]>();
    // So many pairs that a few have the same hash of 32 bits.
    for (let i = 0; i < 300_000; i++) {
      const address = tables.address(Int32Array.of(i, Math.imul(i, 0x9e3779b1)));
      alike.set(address, [...(alike.get(address) ?? []), i]);
    }
    assert.ok([...alike.values()].every((entries) => entries.length === 1));
  });

  it('are written as floats of the kernel', () => {
    for (const precision of ['float64', 'float32'] as const) {
      const tables = new Tables(precision);
      const [numbers, places] = [tables.address(Float64Array.of(0.1, -0, 3)), tables.address(Int32Array.of(7, -1))];
      const memory = new ArrayBuffer(64 + tables.bytes);
      tables.write(memory, 64);
      const stored = precision === 'float64' ? new Float64Array(memory, 64 + numbers, 3) : new Float32Array(memory, 64 + numbers, 3);
      assert.deepEqual([...stored], [precision === 'float64' ? 0.1 : Math.fround(0.1), -0, 3]);
      assert.deepEqual([...new Int32Array(memory, 64 + places, 2)], [7, -1]);
    }
  });
});
