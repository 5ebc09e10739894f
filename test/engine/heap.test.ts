/** Memory of compiled code: zeroed, aligned, used again, and refused in words beyond what there can be. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SharedHeap } from '../../src/engine/wasm/heap.ts';

describe('the shared heap', () => {
  it('hands out zeroed pieces on cache lines that do not overlap, and views outlive its growth', () => {
    const heap = new SharedHeap();
    const first = heap.allocate(24);
    const values = heap.float64(first, 3);
    values.set([1, 2, 3]);
    const second = heap.allocate(2 ** 20);
    assert.ok(first % 64 === 0 && second % 64 === 0 && second >= first + 24);
    assert.ok(heap.float64(second, 2 ** 17).every((value) => value === 0));
    assert.deepEqual(Array.from(heap.float64(first, 3)), [1, 2, 3]);
  });

  it('gives memory back to be used again, zeroed, and by nobody else', () => {
    const heap = new SharedHeap();
    const { memory } = heap;
    heap.float64(heap.allocate(8000), 1000).fill(7);
    heap.dispose();
    assert.throws(() => heap.allocate(8), /used after it was given back/);
    heap.dispose();
    const [next, other] = [new SharedHeap(), new SharedHeap()];
    assert.equal(next.memory, memory, 'the same memory');
    assert.notEqual(other.memory, memory, 'once');
    assert.ok(next.float64(next.allocate(8000), 1000).every((value) => value === 0), 'zeroed');
  });

  it('says in one line what does not fit, and goes on working', () => {
    const heap = new SharedHeap();
    const message = /^compiled code needs 8\.0 GiB of memory at once, and can have 4 GiB at most, or what .* `ulimit -v` leave; take/;
    assert.throws(() => heap.allocate(2 ** 33), { name: 'InputError', message });
    assert.equal(heap.int32(heap.allocate(4), 1)[0], 0);
  });
});
