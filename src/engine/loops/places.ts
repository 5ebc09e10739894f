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

  /** Address and offset of the slot of entry index[entry] of a tensor. @param start added to an entry in order */
  slot(tensor: number, index: Int32Array | null, start = 0): { readonly address: I32; readonly offset: number } {
    const { writer } = this;
    if (index === null) return { address: this.stride(1), offset: byteOf(writer, tensor, start) };
    const even = affine(index);
    if (even !== null) {
      const offset = byteOf(writer, tensor, even.start);
      // An address below zero would be one beyond the memory, whatever its offset.
      return even.step < 0 ? { address: this.stride(even.step, offset), offset: 0 }
        : { address: this.stride(even.step), offset };
    }
    const table = writer.tables.offsets(index, slotBytes(writer));
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
