/**
 * Threads over shared memory. A {@link Team} runs an exported function once per shard, on the calling thread and on
 * workers, and returns when all shards are done. Which thread runs a shard is left to chance, so a shard must depend
 * on nothing but its number and arguments: results are then the same on any number of threads.
 */
import type { SharedHeap } from './heap.ts';
import { instantiate, type WasmFunction, type WasmModule } from './webAssembly.ts';
import { WorkerPool } from './workers.ts';

/** The workers of the process. */
const common = new WorkerPool();
let teams = 0;

/** Start workers until there are `count`, ahead of their first call. */
export const startWorkers = (count: number): void => common.start(count);

export class Team {
  private readonly exports: Readonly<Record<string, WasmFunction>>;
  private readonly id = teams++;
  /** Workers 0 … informed − 1 know the module. */
  private informed = 0;

  /**
   * @param threads how many threads take part, the calling one included
   * @param pool default: the workers of the process
   */
  constructor(
    private readonly module: WasmModule, private readonly heap: SharedHeap, readonly threads: number,
    private readonly pool: WorkerPool = common,
  ) {
    this.exports = instantiate(module, heap.memory);
  }

  /** Call an exported function on this thread alone. */
  call(name: string, ...parameters: readonly number[]): number {
    return this.exports[name](...parameters);
  }

  /**
   * Call `name(shard, ...parameters)` for every shard of 0 … shards − 1.
   * @param parameters 32-bit integers @throws InputError (exit code 1) where a worker thread has ended
   */
  run(name: string, shards: number, ...parameters: readonly number[]): void {
    const call = this.exports[name];
    const helpers = Math.min(this.threads, shards) - 1;
    if (helpers <= 0) {
      for (let shard = 0; shard < shards; shard++) call(shard, ...parameters);
      return;
    }
    this.pool.start(helpers);
    for (; this.informed < helpers; this.informed++) {
      this.pool.tell(this.informed, this.id, this.module, this.heap.memory);
    }
    this.pool.run({ team: this.id, name, shards, helpers, parameters }, (shard) => { call(shard, ...parameters); });
  }

  /** Let workers forget the module and its memory. */
  dispose(): void {
    for (; this.informed > 0; this.informed--) this.pool.tell(this.informed - 1, this.id, null);
  }
}
