/** The conditioner MLP of a layer on a tile: forward with slopes kept, and backward into weights and features. */
import type { FunctionBuilder } from '../../engine/wasm/functionBuilder.ts';
import { i32, v128, type I32 } from '../../engine/wasm/instructions.ts';
import type { Context } from './context.ts';
import { fastExp } from './fastExp.ts';
import { outerFunction, productFunction, rowSumFunction, type Epilogue } from './dense.ts';
import { addFeatureGradients, writeFeatures } from './features.ts';
import { blockLayout, isConditioned, seenCount, weightLayout, type LayerKind } from './layout.ts';

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

const at = (base: I32, offset: number): I32 => i32.add(base, i32.constant(offset));

export function conditioner(context: Context, kind: LayerKind, withGradient: boolean): Conditioner {
  const [forward, backward] = isConditioned(kind)
    ? [() => forwardFunction(context, kind, withGradient), () => backwardFunction(context, kind)]
    : [() => constantFunction(context, kind), () => constantGradient(context, kind)];
  return { forward: forward(), backward: withGradient ? backward() : null };
}

/** Of a marginal layer: the same outputs for every point. */
function constantFunction({ module, lanes, tile }: Context, kind: LayerKind): FunctionBuilder {
  const row = tile * lanes.bytes;
  return module.function(['i32', 'i32', 'i32', 'i32'], 'void', (f) => {
    const [base, , w] = [0, 1, 2].map((k) => f.parameter(k, 'i32').get);
    const to = f.variable(at(base, blockLayout(kind, row).raw));
    const bias = f.variable(at(w, lanes.bytes * weightLayout(kind).bias3));
    f.for(i32.constant(0), i32.constant(kind.outputs), 1, () => {
      const output = f.let(lanes.loadSplat(bias.get));
      f.for(i32.constant(0), i32.constant(row), 16, (n) => f.do(v128.store(i32.add(to.get, n), output)));
      f.set(to, at(to.get, row));
      f.set(bias, at(bias.get, lanes.bytes));
    });
  });
}

function constantGradient({ module, lanes, tile }: Context, kind: LayerKind): FunctionBuilder {
  const sumOutputs = rowSumFunction(module, lanes, tile, kind.outputs);
  return module.function(new Array<'i32'>(6).fill('i32'), 'void', (f) => {
    const [base, , , , g] = [0, 1, 2, 3, 4].map((k) => f.parameter(k, 'i32').get);
    const { raw } = blockLayout(kind, tile * lanes.bytes);
    f.do(f.call(sumOutputs, 'void', at(g, lanes.bytes * weightLayout(kind).bias3), at(base, raw)));
  });
}

/** @param keepSlopes those of the activations, for the way back */
function forwardFunction(context: Context, kind: LayerKind, keepSlopes: boolean): FunctionBuilder {
  const { module, lanes, tile } = context;
  const { bytes } = lanes;
  const row = tile * bytes;
  const { features, hidden, outputs } = kind;
  const block = blockLayout(kind, row);
  const weights = weightLayout(kind);
  const slopes = keepSlopes ? hidden * row : undefined;
  const towards = (inputs: number, out: number, epilogue: Epilogue): FunctionBuilder =>
    productFunction(module, lanes, tile, { inputs, outputs: out, inputStride: out, outputStride: 1 }, true, epilogue);
  const first = towards(features, hidden, activation(context, kind.activation, slopes));
  const second = towards(hidden, hidden, activation(context, kind.activation, slopes));
  const third = towards(hidden, outputs, (_f, sum) => sum);
  return module.function(['i32', 'i32', 'i32', 'i32'], 'void', (f) => {
    const [base, columns, w, table] = [0, 1, 2, 3].map((k) => f.parameter(k, 'i32').get);
    const layer = (product: FunctionBuilder, to: number, from: number, weight: number, bias: number): void =>
      f.do(f.call(product, 'void', at(base, to), at(base, from), at(w, bytes * weight), at(w, bytes * bias)));
    writeFeatures(f, context, kind, base, columns, table);
    layer(first, block.h1, block.features, weights.weight1, weights.bias1);
    layer(second, block.h2, block.h1, weights.weight2, weights.bias2);
    layer(third, block.raw, block.h2, weights.weight3, weights.bias3);
  });
}

/** The functions of the way back through one layer of the network. */
interface WayBack {
  /** Gradients of the layer's inputs, from those of its outputs. */
  readonly through: FunctionBuilder;
  /** Gradients of its weights. */
  readonly outer: FunctionBuilder;
}

function waysBack({ module, lanes, tile }: Context, { features, hidden, outputs }: LayerKind): readonly WayBack[] {
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
  return [
    { through: throughFirst, outer: outer1 }, { through: throughSecond, outer: outer2 },
    { through: throughThird, outer: outer3 },
  ];
}

function backwardFunction(context: Context, kind: LayerKind): FunctionBuilder {
  const { module, lanes, tile } = context;
  const { bytes } = lanes;
  const block = blockLayout(kind, tile * bytes);
  const weights = weightLayout(kind);
  const [first, second, third] = waysBack(context, kind);
  const sumOutputs = rowSumFunction(module, lanes, tile, kind.outputs);
  const sumHidden = rowSumFunction(module, lanes, tile, kind.hidden);
  return module.function(new Array<'i32'>(6).fill('i32'), 'void', (f) => {
    const [base, columns, w, table, g, columnGradients] = [0, 1, 2, 3, 4, 5].map((k) => f.parameter(k, 'i32').get);
    const weightGradients = ({ outer }: WayBack, weight: number, inputs: number, gradients: number): void =>
      f.do(f.call(outer, 'void', at(g, bytes * weight), at(base, inputs), at(base, gradients)));
    const biasGradients = (sum: FunctionBuilder, bias: number, gradients: number): void =>
      f.do(f.call(sum, 'void', at(g, bytes * bias), at(base, gradients)));
    const inputGradients = ({ through }: WayBack, inputs: number, gradients: number, weight: number): void =>
      f.do(f.call(through, 'void', at(base, inputs), at(base, gradients), at(w, bytes * weight), w));
    weightGradients(third, weights.weight3, block.h2, block.raw);
    biasGradients(sumOutputs, weights.bias3, block.raw);
    inputGradients(third, block.slope2, block.raw, weights.weight3);
    weightGradients(second, weights.weight2, block.h1, block.slope2);
    biasGradients(sumHidden, weights.bias2, block.slope2);
    inputGradients(second, block.slope1, block.slope2, weights.weight2);
    weightGradients(first, weights.weight1, block.features, block.slope1);
    biasGradients(sumHidden, weights.bias1, block.slope1);
    if (seenCount(kind) === 0) return;
    inputGradients(first, block.features, block.slope1, weights.weight1);
    addFeatureGradients(f, context, kind, base, columns, columnGradients, table);
  });
}
