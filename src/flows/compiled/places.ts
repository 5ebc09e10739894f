/**
 * What layers of one kind differ in, as tables in memory: where each coordinate lies and the bounds of its box. Code
 * that had them written out would grow with layers × coordinates, to megabytes that take minutes to compile.
 */
import { i32, type I32, type V128 } from '../../engine/wasm/instructions.ts';
import type { FunctionBuilder } from '../../engine/wasm/functionBuilder.ts';
import type { Lanes } from '../../engine/wasm/lanes.ts';
import type { Topology } from '../bijections/rationalQuadratic.ts';
import { FEATURE_SCALE, STANDARD_SCALE, STRAIGHT, TOPOLOGIES } from '../couplingFlow.ts';
import { blockLayout, seenCount, stateRows, type LayerKind, type LayerShape } from './layout.ts';

/** Entries in the order of the layer's coordinates: those that it sees, then those that it bends. In bytes. */
const ENTRY = 40;
/** Offsets, int32: of the column; of a bent one's parameters and state, or a seen one's features, in the block. */
const INTEGERS = { column: 0, block: 4, state: 8 } as const;
/**
 * Floats: of a bent coordinate where the units of its box count from (low, or the middle of what is scaled), range and
 * 1/range; of a seen one the middle of the box and what scales it, or, on a circle, what turns it into an angle.
 */
const FLOATS = { origin: 16, range: 24, inverse: 32, middle: 16, scale: 24 } as const;

export const tableBytes = ({ dimension }: LayerKind): number => dimension * ENTRY;

/** The address of an entry's parts, and its floats in all lanes. */
export interface PlaceCode {
  readonly offset: (name: keyof typeof INTEGERS) => I32;
  readonly float: (name: keyof typeof FLOATS) => V128;
}

export const placeAt = (f: FunctionBuilder, lanes: Lanes, entry: I32): PlaceCode => ({
  offset: (name) => i32.load(entry, INTEGERS[name]),
  float: (name) => f.let(lanes.loadSplat(entry, FLOATS[name])),
});

/** Write `body` once, in a loop over the entries of one topology. @param table address of the layer's table */
export function forEachPlace(
  f: FunctionBuilder, kind: LayerKind, which: 'seen' | 'bent', topology: Topology, table: I32,
  body: (entry: I32) => void,
): void {
  const before = TOPOLOGIES.slice(0, TOPOLOGIES.indexOf(topology)).reduce((sum, other) => sum + kind[which][other], 0);
  const first = ENTRY * ((which === 'bent' ? seenCount(kind) : 0) + before);
  const count = kind[which][topology];
  if (count === 0) return;
  const start = f.let(i32.add(table, i32.constant(first)));
  f.for(i32.constant(0), i32.constant(count * ENTRY), ENTRY, (at) => body(f.let(i32.add(start, at))));
}

/** The table of a layer. @param row bytes of a row of the tile */
export function writeTable(shape: LayerShape, { bytes }: Lanes, row: number, view: DataView): void {
  const block = blockLayout(shape, row);
  const integer = (entry: number, name: keyof typeof INTEGERS, value: number): void =>
    view.setInt32(entry * ENTRY + INTEGERS[name], value, true);
  const float = (entry: number, name: keyof typeof FLOATS, value: number): void => {
    const at = entry * ENTRY + FLOATS[name];
    if (bytes === 4) view.setFloat32(at, value, true);
    else view.setFloat64(at, value, true);
  };
  const affine = shape.coupling === 'affine';
  shape.seenPlaces.forEach(({ column, topology, low, range, feature }, k) => {
    integer(k, 'column', column * row);
    integer(k, 'block', block.features + feature * row);
    float(k, 'middle', low + range / 2);
    const extent =
      topology === 'circle' ? Math.PI : affine && topology === 'line' ? STANDARD_SCALE / STRAIGHT : FEATURE_SCALE;
    float(k, 'scale', (2 * extent) / range);
  });
  shape.bentPlaces.forEach(({ column, topology, low, range, firstOutput }, k) => {
    const entry = shape.seenPlaces.length + k;
    integer(entry, 'column', column * row);
    integer(entry, 'block', block.raw + firstOutput * row);
    integer(entry, 'state', block.state + k * stateRows(shape) * row);
    float(entry, 'origin', affine && topology === 'line' ? low + range / 2 : low);
    float(entry, 'range', range);
    float(entry, 'inverse', 1 / range);
  });
}
