/**
 * The program of one point as a flat list of operations on single numbers: single assignment, no shapes. The `scalar`
 * executor writes JavaScript from it, the `simd` executor vector code in which every number is a lane of its own point.
 */
import type { Dtype } from './program.ts';

export type ScalarOp =
  | 'input' | 'constant'
  | 'add' | 'sub' | 'mul' | 'div' | 'idiv' | 'mod' | 'min' | 'max' | 'pow'
  | 'neg' | 'abs' | 'reciprocal' | 'floor' | 'ceil' | 'sin' | 'cos' | 'asin' | 'atan' | 'exp' | 'log' | 'erf' | 'erfc'
    | 'sqrt' | 'sigmoid'
  | 'less' | 'lessEqual' | 'equal' | 'notEqual' | 'and' | 'or' | 'select' | 'toFloat' | 'toInt' | 'toBool';

/** One number. Operands are indices of earlier nodes; booleans are 0 and 1 where they are numbers. */
export interface ScalarNode {
  readonly op: ScalarOp;
  readonly kind: Dtype;
  readonly operands: readonly number[];
  /** Of a constant: its value. */
  readonly value?: number;
  /** Of an input: which, and which of its entries in row-major order. */
  readonly input?: number;
  readonly entry?: number;
}

export interface ScalarProgram {
  /** Entries of every input. */
  readonly inputs: readonly { readonly size: number; readonly kind: Dtype }[];
  /** In an order in which they can be computed; each is needed by an output. */
  readonly nodes: readonly ScalarNode[];
  /** The nodes that are the entries of every output. */
  readonly outputs: readonly (readonly number[])[];
}

/** How often every node is read, by others and as an output. */
export function countUses({ nodes, outputs }: ScalarProgram): Int32Array {
  const uses = new Int32Array(nodes.length);
  for (const { operands } of nodes) for (const k of operands) uses[k] += 1;
  for (const entries of outputs) for (const k of entries) uses[k] += 1;
  return uses;
}
