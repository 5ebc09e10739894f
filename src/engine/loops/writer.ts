/** What the code of every loop is written with. */
import type { VectorMath } from '../simd/vectorMath.ts';
import type { FunctionBuilder } from '../wasm/functionBuilder.ts';
import type { I32 } from '../wasm/instructions.ts';
import type { Lanes } from '../wasm/lanes.ts';
import type { OperationList } from './operations.ts';
import type { Storage } from './storage.ts';
import type { Tables } from './tables.ts';

/** Bytes of a vector. */
export const VECTOR = 16;

export interface LoopWriter {
  readonly f: FunctionBuilder;
  readonly lanes: Lanes;
  readonly math: VectorMath;
  /** The same as functions that are called. */
  readonly calledMath: VectorMath;
  readonly list: OperationList;
  readonly stored: readonly boolean[];
  readonly storage: Storage;
  readonly tables: Tables;
  /** Vectors of a slot: a block has so many times as many points as a vector has lanes. */
  readonly vectors: number;
  /** Addresses at run time: of the block's slots, and of the tables. */
  readonly scratch: I32;
  readonly table: I32;
}

export const slotBytes = ({ vectors }: Pick<LoopWriter, 'vectors'>): number => vectors * VECTOR;

/** Byte of a tensor's entry within the block's slots. */
export const byteOf = (writer: LoopWriter, tensor: number, entry = 0): number =>
  (writer.storage.first[tensor] + entry) * slotBytes(writer);
