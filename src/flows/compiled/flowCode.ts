/**
 * A coupling flow as a WebAssembly module: both directions on tiles of points, and the gradient of either by reverse
 * differentiation written by hand. Layers of equal shape share code.
 *
 * Points come and go as row-major float64 arrays; within a tile everything is feature-major in the network's precision.
 */
import { vectorMath } from '../../engine/simd/vectorMath.ts';
import type { FunctionBuilder } from '../../engine/wasm/functionBuilder.ts';
import { f32, f64, i32, v128, type I32 } from '../../engine/wasm/instructions.ts';
import { lanesOf, type Lanes } from '../../engine/wasm/lanes.ts';
import { ModuleBuilder } from '../../engine/wasm/moduleBuilder.ts';
import type { Precision } from '../../engine/executor.ts';
import type { Architecture } from '../architecture.ts';
import type { Direction } from '../bijections/rationalQuadratic.ts';
import { adamFunctions } from './adamCode.ts';
import { conditioner, type Conditioner, type Context } from './conditioner.ts';
import { blockLayout, layerShape, weightLayout, type LayerShape } from './layout.ts';
import { SplineCode } from './spline.ts';

/** Bytes of one tile's parts, from the tile's address. */
export interface TileLayout {
  /** Columns before layer 0, before layer 1, …, after the last: [layers + 1, d, T]. */
  readonly columns: number;
  readonly logDet: number;
  readonly columnGradients: number;
  readonly logDetGradient: number;
  /** One block per step of the pass. */
  readonly blocks: readonly number[];
  readonly size: number;
}

export interface FlowCode {
  readonly binary: Uint8Array<ArrayBuffer>;
  readonly tile: number;
  readonly layout: Readonly<Record<Direction, TileLayout>>;
}

const directions = ['forward', 'inverse'] as const;

/** Layers in the order in which a direction meets them. */
const order = (layers: number, direction: Direction): number[] => {
  const all = Array.from({ length: layers }, (_, k) => k);
  return direction === 'forward' ? all : all.reverse();
};

function tileLayout(shapes: readonly LayerShape[], direction: Direction, dimension: number, row: number): TileLayout {
  let next = 0;
  const take = (bytes: number): number => {
    const at = next;
    next += bytes;
    return at;
  };
  const columns = take((shapes.length + 1) * dimension * row);
  const [logDet, columnGradients, logDetGradient] = [take(row), take(dimension * row), take(row)];
  const blocks = order(shapes.length, direction).map((layer) => take(blockLayout(shapes[layer], row).size));
  return { columns, logDet, columnGradients, logDetGradient, blocks, size: Math.ceil(next / 64) * 64 };
}

/**
 * Exports, each for one shard of tiles [shard · tiles / shards, …):
 * `forward`, `inverse` (shard, shards, tiles, address, tileStride, shardStride, weights, x, image, logDet): x [n, d] → image [n, d],
 * logDet [n]; a tile's memory is at address + tile · tileStride + shard · shardStride;
 * with gradients also `forwardBack`, `inverseBack` (shard, shards, tiles, address, tileStride, weights, gradients,
 * gradientStride, imageGradient, logDetGradient): adds to the shard's own gradient; and the functions of adamCode.ts.
 */
export function flowCode(architecture: Architecture, precision: Precision, tile: number, withGradient: boolean): FlowCode {
  const module = new ModuleBuilder();
  const lanes = lanesOf[precision];
  const context: Context = { module, lanes, math: vectorMath(module, precision), tile };
  const d = architecture.domain.length;
  const row = tile * lanes.bytes;
  const shapes = architecture.masks.map((_, layer) => layerShape(architecture, layer));
  const layout = { forward: tileLayout(shapes, 'forward', d, row), inverse: tileLayout(shapes, 'inverse', d, row) };
  const starts = shapes.map((_, k) => shapes.slice(0, k).reduce((sum, shape) => sum + weightLayout(shape).size, 0) * lanes.bytes);

  const conditionerOf = perShape((shape) => conditioner(context, shape, withGradient));
  for (const direction of directions) {
    const stepOf = perShape((shape) => stepFunction(context, shape, direction, conditionerOf(shape), withGradient));
    const backStepOf = perShape((shape) => backStepFunction(context, shape, direction, conditionerOf(shape)));
    // Written before the functions that call them.
    for (const shape of shapes) {
      stepOf(shape);
      if (withGradient) backStepOf(shape);
    }
    const { columns, logDet, columnGradients, logDetGradient, blocks } = layout[direction];
    const path = order(shapes.length, direction);
    module.function(Array<'i32'>(10).fill('i32'), 'void', (f) => {
      const [shard, shards, tiles, address, stride, shardStride, weights, x, image, gain] = Array.from({ length: 10 }, (_, k) => f.parameter(k, 'i32').get);
      const own = f.let(i32.add(address, i32.mul(shard, shardStride)));
      overTiles(f, shard, shards, tiles, (t) => {
        const base = f.let(i32.add(own, i32.mul(t, stride)));
        copyIn(f, lanes, tile, d, f.let(i32.add(x, i32.mul(t, i32.constant(tile * d * 8)))), f.let(i32.add(base, i32.constant(columns))));
        f.for(i32.constant(0), i32.constant(row), 16, (n) => f.do(v128.store(i32.add(base, n), lanes.constant(0), logDet)));
        path.forEach((layer, k) => {
          f.do(f.call(stepOf(shapes[layer]), 'void',
            i32.add(base, i32.constant(blocks[k])), i32.add(base, i32.constant(columns + k * d * row)), i32.add(base, i32.constant(logDet)), i32.add(weights, i32.constant(starts[layer]))));
        });
        copyOut(f, lanes, tile, d, f.let(i32.add(base, i32.constant(columns + shapes.length * d * row))), f.let(i32.add(image, i32.mul(t, i32.constant(tile * d * 8)))));
        copyOut(f, lanes, tile, 1, f.let(i32.add(base, i32.constant(logDet))), f.let(i32.add(gain, i32.mul(t, i32.constant(tile * 8)))));
      });
    }, direction);
    if (!withGradient) continue;
    module.function(Array<'i32'>(10).fill('i32'), 'void', (f) => {
      const [shard, shards, tiles, address, stride, weights, gradients, gradientStride, imageGradient, gainGradient] = Array.from({ length: 10 }, (_, k) => f.parameter(k, 'i32').get);
      const own = f.let(i32.add(gradients, i32.mul(shard, gradientStride)));
      overTiles(f, shard, shards, tiles, (t) => {
        const base = f.let(i32.add(address, i32.mul(t, stride)));
        copyIn(f, lanes, tile, d, f.let(i32.add(imageGradient, i32.mul(t, i32.constant(tile * d * 8)))), f.let(i32.add(base, i32.constant(columnGradients))));
        copyIn(f, lanes, tile, 1, f.let(i32.add(gainGradient, i32.mul(t, i32.constant(tile * 8)))), f.let(i32.add(base, i32.constant(logDetGradient))));
        [...path.keys()].reverse().forEach((k) => {
          const layer = path[k];
          f.do(f.call(backStepOf(shapes[layer]), 'void',
            i32.add(base, i32.constant(blocks[k])), i32.add(base, i32.constant(columns + k * d * row)), i32.add(weights, i32.constant(starts[layer])),
            i32.add(own, i32.constant(starts[layer])), i32.add(base, i32.constant(columnGradients)), i32.add(base, i32.constant(logDetGradient))));
        });
      });
    }, `${direction}Back`);
  }
  if (withGradient) adamFunctions(module, lanes);
  return { binary: module.finish(), tile, layout };
}

/** One result per layer shape, made when it is first asked for. */
function perShape<T>(make: (shape: LayerShape) => T): (shape: LayerShape) => T {
  const made = new Map<string, T>();
  return (shape) => {
    const key = JSON.stringify(shape);
    const known = made.get(key);
    if (known !== undefined) return known;
    const fresh = make(shape);
    made.set(key, fresh);
    return fresh;
  };
}

function overTiles(f: FunctionBuilder, shard: I32, shards: I32, tiles: I32, body: (tile: I32) => void): void {
  f.for(i32.divU(i32.mul(shard, tiles), shards), i32.divU(i32.mul(i32.add(shard, i32.constant(1)), tiles), shards), 1, body);
}

/** (block, columns, logDet, weights): one layer; the columns after it follow those before it. */
function stepFunction(context: Context, shape: LayerShape, direction: Direction, { forward }: Conditioner, keep: boolean): FunctionBuilder {
  const { module, lanes, tile } = context;
  const row = tile * lanes.bytes;
  const spline = new SplineCode(context, shape, direction);
  return module.function(['i32', 'i32', 'i32', 'i32'], 'void', (f) => {
    const [block, columns, logDet, weights] = [0, 1, 2, 3].map((k) => f.parameter(k, 'i32').get);
    f.do(f.call(forward, 'void', block, columns, weights));
    shape.bent.forEach((_, k) => {
      f.for(i32.constant(0), i32.constant(row), 16, (n) => {
        const at = f.let(i32.add(columns, n));
        spline.forward(f, k, f.let(i32.add(block, n)), at, f.let(i32.add(at, i32.constant(shape.dimension * row))), f.let(i32.add(logDet, n)), keep);
      });
    });
    if (shape.seen.length === 0) return;
    f.for(i32.constant(0), i32.constant(row), 16, (n) => {
      const at = f.let(i32.add(columns, n));
      for (const { column } of shape.seen) f.do(v128.store(at, v128.load(at, column * row), (shape.dimension + column) * row));
    });
  });
}

/** (block, columns, weights, gradient, columnGradients, logDetGradient). */
function backStepFunction(context: Context, shape: LayerShape, direction: Direction, { backward }: Conditioner): FunctionBuilder {
  if (backward === null) throw new Error('flow: its code has no gradient');
  const { module, lanes, tile } = context;
  const row = tile * lanes.bytes;
  const spline = new SplineCode(context, shape, direction);
  return module.function(['i32', 'i32', 'i32', 'i32', 'i32', 'i32'], 'void', (f) => {
    const [block, columns, weights, gradient, columnGradients, logDetGradient] = [0, 1, 2, 3, 4, 5].map((k) => f.parameter(k, 'i32').get);
    shape.bent.forEach((_, k) => {
      f.for(i32.constant(0), i32.constant(row), 16, (n) => {
        spline.backward(f, k, f.let(i32.add(block, n)), f.let(i32.add(columnGradients, n)), f.let(i32.add(logDetGradient, n)));
      });
    });
    f.do(f.call(backward, 'void', block, columns, weights, gradient, columnGradients));
  });
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
      f.do(f64.store(target.get, bytes === 4 ? f64.fromF32(f32.load(at, j * tile * bytes)) : f64.load(at, j * tile * bytes), 8 * j));
    }
    f.set(target, i32.add(target.get, i32.constant(8 * d)));
  });
}
