/** Indices that depend on an argument, compared with every position that they may point to. */
import type { Atom } from '../program.ts';
import { range, splat, type Emitter } from './emitter.ts';

/** An index into an axis of `size` entries. */
export interface Computed {
  readonly index: Atom;
  readonly axis: number;
  readonly size: number;
}

/** Where the axes of the indices are in a result: `rank` of them, with so many others before and after. */
export interface Layout {
  readonly rank: number;
  readonly before: number;
  readonly after: number;
  readonly certain: boolean;
}

export const padded = (shape: readonly number[], rank: number): number[] =>
  [...Array<number>(rank - shape.length).fill(1), ...shape];

export const sizesOf = (shape: readonly number[], axes: readonly number[]): number[] => axes.map((axis) => shape[axis]);

/**
 * Which position is pointed to: conditions with one more axis, of all positions, last; and whether there is one at all
 * (null where that is certain).
 */
export function pointing(
  emitter: Emitter, computed: readonly Computed[], { rank, before, after, certain }: Layout
): { mask: Atom; valid: Atom | null } {
  let flat: Atom | null = null;
  let valid: Atom | null = null;
  for (const { index, size } of computed) {
    const length = splat(size, 'int32');
    const given = emitter.cast(index, 'int32');
    const isFromEnd = emitter.compare('less', given, splat(0, 'int32'));
    const at: Atom = certain ? given : emitter.map('where', isFromEnd, emitter.map('add', given, length), given);
    if (!certain) {
      const inside = emitter.map(
        'mul', emitter.compare('less_equal', splat(0, 'int32'), at), emitter.compare('less', at, length)
      );
      valid = valid === null ? inside : emitter.map('mul', valid, inside);
    }
    flat = flat === null ? at : emitter.map('add', emitter.map('mul', flat, length), at);
  }
  if (flat === null) throw new Error('expand: no index');
  const count = computed.reduce((product, { size }) => product * size, 1);
  const spread = (atom: Atom, last: readonly number[]): Atom => emitter.reshape(
    atom, [...Array<number>(before).fill(1), ...padded(atom.shape, rank), ...Array<number>(after).fill(1), ...last]
  );
  const sought = valid === null ? flat : emitter.map('where', valid, flat, splat(-1, 'int32'));
  const positions = emitter.constant(Int32Array.from(range(count)), [count], 'int32');
  return {
    mask: emitter.compare('equal', spread(sought, [1]), positions), valid: valid === null ? null : spread(valid, []),
  };
}
