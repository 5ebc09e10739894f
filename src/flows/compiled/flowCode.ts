/**
 * A coupling flow as a WebAssembly module: both directions on tiles of points, and the gradient of either by reverse
 * differentiation written by hand. Layers of one kind share code; what they differ in is in tables (places.ts).
 *
 * Points come and go as row-major float64 arrays; within a tile everything is feature-major in the network's precision.
 */
import type { Precision } from '../../engine/executor.ts';
import { vectorMath } from '../../engine/simd/vectorMath.ts';
import type { FunctionBuilder } from '../../engine/wasm/functionBuilder.ts';
import { f32, f64, i32, v128, type I32 } from '../../engine/wasm/instructions.ts';
import { lanesOf, type Lanes } from '../../engine/wasm/lanes.ts';
import { ModuleBuilder } from '../../engine/wasm/moduleBuilder.ts';
import type { Architecture } from '../architecture.ts';
import type { Direction } from '../bijections/rationalQuadratic.ts';
import { adamFunctions } from './adamCode.ts';
import type { Context } from './context.ts';
import { layerSteps, type LayerSteps } from './layerSteps.ts';
import { layerShape, weightLayout, type LayerShape } from './layout.ts';
import { tableBytes, writeTable } from './places.ts';
import { tileLayout, type TileLayout } from './tileLayout.ts';

export interface FlowCode {
  readonly binary: Uint8Array<ArrayBuffer>;
  readonly tile: number;
  readonly layout: Readonly<Record<Direction, PassLayouts>>;
  /** Which coordinates each layer sees and bends: to lie in memory at the address that the passes are given. */
  readonly tables: Uint8Array;
}

/** Of a pass that is not differentiated, whose layers use one block in turn; and of one whose blocks all stay. */
export interface PassLayouts {
  readonly passing: TileLayout;
  readonly kept: TileLayout;
}

/** Layers in the order in which a direction meets them. */
const order = (layers: number, direction: Direction): number[] => {
  const all = Array.from({ length: layers }, (_, k) => k);
  return direction === 'forward' ? all : all.reverse();
};

/** Name of the export that maps points, and keeps what its way back needs or not. */
export const passName = (direction: Direction, kept: boolean): string => `${direction}${kept ? 'Kept' : ''}`;

/** Tile layouts of a flow: what of its memory depends on the number of points. */
export function passLayouts(architecture: Architecture, precision: Precision, tile: number): FlowCode['layout'] {
  const row = tile * lanesOf[precision].bytes;
  const shapes = architecture.masks.map((_, layer) => layerShape(architecture, layer));
  const of = (direction: Direction): PassLayouts => {
    const steps = order(shapes.length, direction).map((layer) => shapes[layer]);
    return { passing: tileLayout(steps, row, false), kept: tileLayout(steps, row, true) };
  };
  return { forward: of('forward'), inverse: of('inverse') };
}

/**
 * Exports, each for one shard of tiles [shard · tiles / shards, …):
 * `forward`, `inverse` (shard, shards, tiles, address, tileStride, shardStride, weights, tables, x, image, logDet):
 * x [n, d] → image [n, d], logDet [n]; a tile's memory is at address + tile · tileStride + shard · shardStride;
 * with gradients also `forwardKept`, `inverseKept`, the same, and `forwardBack`, `inverseBack` (shard, shards, tiles,
 * address, tileStride, weights, tables, gradients, gradientStride, imageGradient, logDetGradient): adds to the shard's
 * own gradient; and the functions of adamCode.ts.
 */
export function flowCode(
  architecture: Architecture, precision: Precision, tile: number, withGradient: boolean
): FlowCode {
  const module = new ModuleBuilder();
  const lanes = lanesOf[precision];
  const context: Context = { module, lanes, math: vectorMath(module, precision), tile };
  const shapes = architecture.masks.map((_, layer) => layerShape(architecture, layer));
  const layout = passLayouts(architecture, precision, tile);
  const steps = layerSteps(context, shapes, withGradient);
  for (const direction of ['forward', 'inverse'] as const) {
    const pass: Pass = { context, shapes, direction, path: order(shapes.length, direction), steps: steps[direction] };
    forwardPass(pass, layout[direction].passing, false);
    if (!withGradient) continue;
    forwardPass(pass, layout[direction].kept, true);
    backwardPass(pass, layout[direction].kept);
  }
  if (withGradient) adamFunctions(module, lanes);
  return { binary: module.finish(), tile, layout, tables: tablesOf(shapes, lanes, tile * lanes.bytes) };
}

function tablesOf(shapes: readonly LayerShape[], lanes: Lanes, row: number): Uint8Array {
  const bytes = tableBytes(shapes[0]);
  const tables = new Uint8Array(shapes.length * bytes);
  shapes.forEach((shape, layer) => {
    writeTable(shape, lanes, row, new DataView(tables.buffer, layer * bytes, bytes));
  });
  return tables;
}

/** One direction of a flow. */
interface Pass {
  readonly context: Context;
  readonly shapes: readonly LayerShape[];
  readonly direction: Direction;
  /** Layers in the order in which they are met. */
  readonly path: readonly number[];
  readonly steps: LayerSteps;
}

const at = (base: I32, offset: number): I32 => i32.add(base, i32.constant(offset));

const tableOf = (tables: I32, shapes: readonly LayerShape[], layer: number): I32 =>
  at(tables, layer * tableBytes(shapes[layer]));

/** Offsets of the layers' parameters, in bytes. */
function weightStarts(shapes: readonly LayerShape[], { bytes }: Lanes): number[] {
  let next = 0;
  return shapes.map((shape) => {
    const start = next;
    next += weightLayout(shape).size * bytes;
    return start;
  });
}

/** The points of a tile in a row-major float64 array. */
const ofTile = (array: I32, tile: number, t: I32, width: number): I32 =>
  i32.add(array, i32.mul(t, i32.constant(tile * width * 8)));

function forwardPass({ context, shapes, direction, path, steps }: Pass, layout: TileLayout, kept: boolean): void {
  const { module, lanes, tile } = context;
  const { columns, logDet, blocks } = layout;
  const d = shapes[0].dimension;
  const row = tile * lanes.bytes;
  const starts = weightStarts(shapes, lanes);
  module.function(Array<'i32'>(11).fill('i32'), 'void', (f) => {
    const [shard, shards, tiles, address, stride, shardStride, weights, tables, x, image, gain] =
      Array.from({ length: 11 }, (_, k) => f.parameter(k, 'i32').get);
    const own = f.let(i32.add(address, i32.mul(shard, shardStride)));
    overTiles(f, shard, shards, tiles, (t) => {
      const base = f.let(i32.add(own, i32.mul(t, stride)));
      copyIn(f, lanes, tile, d, f.let(ofTile(x, tile, t, d)), f.let(at(base, columns)));
      f.for(i32.constant(0), i32.constant(row), 16, (n) => {
        f.do(v128.store(i32.add(base, n), lanes.constant(0), logDet));
      });
      path.forEach((layer, k) => {
        f.do(f.call(
          steps.forward(shapes[layer]), 'void', at(base, blocks[k]), at(base, columns + k * d * row),
          at(base, logDet), at(weights, starts[layer]), tableOf(tables, shapes, layer),
        ));
      });
      copyOut(f, lanes, tile, d, f.let(at(base, columns + shapes.length * d * row)), f.let(ofTile(image, tile, t, d)));
      copyOut(f, lanes, tile, 1, f.let(at(base, logDet)), f.let(ofTile(gain, tile, t, 1)));
    });
  }, passName(direction, kept));
}

function backwardPass({ context, shapes, direction, path, steps }: Pass, layout: TileLayout): void {
  const { module, lanes, tile } = context;
  const { columns, columnGradients, logDetGradient, blocks } = layout;
  const d = shapes[0].dimension;
  const row = tile * lanes.bytes;
  const starts = weightStarts(shapes, lanes);
  module.function(Array<'i32'>(11).fill('i32'), 'void', (f) => {
    const [shard, shards, tiles, address, stride, weights, tables, gradients, gradientStride, ofImage, ofGain] =
      Array.from({ length: 11 }, (_, k) => f.parameter(k, 'i32').get);
    const own = f.let(i32.add(gradients, i32.mul(shard, gradientStride)));
    overTiles(f, shard, shards, tiles, (t) => {
      const base = f.let(i32.add(address, i32.mul(t, stride)));
      copyIn(f, lanes, tile, d, f.let(ofTile(ofImage, tile, t, d)), f.let(at(base, columnGradients)));
      copyIn(f, lanes, tile, 1, f.let(ofTile(ofGain, tile, t, 1)), f.let(at(base, logDetGradient)));
      [...path.keys()].reverse().forEach((k) => {
        const layer = path[k];
        f.do(f.call(
          steps.backward(shapes[layer]), 'void', at(base, blocks[k]), at(base, columns + k * d * row),
          at(weights, starts[layer]), tableOf(tables, shapes, layer), at(own, starts[layer]),
          at(base, columnGradients), at(base, logDetGradient),
        ));
      });
    });
  }, `${direction}Back`);
}

function overTiles(f: FunctionBuilder, shard: I32, shards: I32, tiles: I32, body: (tile: I32) => void): void {
  const cut = (k: I32): I32 => i32.divU(i32.mul(k, tiles), shards);
  f.for(cut(shard), cut(i32.add(shard, i32.constant(1))), 1, body);
}

/** Row-major float64 [T, d] → feature-major [d, T]. */
function copyIn(f: FunctionBuilder, lanes: Lanes, tile: number, d: number, from: I32, to: I32): void {
  const { bytes } = lanes;
  const source = f.variable(from);
  f.for(i32.constant(0), i32.constant(tile * bytes), bytes, (n) => {
    const at = f.let(i32.add(to, n));
    for (let j = 0; j < d; j++) {
      const value = f64.load(source.get, 8 * j);
      f.do(bytes === 4 ? f32.store(at, f32.fromF64(value), j * tile * bytes) : f64.store(at, value, j * tile * bytes));
    }
    f.set(source, i32.add(source.get, i32.constant(8 * d)));
  });
}

/** Feature-major [d, T] → row-major float64 [T, d]. */
function copyOut(f: FunctionBuilder, lanes: Lanes, tile: number, d: number, from: I32, to: I32): void {
  const { bytes } = lanes;
  const target = f.variable(to);
  f.for(i32.constant(0), i32.constant(tile * bytes), bytes, (n) => {
    const at = f.let(i32.add(from, n));
    for (let j = 0; j < d; j++) {
      f.do(f64.store(
        target.get, bytes === 4 ? f64.fromF32(f32.load(at, j * tile * bytes)) : f64.load(at, j * tile * bytes), 8 * j
      ));
    }
    f.set(target, i32.add(target.get, i32.constant(8 * d)));
  });
}
