/**
 * eˣ where a network needs it: activations and softmax. In float32 nineteen instructions, of relative error below
 * 2·10⁻⁷ + 10⁻⁷|x|; results below 2⁻¹²⁶ come out as that. In float64 the exact function of engine/simd/vectorMath.ts.
 */
import type { FunctionBuilder } from '../../engine/wasm/functionBuilder.ts';
import { f32x4, i32, i32x4, type V128 } from '../../engine/wasm/instructions.ts';
import type { Context } from './context.ts';

/** Adding and subtracting it rounds to an integer, which is then in the low bits. */
const ROUNDING = 1.5 * 2 ** 23;
/** (2ʳ − 1)/r on |r| ≤ ½: own minimax fit of the relative error of 2ʳ, 9·10⁻⁸. */
const COEFFICIENTS =
  [0.6931470036506653, 0.24022242426872253, 0.05550733581185341, 0.009671512991189957, 0.001326472731307149];

export function fastExp({ lanes, math }: Pick<Context, 'lanes' | 'math'>, f: FunctionBuilder, x: V128): V128 {
  if (lanes.precision === 'float64') return math.exp(f, x);
  const { add, sub, mul, constant } = lanes;
  // In this order both let a NaN through.
  const t = f.let(lanes.pmin(lanes.pmax(mul(x, constant(Math.LOG2E)), constant(-126)), constant(127)));
  const shifted = f.let(add(t, constant(ROUNDING)));
  const r = f.let(sub(t, sub(shifted, constant(ROUNDING))));
  const polynomial = COEFFICIENTS.slice(0, -1)
    .reduceRight((sum, c) => add(constant(c), mul(r, sum)), constant(COEFFICIENTS[COEFFICIENTS.length - 1]));
  const power = i32x4.add(i32x4.shl(shifted, i32.constant(23)), f32x4.constant(1));
  return mul(add(constant(1), mul(r, polynomial)), power);
}
