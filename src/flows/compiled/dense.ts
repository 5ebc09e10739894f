/**
 * Matrix products of a conditioner on a tile of points. Activations are feature-major, [features, T]: lanes run over
 * points, weights are splatted. Shapes are fixed when the code is written, so every stride is part of an instruction.
 *
 * A block of 4 outputs × 2 vectors of points keeps its sums in registers: per input two loads of points, four of
 * weights, eight products and eight sums. That is 64 flops (float32) for 22 instructions; unrolling the loop over
 * inputs makes V8 hoist the loads of all turns and spill them, at a third of the speed.
 */
import type { FunctionBuilder } from '../../engine/wasm/functionBuilder.ts';
import type { Lanes } from '../../engine/wasm/lanes.ts';
import type { ModuleBuilder } from '../../engine/wasm/moduleBuilder.ts';
import { i32, v128, type I32, type V128 } from '../../engine/wasm/instructions.ts';
import { sumLanes } from './sumLanes.ts';

const BLOCK = 4;
const VECTORS = 2;
/** Inputs per turn of the inner loop. */

/** What is done with a finished sum before it is stored. @param at address of the sum's own place in `target` */
export type Epilogue = (f: FunctionBuilder, sum: V128, at: I32, offset: number) => V128;

export interface ProductShape {
  readonly inputs: number;
  readonly outputs: number;
  /** Floats from the weight of one input to that of the next, and of one output to the next. */
  readonly inputStride: number;
  readonly outputStride: number;
}

/** Points per tile must be a multiple of this. */
export const tileGranule = (lanes: Lanes): number => VECTORS * lanes.width;

/** Blocks that cover `n` outputs: whole ones, and the rest. */
const pieces = (n: number): { first: number; size: number; count: number }[] => {
  const whole = Math.floor(n / BLOCK);
  return [{ first: 0, size: BLOCK, count: whole }, { first: whole * BLOCK, size: n % BLOCK, count: 1 }]
    .filter(({ size, count }) => size > 0 && count > 0);
};

/**
 * target[o, n] = epilogue(bias[o] + Σ_i weight(i, o) · source[i, n]).
 * Writes a function of (target, source, weights, bias) addresses.
 */
export function productFunction(
  module: ModuleBuilder, lanes: Lanes, tile: number, shape: ProductShape, withBias: boolean, epilogue: Epilogue
): FunctionBuilder {
  const { inputs, outputs, inputStride, outputStride } = shape;
  const { bytes } = lanes;
  const row = tile * bytes;
  return module.function(['i32', 'i32', 'i32', 'i32'], 'void', (f) => {
    const [target, source, weights, bias] = [0, 1, 2, 3].map((k) => f.parameter(k, 'i32'));
    for (const { first, size, count } of pieces(outputs)) {
      f.for(i32.constant(0), i32.constant(count), 1, (block) => {
        const skip = f.let(i32.mul(block, i32.constant(BLOCK)));
        const w0 = f.let(i32.add(
          weights.get,
          i32.add(i32.constant(first * outputStride * bytes), i32.mul(skip, i32.constant(outputStride * bytes)))
        ));
        const b0 = f.let(i32.add(bias.get, i32.add(i32.constant(first * bytes), i32.mul(skip, i32.constant(bytes)))));
        const t0 = f.let(i32.add(target.get, i32.add(i32.constant(first * row), i32.mul(skip, i32.constant(row)))));
        f.for(i32.constant(0), i32.constant(row), VECTORS * 16, (n) => {
          const a = f.variable(i32.add(source.get, n));
          const w = f.variable(w0);
          const sums = Array.from({ length: size }, (_, o) => Array.from({ length: VECTORS }, () =>
            f.variable(withBias ? lanes.loadSplat(b0, o * bytes) : lanes.constant(0))));
          f.for(i32.constant(0), i32.constant(inputs), 1, () => {
            const points = Array.from({ length: VECTORS }, (_, k) => f.let(v128.load(a.get, 16 * k)));
            for (let o = 0; o < size; o++) {
              const weight = f.let(lanes.loadSplat(w.get, o * outputStride * bytes));
              points.forEach((point, k) => f.set(sums[o][k], lanes.add(sums[o][k].get, lanes.mul(weight, point))));
            }
            f.set(a, i32.add(a.get, i32.constant(row)));
            f.set(w, i32.add(w.get, i32.constant(inputStride * bytes)));
          });
          const at = f.let(i32.add(t0, n));
          sums.forEach((vectors, o) => vectors.forEach((sum, k) => {
            const offset = o * row + 16 * k;
            f.do(v128.store(at, epilogue(f, sum.get, at, offset), offset));
          }));
        });
      });
    }
  });
}

/**
 * gradient[i, o] += Σ_n left[i, n] · right[o, n]: the gradient of a weight matrix from a tile.
 * Writes a function of (gradient, left, right) addresses; the gradient is row-major [rows, columns].
 */
export function outerFunction(
  module: ModuleBuilder, lanes: Lanes, tile: number, rows: number, columns: number
): FunctionBuilder {
  const { bytes } = lanes;
  const row = tile * bytes;
  return module.function(['i32', 'i32', 'i32'], 'void', (f) => {
    const [gradient, left, right] = [0, 1, 2].map((k) => f.parameter(k, 'i32'));
    const block = (height: number, width: number, g: I32, l: I32, r: I32): void => {
      const sums =
        Array.from({ length: height }, () => Array.from({ length: width }, () => f.variable(lanes.constant(0))));
      f.for(i32.constant(0), i32.constant(row), 16, (n) => {
        const [ln, rn] = [f.let(i32.add(l, n)), f.let(i32.add(r, n))];
        const as = Array.from({ length: height }, (_, i) => f.let(v128.load(ln, i * row)));
        for (let o = 0; o < width; o++) {
          const b = f.let(v128.load(rn, o * row));
          as.forEach((a, i) => f.set(sums[i][o], lanes.add(sums[i][o].get, lanes.mul(a, b))));
        }
      });
      sums.forEach((own, i) => addTotals(f, lanes, g, i * columns * bytes, own.map((sum) => sum.get)));
    };
    const strip = (height: number, i: I32): void => {
      const g = f.let(i32.add(gradient.get, i32.mul(i, i32.constant(columns * bytes))));
      const l = f.let(i32.add(left.get, i32.mul(i, i32.constant(row))));
      const whole = Math.floor(columns / BLOCK);
      if (whole > 0) {
        f.for(i32.constant(0), i32.constant(whole), 1, (o) => {
          block(height, BLOCK, f.let(i32.add(g, i32.mul(o, i32.constant(BLOCK * bytes)))), l, f.let(
            i32.add(right.get, i32.mul(o, i32.constant(BLOCK * row)))
          ));
        });
      }
      if (columns % BLOCK > 0) block(
        height, columns % BLOCK, f.let(i32.add(g, i32.constant(whole * BLOCK * bytes))), l,
        f.let(i32.add(right.get, i32.constant(whole * BLOCK * row)))
      );
    };
    if (rows >= 2) f.for(i32.constant(0), i32.constant(rows - (rows % 2)), 2, (i) => strip(2, i));
    if (rows % 2 === 1) strip(1, i32.constant(rows - 1));
  });
}

/** gradient[o] += Σ_n right[o, n]: the gradient of a bias. Writes a function of (gradient, right) addresses. */
export function rowSumFunction(module: ModuleBuilder, lanes: Lanes, tile: number, rows: number): FunctionBuilder {
  const { bytes } = lanes;
  const row = tile * bytes;
  return module.function(['i32', 'i32'], 'void', (f) => {
    const [gradient, right] = [0, 1].map((k) => f.parameter(k, 'i32'));
    const block = (height: number, g: I32, r: I32): void => {
      const sums = Array.from({ length: height }, () => f.variable(lanes.constant(0)));
      f.for(i32.constant(0), i32.constant(row), 16, (n) => {
        const rn = f.let(i32.add(r, n));
        sums.forEach((sum, o) => f.set(sum, lanes.add(sum.get, v128.load(rn, o * row))));
      });
      addTotals(f, lanes, g, 0, sums.map((sum) => sum.get));
    };
    const whole = Math.floor(rows / BLOCK);
    if (whole > 0) {
      f.for(i32.constant(0), i32.constant(whole), 1, (o) => {
        block(BLOCK, f.let(i32.add(gradient.get, i32.mul(o, i32.constant(BLOCK * bytes)))), f.let(
          i32.add(right.get, i32.mul(o, i32.constant(BLOCK * row)))
        ));
      });
    }
    if (rows % BLOCK > 0) block(rows % BLOCK, f.let(i32.add(gradient.get, i32.constant(whole * BLOCK * bytes))), f.let(
      i32.add(right.get, i32.constant(whole * BLOCK * row))
    ));
  });
}

/** Add the sum of each vector's lanes to consecutive floats at `address` + offset. */
function addTotals(f: FunctionBuilder, lanes: Lanes, address: I32, offset: number, vectors: readonly V128[]): void {
  const { width, bytes } = lanes;
  for (let first = 0; first < vectors.length; first += width) {
    const own = vectors.slice(first, first + width);
    const totals = sumLanes(f, lanes, own);
    const at = offset + first * bytes;
    if (own.length === width) {
      f.do(v128.store(address, lanes.add(v128.load(address, at), totals), at));
      continue;
    }
    for (let k = 0; k < own.length; k++) {
      const place = at + k * bytes;
      const added = f.let(lanes.add(lanes.loadSplat(address, place), totals));
      f.do(bytes === 4 ? v128.store32Lane(k, address, added, place) : v128.store64Lane(k, address, added, place));
    }
  }
}
