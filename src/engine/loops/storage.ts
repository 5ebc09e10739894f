/**
 * Where tensors are stored while a program runs: in *slots*, one for each entry, that hold the entry of every point of
 * a block. Inputs come first and outputs next, for the whole run; other tensors share what is left, one after another.
 */
import { isKnown } from './operations.ts';
import type { Schedule } from './schedule.ts';

export interface Storage {
  /** First slot of every tensor that is stored. */
  readonly first: readonly number[];
  /** Receives what nobody reads. */
  readonly spare: number;
  readonly slots: number;
}

interface Lifetime {
  readonly tensor: number;
  readonly from: number;
  readonly to: number;
}

function lifetimes({ list: { tensors, inputs, outputs }, stored, groups }: Schedule): Lifetime[] {
  const from = tensors.map(() => Infinity);
  const to = tensors.map(() => -1);
  for (const { stage, operations } of groups) for (const operation of operations) {
    from[operation.output] = Math.min(from[operation.output], stage);
    to[operation.output] = Math.max(to[operation.output], stage);
    for (const operand of operation.operands) {
      if (!isKnown(operand)) to[operand.tensor] = Math.max(to[operand.tensor], stage);
    }
  }
  const fixed = new Set([...inputs, ...outputs]);
  return tensors.flatMap((_, tensor) => (fixed.has(tensor) || !stored[tensor] || to[tensor] < 0 ? []
    : [{ tensor, from: from[tensor], to: to[tensor] }])).sort((a, b) => a.from - b.from);
}

export function arrangeStorage(schedule: Schedule): Storage {
  const { list: { tensors, inputs, outputs } } = schedule;
  const first: number[] = [];
  let top = 0;
  for (const tensor of [...inputs, ...outputs]) {
    first[tensor] = top;
    top += tensors[tensor].size;
  }
  const spare = top++;
  let taken: { readonly start: number; readonly end: number; readonly until: number }[] = [];
  let slots = top;
  for (const { tensor, from, to } of lifetimes(schedule)) {
    const { size } = tensors[tensor];
    taken = taken.filter(({ until }) => until >= from);
    // The lowest gap that is large enough.
    let start = top;
    for (const other of taken) {
      if (other.start - start >= size) break;
      start = Math.max(start, other.end);
    }
    first[tensor] = start;
    taken.push({ start, end: start + size, until: to });
    taken.sort((a, b) => a.start - b.start);
    slots = Math.max(slots, start + size);
  }
  return { first, spare, slots };
}
