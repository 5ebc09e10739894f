/** Linear memory that all threads of a team see, handed out piece by piece. */
import { MAXIMUM_PAGES } from './moduleBuilder.ts';
import { sharedMemory, type WasmMemory } from './webAssembly.ts';

const PAGE = 65536;
/** Pieces start on cache lines, so that threads do not share one. */
const ALIGNMENT = 64;

export class SharedHeap {
  readonly memory: WasmMemory = sharedMemory(1, MAXIMUM_PAGES);
  private top = ALIGNMENT;

  /** Address of `bytes` fresh bytes, all zero. @throws RangeError beyond 4 GiB */
  allocate(bytes: number): number {
    const address = this.top;
    this.top = address + Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
    const missing = Math.ceil(this.top / PAGE) - this.memory.buffer.byteLength / PAGE;
    if (missing > 0) this.memory.grow(missing);
    return address;
  }

  /** Bytes handed out so far. */
  get size(): number { return this.top; }

  // Views stay valid when the memory grows: a shared buffer never moves.
  float64(address: number, length: number): Float64Array<SharedArrayBuffer> { return new Float64Array(this.memory.buffer, address, length); }
  float32(address: number, length: number): Float32Array<SharedArrayBuffer> { return new Float32Array(this.memory.buffer, address, length); }
  int32(address: number, length: number): Int32Array<SharedArrayBuffer> { return new Int32Array(this.memory.buffer, address, length); }
}
