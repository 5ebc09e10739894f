/** What a conditioner sees of the coordinates of a tile (a circle by its cosine and sine), and the way back. */
import type { FunctionBuilder } from '../../engine/wasm/functionBuilder.ts';
import { i32, v128, type I32, type V128 } from '../../engine/wasm/instructions.ts';
import type { Topology } from '../bijections/rationalQuadratic.ts';
import { STRAIGHT, TOPOLOGIES } from '../couplingFlow.ts';
import type { Context } from './context.ts';
import { blockLayout, seenCount, type LayerKind } from './layout.ts';
import { forEachPlace, placeAt } from './places.ts';

const rowBytes = ({ tile, lanes }: Context): number => tile * lanes.bytes;

/** Code over the vectors of a row of points. */
function overRow(f: FunctionBuilder, context: Context, body: (n: I32) => void): void {
  f.for(i32.constant(0), i32.constant(rowBytes(context)), 16, body);
}

/** Whether a layer sees such coordinates by their asinh. */
const byAsinh = ({ coupling }: LayerKind, topology: Topology): boolean => coupling === 'affine' && topology === 'line';

/** √(z² + 1), asinh's slope downwards. */
const root = (f: FunctionBuilder, { lanes }: Context, z: V128): V128 =>
  f.let(lanes.sqrt(lanes.add(lanes.mul(z, z), lanes.constant(1))));

/** STRAIGHT times `asinh` of activations.ts: odd, so that nothing cancels. */
function stretchedAsinh(f: FunctionBuilder, context: Context, z: V128): V128 {
  const { lanes, math } = context;
  const logarithm = math.log(f, f.let(lanes.add(lanes.abs(z), root(f, context, z))));
  const size = lanes.mul(lanes.constant(STRAIGHT), logarithm);
  return v128.or(size, v128.and(z, lanes.constant(-0)));
}

/** Columns → features; a layer that sees no coordinate has one feature that is 1. */
export function writeFeatures(
  f: FunctionBuilder, context: Context, kind: LayerKind, base: I32, columns: I32, table: I32
): void {
  const { lanes, math } = context;
  const row = rowBytes(context);
  const { features } = blockLayout(kind, row);
  if (seenCount(kind) === 0)
    overRow(f, context, (n) => f.do(v128.store(i32.add(base, n), lanes.constant(1), features)));
  for (const topology of TOPOLOGIES) {
    forEachPlace(f, kind, 'seen', topology, table, (entry) => {
      const place = placeAt(f, lanes, entry);
      const from = f.let(i32.add(columns, place.offset('column')));
      const to = f.let(i32.add(base, place.offset('block')));
      const scale = place.float('scale');
      const middle = place.float('middle');
      overRow(f, context, (n) => {
        const x = v128.load(i32.add(from, n));
        const at = f.let(i32.add(to, n));
        if (topology !== 'circle') {
          const z = lanes.mul(lanes.sub(x, middle), scale);
          f.do(v128.store(at, byAsinh(kind, topology) ? stretchedAsinh(f, context, f.let(z)) : z));
          return;
        }
        const { sin, cos } = math.sinCos(f, f.let(lanes.mul(x, scale)));
        f.do(v128.store(at, cos));
        f.do(v128.store(at, sin, row));
      });
    });
  }
}

/** Adds what the features' gradients make of the columns'. */
export function addFeatureGradients(
  f: FunctionBuilder, context: Context, kind: LayerKind, base: I32, columns: I32, columnGradients: I32, table: I32
): void {
  const { lanes, math } = context;
  for (const topology of TOPOLOGIES) {
    forEachPlace(f, kind, 'seen', topology, table, (entry) => {
      const place = placeAt(f, lanes, entry);
      const column = f.let(place.offset('column'));
      const from = f.let(i32.add(base, place.offset('block')));
      const to = f.let(i32.add(columnGradients, column));
      const inputs = f.let(i32.add(columns, column));
      const scale = place.float('scale');
      const middle = byAsinh(kind, topology) ? place.float('middle') : undefined;
      overRow(f, context, (n) => {
        const source = f.let(i32.add(from, n));
        const target = f.let(i32.add(to, n));
        let gradient = lanes.mul(v128.load(source), scale);
        if (middle !== undefined) {
          const z = f.let(lanes.mul(lanes.sub(v128.load(i32.add(inputs, n)), middle), scale));
          gradient = lanes.div(lanes.mul(gradient, lanes.constant(STRAIGHT)), root(f, context, z));
        } else if (topology === 'circle') {
          const { sin, cos } = math.sinCos(f, f.let(lanes.mul(v128.load(i32.add(inputs, n)), scale)));
          const [ofCos, ofSin] = [v128.load(source), v128.load(source, rowBytes(context))];
          gradient = lanes.mul(lanes.sub(lanes.mul(ofSin, cos), lanes.mul(ofCos, sin)), scale);
        }
        f.do(v128.store(target, lanes.add(v128.load(target), gradient)));
      });
    });
  }
}
