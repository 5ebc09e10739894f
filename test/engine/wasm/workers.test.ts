/** Shards on worker threads, and what becomes of a call when a worker fails, ends or never comes. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { SharedHeap } from '../../../src/engine/wasm/heap.ts';
import { f64, i32 } from '../../../src/engine/wasm/instructions.ts';
import { ModuleBuilder } from '../../../src/engine/wasm/moduleBuilder.ts';
import { Team } from '../../../src/engine/wasm/team.ts';
import { compileModule, type WasmModule } from '../../../src/engine/wasm/webAssembly.ts';
import { WORKER, WorkerPool } from '../../../src/engine/wasm/workers.ts';

const SHARDS = 200;

/** `count(shard, address)` adds 1 to the shard's own number, after some work. */
function counting(): WasmModule {
  const module = new ModuleBuilder();
  module.function(['i32', 'i32'], 'void', (f) => {
    const [shard, address] = [0, 1].map((k) => f.parameter(k, 'i32').get);
    const place = f.let(i32.add(address, i32.mul(shard, i32.constant(8))));
    const sum = f.variable(f64.load(place));
    f.for(i32.constant(0), i32.constant(20_000), 1, () => f.set(sum, f64.add(sum.get, f64.constant(1))));
    f.do(f64.store(place, f64.sub(sum.get, f64.constant(19_999))));
  }, 'count');
  return compileModule(module.finish());
}

/** Run every shard `times` times. @returns how often each was run */
function run(pool: WorkerPool, times: number, threads = 3): Float64Array {
  const heap = new SharedHeap();
  const team = new Team(counting(), heap, threads, pool);
  const address = heap.allocate(8 * SHARDS);
  for (let k = 0; k < times; k++) team.run('count', SHARDS, address);
  const counts = heap.float64(address, SHARDS).slice();
  team.dispose();
  heap.dispose();
  return counts;
}

/** A pool whose workers run other code. @param where a piece of theirs @param what is put in its place */
const other = (where: string, what: string): WorkerPool => {
  assert.ok(WORKER.includes(where), 'the piece is there');
  return new WorkerPool(WORKER.replace(where, what));
};

const endedMessage = /^a worker thread has ended \(.*\), perhaps for want of memory: free some, or take fewer threads/;

describe('workers', () => {
  it('run every shard of every call once', () => {
    const pool = new WorkerPool();
    for (const threads of [1, 2, 4]) assert.ok(run(pool, 50, threads).every((count) => count === 50), `${threads} threads`);
  });

  it('take part', () => {
    const pool = other('call(shard, ...parameters);', 'continue;');
    assert.ok(run(pool, 200).some((count) => count < 200), 'shards that workers leave undone are missing');
  });

  it('that never start are not waited for, and end the next call once that is known', async () => {
    const pool = other('const teams', 'throw new Error("no room"); const teams');
    assert.ok(run(pool, 3).every((count) => count === 3), 'the calling thread does it all');
    for (let k = 0; k < 100; k++) await pause(10);
    assert.throws(() => run(pool, 1), { name: 'InputError', exitCode: 1, message: endedMessage });
  });

  it('that end in the middle of a call end it, in one line', () => {
    // The calling thread takes its time, so that workers come.
    const pool = other('call(shard, ...parameters);', 'process.exit(3);');
    assert.throws(() => run(pool, 2000), { name: 'InputError', exitCode: 1, message: endedMessage });
  });

  it('that fail say why', () => {
    const pool = other('call(shard, ...parameters);', 'throw new Error("odd");');
    assert.throws(() => run(pool, 2000), /^Error: a worker thread failed in count: odd$/);
    const full = other("teams.set(id, ", 'throw new RangeError("out of memory"); teams.set(id, ');
    assert.throws(() => run(full, 2000), { name: 'InputError', exitCode: 1, message: endedMessage });
    const asleep = 'Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);';
    const late = other("teams.set(id, ", `${asleep} throw new RangeError("out of memory"); teams.set(id, `);
    // The call that they were woken for is over by then.
    assert.throws(() => run(late, 2000), { name: 'InputError', exitCode: 1, message: endedMessage });
  });

  it('are left behind by a call that fails on the calling thread, and serve the next', () => {
    const pool = new WorkerPool();
    assert.ok(run(pool, 1).every((count) => count === 1), 'they are there');
    const call = { team: 0, name: 'none', shards: 1000, helpers: 0, parameters: [] };
    assert.throws(() => pool.run(call, () => { throw new Error('odd'); }), /odd/);
    assert.ok(run(pool, 20).every((count) => count === 20), 'as if nothing had been');
  });
});
