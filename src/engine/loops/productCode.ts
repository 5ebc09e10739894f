/**
 * Writes inner products of rows, several outputs at a time that share a row: every number that is read is used for all
 * of them, or for all points of the block, and sums stay in registers. Terms are added in their order.
 */
import type { Local } from '../wasm/functionBuilder.ts';
import { i32, type I32, type V128 } from '../wasm/instructions.ts';
import { isKnown, type ProductOperation } from './operations.ts';
import { byteOf, slotBytes, VECTOR, type LoopWriter } from './writer.ts';

/** Sums that fit into registers beside what is multiplied. */
const SUMS = 8;
/** What starting on a tile costs, in products. */
const TILE_COST = 1.5;

/** Outputs that are worked on together; short ones are filled up with null. */
interface Tile {
  readonly shared: number;
  readonly outputs: readonly (readonly [number, number] | null)[];
}

function tileWidth({ groups }: ProductOperation, most: number): number {
  const costs = [1, 2, 3, 4, 6, 8].filter((width) => width <= most).map((width) => ({
    width,
    cost: groups.reduce((sum, { outputs }) => sum + Math.ceil(outputs.length / width) * (width + TILE_COST), 0),
  }));
  return costs.reduce((best, candidate) => (candidate.cost < best.cost ? candidate : best)).width;
}

function tilesOf({ groups }: ProductOperation, width: number): Tile[] {
  return groups.flatMap(({ shared, outputs }) => Array.from({ length: Math.ceil(outputs.length / width) }, (_, t) => ({
    shared, outputs: Array.from({ length: width }, (__, r) => outputs[t * width + r] ?? null),
  })));
}

/** Where a tile's row of numbers is found, and how one goes along it. */
interface Row {
  readonly pointer: Local<'i32'>;
  /** Bytes from one term to the next. */
  readonly step: number;
  /** The vectors of the term that lies so many bytes on. */
  readonly vectors: (offset: number) => readonly V128[];
}

class ProductCode {
  private readonly width: number;
  private readonly tiles: readonly Tile[];

  constructor(private readonly writer: LoopWriter, private readonly operation: ProductOperation) {
    this.width = tileWidth(operation, Math.floor(SUMS / writer.vectors));
    this.tiles = tilesOf(operation, this.width);
  }

  write(): void {
    const { writer: { f, table, tables }, operation: { other }, tiles } = this;
    const known = isKnown(other.operand);
    const words = tiles.flatMap((tile) => [
      this.sharedAt(tile), ...(known ? [this.packed(tile)] : this.rowsAt(tile)), ...this.outputsAt(tile),
    ]);
    const perTile = words.length / tiles.length;
    const start = tables.address(Int32Array.from(words));
    f.for(i32.constant(start), i32.constant(start + 4 * words.length), 4 * perTile, (at) => {
      this.tile(f.let(i32.add(table, at)));
    });
  }

  private sharedAt({ shared }: Tile): number {
    const { writer, operation: { shared: { operand, starts, step }, length } } = this;
    if (!isKnown(operand)) return byteOf(writer, operand.tensor, starts[shared]);
    const row = Float64Array.from({ length }, (_, k) => operand.values[starts[shared] + k * step]);
    return writer.tables.address(row);
  }

  private rowsAt({ outputs }: Tile): number[] {
    const { writer, operation: { other: { operand, starts } } } = this;
    if (isKnown(operand)) return [];
    return outputs.map((output) => byteOf(writer, operand.tensor, starts[(output ?? outputs[0] ?? [0, 0])[1]]));
  }

  private outputsAt({ outputs }: Tile): number[] {
    const { writer, operation: { output } } = this;
    return outputs.map((entry) => (entry === null ? writer.storage.spare * slotBytes(writer)
      : byteOf(writer, output, entry[0])));
  }

  /** Rows of known numbers, term by term side by side. */
  private packed({ outputs }: Tile): number {
    const { writer, width, operation: { other: { operand, starts, step }, length } } = this;
    if (!isKnown(operand)) return 0;
    const numbers = new Float64Array(length * width);
    outputs.forEach((output, r) => {
      if (output === null) return;
      for (let k = 0; k < length; k++) numbers[k * width + r] = operand.values[starts[output[1]] + k * step];
    });
    return writer.tables.address(numbers);
  }

  private tile(words: I32): void {
    const { writer, width, operation: { length, shared, other } } = this;
    const { f, lanes, vectors, scratch, table } = writer;
    const word = (k: number): I32 => i32.load(words, 4 * k);
    const splats = (pointer: I32, offset: number): V128[] => {
      const all = f.let(lanes.loadSplat(pointer, offset));
      return Array.from({ length: vectors }, () => all);
    };
    const stored = (pointer: I32, offset: number): V128[] => Array.from(
      { length: vectors }, (_, half) => f.let(lanes.load(pointer, offset + half * VECTOR))
    );
    const row = (known: boolean, at: I32, step: number): Row => {
      const pointer = f.variable(i32.add(known ? table : scratch, at));
      return { pointer, step, vectors: (offset) => (known ? splats : stored)(pointer.get, offset) };
    };
    const ofShared = isKnown(shared.operand)
      ? row(true, word(0), lanes.bytes) : row(false, word(0), shared.step * slotBytes(writer));
    const known = isKnown(other.operand);
    const others = Array.from({ length: known ? 1 : width }, (_, r) =>
      row(known, word(1 + r), known ? width * lanes.bytes : other.step * slotBytes(writer)));
    const sums = Array.from({ length: width }, () =>
      Array.from({ length: vectors }, () => f.variable(lanes.constant(0))));
    // One term a turn: with more, sums are moved between registers and memory.
    f.for(i32.constant(0), i32.constant(length), 1, () => {
      const x = ofShared.vectors(0);
      for (let r = 0; r < width; r++) {
        const y = known ? others[0].vectors(r * lanes.bytes) : others[r].vectors(0);
        sums[r].forEach((sum, half) => f.set(sum, lanes.add(sum.get, lanes.mul(x[half], y[half]))));
      }
      for (const { pointer, step } of [ofShared, ...others])
        if (step !== 0) f.set(pointer, i32.add(pointer.get, i32.constant(step)));
    });
    sums.forEach((own, r) => {
      const at = f.let(i32.add(scratch, word(1 + others.length + r)));
      own.forEach((sum, half) => f.do(lanes.store(at, sum.get, half * VECTOR)));
    });
  }
}

export const writeProduct = (writer: LoopWriter, operation: ProductOperation): void =>
  new ProductCode(writer, operation).write();
