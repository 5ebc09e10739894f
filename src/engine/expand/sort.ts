/** `sort` and `argsort` along the last axis by ranks: how many entries come before each one; of two ties the first. */
import { InputError } from '../../errors.ts';
import type { Atom } from '../program.ts';
import { range, splat, type Emitter } from './emitter.ts';

/** Every pair is compared, twice. */
const MOST = 512;

/** @returns the sorted entries, and where they were */
export function expandSort(emitter: Emitter, x: Atom): [Atom, Atom] {
  const length = x.shape.at(-1) ?? 1;
  if (length > MOST) throw new InputError(
    `sorting compares all pairs of entries: at most ${MOST} entries can be sorted, got ${length}`
  );
  const batch = x.shape.slice(0, -1);
  const column = [...batch, length, 1];
  const row = [...batch, 1, length];
  const rank = emitter.reshape(ranks(emitter, x), row);
  // Position k is taken by the entry of rank k.
  const positions = emitter.constant(Float64Array.from(range(length)), [length, 1], 'float');
  const takes = emitter.compare('equal', rank, positions);
  const pick = (entries: Atom, nought: Atom): Atom =>
    emitter.reduce('Add', emitter.map('where', takes, entries, nought), [column.length - 1]);
  const places = emitter.constant(Int32Array.from(range(length)), [length], 'int32');
  return [pick(emitter.reshape(x, row), splat(0, x.dtype)), pick(places, splat(0, 'int32'))];
}

/** Of every entry, as floats. What is not a number counts as infinite, and comes last. */
function ranks(emitter: Emitter, x: Atom): Atom {
  const length = x.shape.at(-1) ?? 1;
  const batch = x.shape.slice(0, -1);
  const keys = x.dtype === 'float'
    ? emitter.map('where', emitter.compare('equal', x, x), x, splat(Infinity)) : emitter.cast(x, 'float');
  const before = emitter.compare(
    'less', emitter.reshape(keys, [...batch, 1, length]), emitter.reshape(keys, [...batch, length, 1])
  );
  // Pairs [i, j] with j after i tell both of their entries: j is before i, or else i before j.
  const isAfter = emitter.constant(
    Int32Array.from({ length: length * length }, (_, k) => (k % length > Math.floor(k / length) ? 1 : 0)),
    [length, length], 'bool'
  );
  const less = emitter.map('where', isAfter, emitter.cast(before, 'float'), splat(0));
  const axis = batch.length;
  const won = emitter.map('sub', emitter.reduce('Add', less, [axis + 1]), emitter.reduce('Add', less, [axis]));
  return emitter.map('add', won, emitter.constant(Float64Array.from(range(length)), [length], 'float'));
}
