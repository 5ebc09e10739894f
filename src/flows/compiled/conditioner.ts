/** The conditioner MLP of a layer on a tile: forward with slopes kept, and backward into weights and features. */
import type { FunctionBuilder } from '../../engine/wasm/functionBuilder.ts';
import { i32, v128, type I32 } from '../../engine/wasm/instructions.ts';
import { TOPOLOGIES } from '../couplingFlow.ts';
import type { Context } from './context.ts';
import { fastExp } from './fastExp.ts';
import { outerFunction, productFunction, rowSumFunction, type Epilogue } from './dense.ts';
import { blockLayout, seenCount, weightLayout, type LayerKind } from './layout.ts';
import { forEachPlace, placeAt } from './places.ts';

/** h and, `slopeDelta` bytes further, its derivative (left out where `slopeDelta` is undefined). */
function activation(context: Context, name: LayerKind['activation'], slopeDelta: number | undefined): Epilogue {
  const { lanes } = context;
  return (f, sum, at, offset) => {
    const a = f.let(sum);
    if (name === 'relu') {
      if (slopeDelta !== undefined)
        f.do(v128.store(at, v128.and(lanes.gt(a, lanes.constant(0)), lanes.constant(1)), offset + slopeDelta));
      return lanes.pmax(lanes.constant(0), a);
    }
    const sigmoid =
      f.let(lanes.div(lanes.constant(1), lanes.add(lanes.constant(1), fastExp(context, f, lanes.neg(a)))));
    const h = f.let(lanes.mul(a, sigmoid));
    if (slopeDelta !== undefined)
      f.do(v128.store(at, lanes.add(sigmoid, lanes.sub(h, lanes.mul(h, sigmoid))), offset + slopeDelta));
    return h;
  };
}

/** The functions of one kind of layer. Each takes (block, columns, weights, …, table) addresses. */
export interface Conditioner {
  /** (block, columns, weights, table): columns [d, T] → raw [outputs, T] in the block. */
  readonly forward: FunctionBuilder;
  /**
   * (block, columns, weights, table, gradient, columnGradients): from gradients in raw; adds to both. Null where none
   * is wanted.
   */
  readonly backward: FunctionBuilder | null;
}

export function conditioner(context: Context, kind: LayerKind, withGradient: boolean): Conditioner {
  const { module, lanes, math, tile } = context;
  const { bytes } = lanes;
  const row = tile * bytes;
  const { features, hidden, outputs } = kind;
  const block = blockLayout(kind, row);
  const weights = weightLayout(kind);
  const at = (base: I32, offset: number): I32 => i32.add(base, i32.constant(offset));
  const slopes = withGradient ? hidden * row : undefined;
  const towards = (inputs: number, out: number, epilogue: Epilogue): FunctionBuilder =>
    productFunction(module, lanes, tile, { inputs, outputs: out, inputStride: out, outputStride: 1 }, true, epilogue);
  const first = towards(features, hidden, activation(context, kind.activation, slopes));
  const second = towards(hidden, hidden, activation(context, kind.activation, slopes));
  const third = towards(hidden, outputs, (_f, sum) => sum);

  const overRow = (f: FunctionBuilder, body: (n: I32) => void): void => {
    f.for(i32.constant(0), i32.constant(row), 16, body);
  };

  const writeFeatures = (f: FunctionBuilder, base: I32, columns: I32, table: I32): void => {
    if (seenCount(kind) === 0) overRow(f, (n) => f.do(v128.store(i32.add(base, n), lanes.constant(1), block.features)));
    for (const topology of TOPOLOGIES) {
      forEachPlace(f, kind, 'seen', topology, table, (entry) => {
        const place = placeAt(f, lanes, entry);
        const from = f.let(i32.add(columns, place.offset('column')));
        const to = f.let(i32.add(base, place.offset('block')));
        const scale = place.float('scale');
        const middle = place.float('middle');
        overRow(f, (n) => {
          const x = v128.load(i32.add(from, n));
          const at = f.let(i32.add(to, n));
          if (topology !== 'circle') {
            f.do(v128.store(at, lanes.mul(lanes.sub(x, middle), scale)));
            return;
          }
          const { sin, cos } = math.sinCos(f, f.let(lanes.mul(x, scale)));
          f.do(v128.store(at, cos));
          f.do(v128.store(at, sin, row));
        });
      });
    }
  };

  const forward = module.function(['i32', 'i32', 'i32', 'i32'], 'void', (f) => {
    const [base, columns, w, table] = [0, 1, 2, 3].map((k) => f.parameter(k, 'i32').get);
    writeFeatures(f, base, columns, table);
    f.do(f.call(
      first, 'void', at(base, block.h1), at(base, block.features), at(w, bytes * weights.weight1),
      at(w, bytes * weights.bias1)
    ));
    f.do(f.call(
      second, 'void', at(base, block.h2), at(base, block.h1), at(w, bytes * weights.weight2),
      at(w, bytes * weights.bias2)
    ));
    f.do(f.call(
      third, 'void', at(base, block.raw), at(base, block.h2), at(w, bytes * weights.weight3),
      at(w, bytes * weights.bias3)
    ));
  });

  if (!withGradient) return { forward, backward: null };
  const timesSlope: Epilogue = (_f, sum, place, offset) => lanes.mul(sum, v128.load(place, offset));
  const back = (inputs: number, out: number, epilogue: Epilogue): FunctionBuilder =>
    productFunction(
      module, lanes, tile, { inputs: out, outputs: inputs, inputStride: 1, outputStride: out }, false, epilogue
    );
  const throughThird = back(hidden, outputs, timesSlope);
  const throughSecond = back(hidden, hidden, timesSlope);
  const throughFirst = back(features, hidden, (_f, sum) => sum);
  const outer3 = outerFunction(module, lanes, tile, hidden, outputs);
  const outer2 = outerFunction(module, lanes, tile, hidden, hidden);
  const outer1 = outerFunction(module, lanes, tile, features, hidden);
  const sumOutputs = rowSumFunction(module, lanes, tile, outputs);
  const sumHidden = rowSumFunction(module, lanes, tile, hidden);

  const addFeatureGradients = (f: FunctionBuilder, base: I32, columns: I32, columnGradients: I32, table: I32): void => {
    for (const topology of TOPOLOGIES) {
      forEachPlace(f, kind, 'seen', topology, table, (entry) => {
        const place = placeAt(f, lanes, entry);
        const column = f.let(place.offset('column'));
        const from = f.let(i32.add(base, place.offset('block')));
        const to = f.let(i32.add(columnGradients, column));
        const inputs = f.let(i32.add(columns, column));
        const scale = place.float('scale');
        overRow(f, (n) => {
          const source = f.let(i32.add(from, n));
          const target = f.let(i32.add(to, n));
          let gradient = lanes.mul(v128.load(source), scale);
          if (topology === 'circle') {
            const { sin, cos } = math.sinCos(f, f.let(lanes.mul(v128.load(i32.add(inputs, n)), scale)));
            const [ofCos, ofSin] = [v128.load(source), v128.load(source, row)];
            gradient = lanes.mul(lanes.sub(lanes.mul(ofSin, cos), lanes.mul(ofCos, sin)), scale);
          }
          f.do(v128.store(target, lanes.add(v128.load(target), gradient)));
        });
      });
    }
  };

  const backward = module.function(new Array<'i32'>(6).fill('i32'), 'void', (f) => {
    const [base, columns, w, table, g, columnGradients] = [0, 1, 2, 3, 4, 5].map((k) => f.parameter(k, 'i32').get);
    f.do(f.call(outer3, 'void', at(g, bytes * weights.weight3), at(base, block.h2), at(base, block.raw)));
    f.do(f.call(sumOutputs, 'void', at(g, bytes * weights.bias3), at(base, block.raw)));
    f.do(f.call(throughThird, 'void', at(base, block.slope2), at(base, block.raw), at(w, bytes * weights.weight3), w));
    f.do(f.call(outer2, 'void', at(g, bytes * weights.weight2), at(base, block.h1), at(base, block.slope2)));
    f.do(f.call(sumHidden, 'void', at(g, bytes * weights.bias2), at(base, block.slope2)));
    f.do(
      f.call(throughSecond, 'void', at(base, block.slope1), at(base, block.slope2), at(w, bytes * weights.weight2), w)
    );
    f.do(f.call(outer1, 'void', at(g, bytes * weights.weight1), at(base, block.features), at(base, block.slope1)));
    f.do(f.call(sumHidden, 'void', at(g, bytes * weights.bias1), at(base, block.slope1)));
    if (seenCount(kind) === 0) return;
    f.do(
      f.call(throughFirst, 'void', at(base, block.features), at(base, block.slope1), at(w, bytes * weights.weight1), w)
    );
    addFeatureGradients(f, base, columns, columnGradients, table);
  });
  return { forward, backward };
}
