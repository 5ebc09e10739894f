/** Linear memory that all threads of a team see, handed out piece by piece. */
import { InputError } from '../../errors.ts';
import { MAXIMUM_PAGES } from './moduleBuilder.ts';
import { sharedMemory, type WasmMemory } from './webAssembly.ts';

const PAGE = 65536;
/** Pieces start on cache lines, so that threads do not share one. */
const ALIGNMENT = 64;

export class SharedHeap {
  readonly memory: WasmMemory = sharedMemory(1, MAXIMUM_PAGES);
  private top = ALIGNMENT;

  /** Address of `bytes` fresh bytes, all zero. @throws InputError (exit code 1) beyond 4 GiB, or beyond what the machine gives */
  allocate(bytes: number): number {
    const address = this.top;
    const top = address + Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
    const missing = Math.ceil(top / PAGE) - this.memory.buffer.byteLength / PAGE;
    try {
      if (missing > 0) this.memory.grow(missing);
    } catch (error) {
      throw new InputError(`compiled code needs ${(top / 2 ** 30).toFixed(1)} GiB of memory at once, and can have 4 at most, or what the machine has left; take a smaller batch or network, or fewer rounds and ladders`, { exitCode: 1, cause: error });
    }
    this.top = top;
    return address;
  }

  /** Bytes handed out so far. */
  get size(): number { return this.top; }

  // Views stay valid when the memory grows: a shared buffer never moves.
  float64(address: number, length: number): Float64Array<SharedArrayBuffer> { return new Float64Array(this.memory.buffer, address, length); }
  float32(address: number, length: number): Float32Array<SharedArrayBuffer> { return new Float32Array(this.memory.buffer, address, length); }
  bytes(address: number, length: number): Uint8Array<SharedArrayBuffer> {
    return new Uint8Array(this.memory.buffer, address, length);
  }

  int32(address: number, length: number): Int32Array<SharedArrayBuffer> { return new Int32Array(this.memory.buffer, address, length); }
}
