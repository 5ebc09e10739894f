/**
 * Threads over shared memory. A {@link Team} runs an exported function once per shard, on the calling thread and on
 * workers, and returns when all shards are done. Which thread runs a shard is left to chance, so a shard must depend
 * on nothing but its number and arguments: results are then the same on any number of threads.
 *
 * Workers are shared by all teams of the process and sleep between calls.
 */
import { Worker } from 'node:worker_threads';
import type { SharedHeap } from './heap.ts';
import { instantiate, type WasmFunction, type WasmModule } from './webAssembly.ts';

/** Layout of the control block, in 32-bit words. */
const LAYOUT = { generation: 0, next: 1, shards: 2, finished: 3, failed: 4, team: 5, helpers: 6, count: 7, parameters: 8, nameLength: 24, name: 25 } as const;
const MOST_PARAMETERS = LAYOUT.nameLength - LAYOUT.parameters;
const MOST_NAME = 64;
/** Looks at the control block before a thread goes to sleep: a few microseconds, less than waking it takes. */
const SPINS = 4000;

/**
 * What a worker runs: wait for a call, take shards until none is left, report. Plain JavaScript, so that it starts at
 * once wherever the package is run from. Every worker answers every call, also those it has no part in.
 */
const WORKER = `
const { workerData, parentPort, receiveMessageOnPort } = require('node:worker_threads');
const { control, layout, index, spins } = workerData;
const math = Object.fromEntries(Object.getOwnPropertyNames(Math).map((name) => [name, Math[name]]));
const teams = new Map();
for (let seen = workerData.seen;;) {
  for (let i = 0; i < spins && Atomics.load(control, layout.generation) === seen; i++);
  while (Atomics.load(control, layout.generation) === seen) Atomics.wait(control, layout.generation, seen);
  seen = Atomics.load(control, layout.generation);
  if (index < control[layout.helpers]) {
    try {
      for (let received; (received = receiveMessageOnPort(parentPort)) !== undefined;) {
        const { id, module, memory } = received.message;
        if (module === null) teams.delete(id);
        else teams.set(id, new WebAssembly.Instance(module, { env: { ...math, memory } }).exports);
      }
      const name = String.fromCharCode(...control.subarray(layout.name, layout.name + control[layout.nameLength]));
      const parameters = Array.from(control.subarray(layout.parameters, layout.parameters + control[layout.count]));
      const call = teams.get(control[layout.team])[name];
      const shards = control[layout.shards];
      for (let shard; (shard = Atomics.add(control, layout.next, 1)) < shards;) call(shard, ...parameters);
    } catch {
      Atomics.store(control, layout.failed, 1);
    }
  }
  Atomics.add(control, layout.finished, 1);
  Atomics.notify(control, layout.finished);
}
`;

const control = new Int32Array(new SharedArrayBuffer(4 * (LAYOUT.name + MOST_NAME)));
const workers: Worker[] = [];
let teams = 0;

/** Start workers until there are `count`, ahead of their first call. They never keep the process alive. */
export function startWorkers(count: number): void {
  while (workers.length < count) {
    const worker = new Worker(WORKER, { eval: true, execArgv: [], workerData: { control, layout: LAYOUT, index: workers.length, spins: SPINS, seen: control[LAYOUT.generation] } });
    worker.unref();
    workers.push(worker);
  }
}

export class Team {
  private readonly exports: Readonly<Record<string, WasmFunction>>;
  private readonly id = teams++;
  private readonly informed = new Set<Worker>();

  /** @param threads how many threads take part, the calling one included */
  constructor(private readonly module: WasmModule, private readonly heap: SharedHeap, readonly threads: number) {
    this.exports = instantiate(module, heap.memory);
  }

  /** Call an exported function on this thread alone. */
  call(name: string, ...parameters: readonly number[]): number {
    return this.exports[name](...parameters);
  }

  /** Call `name(shard, ...parameters)` for every shard of 0 … shards − 1. @param parameters 32-bit integers */
  run(name: string, shards: number, ...parameters: readonly number[]): void {
    const call = this.exports[name];
    const helpers = Math.min(this.threads, shards) - 1;
    if (helpers <= 0) {
      for (let shard = 0; shard < shards; shard++) call(shard, ...parameters);
      return;
    }
    if (parameters.length > MOST_PARAMETERS || name.length > MOST_NAME) throw new Error(`team: ${name} has too long a name or too many parameters`);
    startWorkers(helpers);
    for (const worker of workers.slice(0, helpers)) {
      if (this.informed.has(worker)) continue;
      worker.postMessage({ id: this.id, module: this.module, memory: this.heap.memory });
      this.informed.add(worker);
    }
    control.set([0, shards, 0, 0, this.id, helpers, parameters.length, ...parameters], LAYOUT.next);
    control.set([name.length, ...Array.from(name, (letter) => letter.charCodeAt(0))], LAYOUT.nameLength);
    Atomics.add(control, LAYOUT.generation, 1);
    Atomics.notify(control, LAYOUT.generation);
    for (let shard = take(); shard < shards; shard = take()) call(shard, ...parameters);
    for (let done = answered(); done < workers.length; done = answered()) {
      for (let i = 0; i < SPINS && answered() === done; i++);
      Atomics.wait(control, LAYOUT.finished, done);
    }
    if (control[LAYOUT.failed] !== 0) throw new Error(`a worker thread failed in ${name}`);
  }

  /** Let workers forget the module and its memory. */
  dispose(): void {
    for (const worker of this.informed) worker.postMessage({ id: this.id, module: null });
    this.informed.clear();
  }
}

const take = (): number => Atomics.add(control, LAYOUT.next, 1);
const answered = (): number => Atomics.load(control, LAYOUT.finished);
