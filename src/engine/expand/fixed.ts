/** Indices that are the same whenever the program runs: their numbers. */
import { InputError } from '../../errors.ts';
import { isSplat, sizeOf, type Atom, type Program } from '../program.ts';
import { simplify } from '../simplify.ts';
import { unroll } from '../unroll.ts';
import type { Emitter } from './emitter.ts';

export interface FixedIndex {
  readonly shape: readonly number[];
  readonly data: ArrayLike<number>;
}

/** The numbers of an atom; null where they depend on an argument. */
export function fixedIndex(emitter: Emitter, atom: Atom): FixedIndex | null {
  const { shape } = atom;
  if (isSplat(atom)) return { shape, data: Array<number>(sizeOf(shape)).fill(atom.splat) };
  const constant = emitter.constants.find(({ value }) => value.id === atom.id);
  if (constant !== undefined) return { shape, data: constant.data };
  if (emitter.isVarying(atom)) return null;
  const equations = emitter.equations.filter(({ outputs }) => outputs.every((value) => !emitter.isVarying(value)));
  const program: Program = { inputs: [], constants: emitter.constants, equations, outputs: [atom] };
  const { nodes, outputs: [entries] } = unroll(simplify(program));
  return { shape, data: entries.map((k) => nodes[k].value ?? NaN) };
}

/** Where an index that may count from the end points to. @throws InputError outside of the axis */
export function position(index: number, length: number): number {
  if (index >= length || index < -length) throw new InputError(
    `the index ${index} is outside of an axis of ${length} entries: indices go from ${-length} to ${length - 1}`
  );
  return index < 0 ? index + length : index;
}
