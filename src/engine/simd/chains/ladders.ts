/** Ladders of chains in shared memory, run by compiled code on any number of threads with the same bits. */
import { machineThreads } from '../../threads.ts';
import { SharedHeap } from '../../wasm/heap.ts';
import { startWorkers, Team } from '../../wasm/team.ts';
import { LANES, scratchBytes, TABLE_BYTES, tableWord, type RungLayout, type TableWord } from './layout.ts';
import { RECORD, RUN, SWAP, type ChainModule } from './module.ts';

type TableArray = Exclude<TableWord, 'ladders' | 'rungs' | 'scratch' | 'energyTables' | 'stride' | 'hottest'>;

/**
 * L ladders of K rungs: the arrays of samplers/chainState.ts, swap.ts and trace.ts, all from {@link
 * LadderRunner.allocator}.
 */
export interface LadderArrays extends Readonly<Record<TableArray, Float64Array | Int32Array>> {
  readonly ladders: number;
  readonly rungs: number;
  /** Every stride-th round records the energies of all rungs, and the positions of the `hottest` hottest ones. */
  readonly stride: number;
  readonly hottest: number;
}

export interface Rounds {
  readonly rounds: number;
  readonly stepsPerRound: number;
  /** Counters before the first of these rounds. */
  readonly step: number;
  readonly swapRound: number;
  readonly recorded: number;
  /** What a round does after its steps, in this order. */
  readonly record: boolean;
  readonly swap: boolean;
}

/** Zeroed arrays in memory that compiled code can reach. */
export interface ArrayAllocator {
  float64(length: number): Float64Array;
  int32(length: number): Int32Array;
}

/** A set of arrays that a runner knows. */
export interface LadderTable {
  readonly address: number;
  readonly shards: number;
  readonly chains: number;
}

/**
 * Steps of single coordinates in a call (about a third of a millisecond) below which waking other threads does not pay.
 */
const LEAST_SHARED = 2 ** 15;

export class LadderRunner {
  readonly allocator: ArrayAllocator;
  readonly #heap = new SharedHeap();
  readonly #own = new WeakSet<Float64Array | Int32Array>();
  readonly #layout: RungLayout;
  readonly #loops: ChainModule['loops'];
  readonly #energyTables: number;
  readonly #team: Team;

  /** @param threads default: as many as the machine has; results do not depend on them */
  constructor({ module, layout, loops }: ChainModule, threads: number = machineThreads()) {
    this.#layout = layout;
    this.#loops = loops;
    this.#energyTables = loops === null ? 0 : this.#heap.allocate(loops.tables.bytes);
    loops?.tables.write(this.#heap.memory.buffer, this.#energyTables);
    this.#team = new Team(module, this.#heap, threads);
    finished.register(this, this.#team, this);
    const keep = <A extends Float64Array | Int32Array>(array: A): A => {
      this.#own.add(array);
      return array;
    };
    this.allocator = {
      float64: (length) => keep(this.#heap.float64(this.#heap.allocate(8 * length), length)),
      int32: (length) => keep(this.#heap.int32(this.#heap.allocate(4 * length), length)),
    };
  }

  /** Give the memory back: nothing that came from the allocator may be used any more. */
  dispose(): void {
    finished.unregister(this);
    this.#team.dispose();
    this.#heap.dispose();
  }

  /** Make arrays known. @throws Error for an array from elsewhere */
  table(arrays: LadderArrays): LadderTable {
    const shards = Math.ceil(arrays.ladders / LANES);
    const scratch = this.#heap.allocate(shards * scratchBytes(
      this.#layout, arrays.rungs, this.#loops?.slotBytes ?? 0
    ));
    const address = this.#heap.allocate(TABLE_BYTES);
    const words = this.#heap.int32(address, TABLE_BYTES / 4);
    for (const [name, value] of Object.entries({ ...arrays, scratch, energyTables: this.#energyTables })) {
      if (typeof value !== 'number' && !this.#own.has(value))
        throw new Error(`ladders: ${name} is not in the memory of this runner`);
      words[tableWord(name as TableWord)] = typeof value === 'number' ? value : value.byteOffset;
    }
    // Workers wake up while the calling thread is busy with what is too small for them.
    startWorkers(Math.min(this.#team.threads, shards) - 1);
    return { address, shards, chains: arrays.ladders * arrays.rungs };
  }

  run(
    { address, shards, chains }: LadderTable, { rounds, stepsPerRound, step, swapRound, recorded, record, swap }: Rounds
  ): void {
    const parameters =
      [address, rounds, stepsPerRound, step, (record ? RECORD : 0) + (swap ? SWAP : 0), swapRound, recorded];
    if (chains * this.#layout.dimension * rounds * stepsPerRound >= LEAST_SHARED)
      this.#team.run(RUN, shards, ...parameters);
    else for (let shard = 0; shard < shards; shard++) this.#team.call(RUN, shard, ...parameters);
  }
}

/** Workers keep the memory of a team until they are told that it is gone. */
const finished = new FinalizationRegistry((team: Team) => team.dispose());
