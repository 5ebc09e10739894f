/** The tables that compiled loops read: numbers that are the same for all points, and positions. */
import type { Precision } from '../executor.ts';

const ALIGNMENT = 16;

const hashOf = (values: Int32Array | Float64Array): number => {
  const words = new Int32Array(values.buffer, values.byteOffset, values.byteLength / 4);
  let hash = 0x811c9dc5;
  for (const word of words) hash = Math.imul(hash ^ word, 0x01000193);
  return hash;
};

interface Piece {
  readonly values: Int32Array | Float64Array;
  readonly address: number;
}

export class Tables {
  private readonly known = new Map<string, Piece[]>();
  private readonly pieces: Piece[] = [];
  private readonly positions = new WeakMap<Int32Array, number>();
  private top = 0;

  /** @param precision of the numbers, as they are stored */
  constructor(private readonly precision: Precision) {}

  get bytes(): number { return this.top; }

  /** Where numbers or positions start, from the beginning of the tables; the same ones are stored once. */
  address(values: Int32Array | Float64Array): number {
    const key = `${values.constructor.name} ${values.length} ${hashOf(values)}`;
    const alike = this.known.get(key) ?? [];
    const found = alike.find((piece) => piece.values.every((value, i) => Object.is(value, values[i])));
    if (found !== undefined) return found.address;
    const width = values instanceof Float64Array && this.precision === 'float64' ? 8 : 4;
    const piece = { values, address: this.top };
    this.top += Math.ceil((width * values.length) / ALIGNMENT) * ALIGNMENT;
    this.pieces.push(piece);
    this.known.set(key, [...alike, piece]);
    return piece.address;
  }

  /** Where the offsets of listed slots start. @param bytes of a slot: the same at every call */
  offsets(index: Int32Array, bytes: number): number {
    const address = this.positions.get(index) ?? this.address(index.map((position) => position * bytes));
    this.positions.set(index, address);
    return address;
  }

  /** @param memory receives the tables, from `at` on */
  write(memory: ArrayBufferLike, at: number): void {
    for (const { values, address } of this.pieces) {
      if (values instanceof Int32Array) new Int32Array(memory, at + address, values.length).set(values);
      else if (this.precision === 'float64') new Float64Array(memory, at + address, values.length).set(values);
      else new Float32Array(memory, at + address, values.length).set(values);
    }
  }
}
