/**
 * A program of arrays as operations over flat arrays, each a loop over its entries: what moves entries about has become
 * positions at which operations read, and what is known before anything runs has been computed.
 */
import type { Dtype, Parameters, Primitive } from '../program.ts';

/** An array that is given or computed: so many numbers in row-major order. */
export interface Tensor {
  readonly size: number;
  readonly dtype: Dtype;
}

/** How an operation reads a tensor: its entry i is entry index[i], or i itself where index is null. */
export interface Read {
  readonly tensor: number;
  readonly index: Int32Array | null;
}

/** Numbers that are the same for all points: one for each entry, or one for all. */
export interface Known {
  readonly values: Float64Array;
  readonly dtype: Dtype;
}

export type Operand = Read | Known;

export const isKnown = (operand: Operand): operand is Known => 'values' in operand;

interface Common {
  /** Entries that the loop goes through. */
  readonly domain: number;
  /** The tensor that receives the results. */
  readonly output: number;
}

/** An elementwise primitive: entry i of the output from entries i of the operands. */
export interface MapOperation extends Common {
  readonly kind: 'map';
  readonly primitive: Primitive;
  readonly parameters: Parameters;
  readonly operands: readonly Operand[];
}

/** Entries of an operand, each written to a place of its own in the output. */
export interface CopyOperation extends Common {
  readonly kind: 'copy';
  readonly operands: readonly [Operand];
  /** Place of entry i; null: i + start. */
  readonly places: Int32Array | null;
  readonly start: number;
}

/** Entries of an operand gathered up into the entries of the output. */
export interface ReduceOperation extends Common {
  readonly kind: 'reduce';
  /** What takes an entry up into what has been gathered so far, and what it starts from. */
  readonly step: 'add' | 'mul' | 'max' | 'min';
  readonly start: number;
  readonly operands: readonly [Operand];
  /** Where entry i goes, given by a list, or i / run rounded down. */
  readonly places: Int32Array | null;
  readonly run: number;
}

/** Rows of one side of products. */
export interface Rows {
  readonly operand: Operand;
  /** Where every row starts in the operand's tensor or values. */
  readonly starts: Int32Array;
  /** From one entry of a row to the next. */
  readonly step: number;
}

/** Output o = Σ_k shared[row sharedRow_o, k] · other[row otherRow_o, k], for many o with the same shared row. */
export interface ProductOperation extends Common {
  readonly kind: 'product';
  readonly length: number;
  readonly shared: Rows;
  readonly other: Rows;
  /** Outputs by the row that they share. */
  readonly groups: readonly { readonly shared: number; readonly outputs: readonly (readonly [number, number])[] }[];
  readonly operands: readonly Operand[];
}

export type Operation = MapOperation | CopyOperation | ReduceOperation | ProductOperation;

/** The operations of one point, in an order in which they can be done. */
export interface OperationList {
  readonly tensors: readonly Tensor[];
  /** The tensors that are given, and those that are asked for, each with storage of its own. */
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  readonly operations: readonly Operation[];
}
