/** Linear memory that all threads of a team see, handed out piece by piece. */
import { InputError } from '../../errors.ts';
import { MAXIMUM_PAGES } from './moduleBuilder.ts';
import { sharedMemory, type WasmMemory } from './webAssembly.ts';

const PAGE = 65536;
/** Pieces start on cache lines, so that threads do not share one. */
const ALIGNMENT = 64;

/** A memory that nobody uses any more, and how much of it is not zero. */
interface Idle {
  readonly memory: WasmMemory;
  readonly used: number;
}

/**
 * Memories given back, for the next heaps: each reserves 10 GiB of address space, and what one has touched stays with
 * the process until it is collected.
 */
const idle: Idle[] = [];
const MOST_IDLE = 2;

/** Idle memory, the largest first, or a new one; all of it zero. */
function takeMemory(): WasmMemory {
  idle.sort((a, b) => a.memory.buffer.byteLength - b.memory.buffer.byteLength);
  const found = idle.pop();
  if (found === undefined) return sharedMemory(1, MAXIMUM_PAGES);
  new Uint8Array(found.memory.buffer, 0, found.used).fill(0);
  return found.memory;
}

export class SharedHeap {
  readonly #memory: WasmMemory;
  #top = ALIGNMENT;
  #disposed = false;

  /** @param memory default: one that has been given back, or a new one */
  constructor(memory: WasmMemory = takeMemory()) {
    this.#memory = memory;
  }

  /** @throws Error after {@link dispose} */
  get memory(): WasmMemory {
    if (this.#disposed) throw new Error('heap: used after it was given back');
    return this.#memory;
  }

  /**
   * Address of `bytes` fresh bytes, all zero. @throws InputError (exit code 1) beyond 4 GiB, or beyond what the machine
   * gives
   */
  allocate(bytes: number): number {
    const address = this.#top;
    const top = address + Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
    const missing = Math.ceil(top / PAGE) - this.memory.buffer.byteLength / PAGE;
    try {
      if (missing > 0) this.memory.grow(missing);
    } catch (error) {
      throw new InputError(
        `compiled code needs ${size(top)} of memory at once, and can have 4 GiB at most, or what the machine `
          + `and \`ulimit -v\` leave; take a smaller batch or network, or fewer rounds and ladders`,
        { exitCode: 1, cause: error }
      );
    }
    this.#top = top;
    return address;
  }

  /** Bytes handed out so far. */
  get size(): number { return this.#top; }

  /**
   * Give the memory back, for other heaps to use. Views and addresses of it must not be used any more. A heap that is
   * not given back is collected, some time after nothing knows of it.
   */
  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    if (idle.length < MOST_IDLE) idle.push({ memory: this.#memory, used: this.#top });
  }

  // Views stay valid when the memory grows: a shared buffer never moves.
  float64(address: number, length: number): Float64Array<SharedArrayBuffer> {
    return new Float64Array(this.memory.buffer, address, length);
  }

  float32(address: number, length: number): Float32Array<SharedArrayBuffer> {
    return new Float32Array(this.memory.buffer, address, length);
  }

  int32(address: number, length: number): Int32Array<SharedArrayBuffer> {
    return new Int32Array(this.memory.buffer, address, length);
  }

  bytes(address: number, length: number): Uint8Array<SharedArrayBuffer> {
    return new Uint8Array(this.memory.buffer, address, length);
  }
}

const size = (bytes: number): string =>
  (bytes < 2 ** 30 ? `${Math.ceil(bytes / 2 ** 20)} MiB` : `${(bytes / 2 ** 30).toFixed(1)} GiB`);

/** 256 MiB: where address space is short, engines that can do with less reserve no more than the maximum. */
const COMMON_PAGES = 4096;
let common: SharedHeap | undefined;

/**
 * The heap of whatever this thread does in one call from beginning to end, and which it therefore shares: blocks of
 * points on their way through compiled code, rows of random numbers. Never given back.
 */
export function commonHeap(): SharedHeap {
  common ??= new SharedHeap(sharedMemory(1, COMMON_PAGES));
  return common;
}
