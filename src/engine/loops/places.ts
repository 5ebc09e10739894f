/** Where the entry at hand lies in slots and tables. */
import { i32, type I32 } from '../wasm/instructions.ts';
import { affine } from './indexMaps.ts';
import { byteOf, slotBytes, type LoopWriter } from './writer.ts';

/** Addresses that belong to the entry at hand, each worked out once. */
export class Places {
  private readonly strides = new Map<string, I32>();
  private readonly listed = new Map<number, I32>();
  private readonly entries = new Map<number, I32>();

  constructor(private readonly writer: LoopWriter, private readonly entry: I32) {}

  /** Address and offset of the slot of entry index[entry] of a tensor. @param start added to the entry */
  slot(tensor: number, index: Int32Array | null, start = 0): { readonly address: I32; readonly offset: number } {
    const { writer } = this;
    const even = index === null ? { start, step: 1 } : affine(index);
    if (even !== null) {
      const offset = byteOf(writer, tensor, even.start);
      // An address below zero would be one beyond the memory, whatever its offset.
      return even.step < 0 ? { address: this.stride(even.step, offset), offset: 0 }
        : { address: this.stride(even.step), offset };
    }
    const bytes = slotBytes(writer);
    const table = writer.tables.address((index ?? new Int32Array()).map((position) => position * bytes));
    let address = this.listed.get(table);
    if (address === undefined) {
      address = writer.f.let(i32.add(writer.scratch, i32.load(this.tableEntry(4), table)));
      this.listed.set(table, address);
    }
    return { address, offset: byteOf(writer, tensor) };
  }

  /** Address of entry `entry` of a table of items of so many bytes, from the tables' first byte. */
  tableEntry(bytes: number): I32 {
    const { writer: { f, table }, entry } = this;
    const found = this.entries.get(bytes) ?? f.let(i32.add(table, i32.mul(entry, i32.constant(bytes))));
    this.entries.set(bytes, found);
    return found;
  }

  /** Address of slot `step` times the entry, so many bytes on. */
  private stride(step: number, bytes = 0): I32 {
    const { writer, writer: { f, scratch }, entry } = this;
    if (step === 0) return scratch;
    const key = `${step} ${bytes}`;
    const first = bytes === 0 ? scratch : i32.add(scratch, i32.constant(bytes));
    const found = this.strides.get(key)
      ?? f.let(i32.add(first, i32.mul(entry, i32.constant(step * slotBytes(writer)))));
    this.strides.set(key, found);
    return found;
  }
}
