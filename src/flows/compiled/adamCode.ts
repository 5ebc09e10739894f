/** The rest of a training step in WebAssembly: adding up the shards' gradients, and Adam (Kingma & Ba 2015). */
import { f64, i32, v128, type V128 } from '../../engine/wasm/instructions.ts';
import { loadFloat, splatFloat64, type Lanes } from '../../engine/wasm/lanes.ts';
import type { ModuleBuilder } from '../../engine/wasm/moduleBuilder.ts';

/** Its usual constants. */
export const ADAM = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 } as const;

/** Float64 entries of the control block of {@link adamFunctions}. */
export const ADAM_CONTROL = { scale: 0, rate: 1, correction1: 2, correction2: 3 } as const;

/**
 * Lengths in bytes, multiples of 16.
 * `clear(address, length)`; `gather(gradient, shards, stride, length)`: the first shard's gradient becomes the sum of
 * all; `squares(gradient, length)` → Σ g², in float64; `adam(weights, gradient, first, second, length, control)`.
 */
export function adamFunctions(module: ModuleBuilder, lanes: Lanes): void {
  const { bytes } = lanes;
  const zero = i32.constant(0);
  module.function(['i32', 'i32'], 'void', (f) => {
    const [address, length] = [0, 1].map((k) => f.parameter(k, 'i32').get);
    f.for(zero, length, 16, (n) => f.do(v128.store(i32.add(address, n), lanes.constant(0))));
  }, 'clear');
  module.function(['i32', 'i32', 'i32', 'i32'], 'void', (f) => {
    const [gradient, shards, stride, length] = [0, 1, 2, 3].map((k) => f.parameter(k, 'i32').get);
    f.for(i32.constant(1), shards, 1, (shard) => {
      const other = f.let(i32.add(gradient, i32.mul(shard, stride)));
      f.for(zero, length, 16, (n) => {
        const at = f.let(i32.add(gradient, n));
        f.do(v128.store(at, lanes.add(v128.load(at), v128.load(i32.add(other, n)))));
      });
    });
  }, 'gather');
  module.function(['i32', 'i32'], 'f64', (f) => {
    const [gradient, length] = [0, 1].map((k) => f.parameter(k, 'i32').get);
    const sum = f.variable(f64.constant(0));
    f.for(zero, length, bytes, (n) => {
      const g = f.let(loadFloat(lanes, i32.add(gradient, n)));
      f.set(sum, f64.add(sum.get, f64.mul(g, g)));
    });
    f.return(sum.get);
  }, 'squares');
  module.function(['i32', 'i32', 'i32', 'i32', 'i32', 'i32'], 'void', (f) => {
    const [weights, gradient, first, second, length, control] =
      [0, 1, 2, 3, 4, 5].map((k) => f.parameter(k, 'i32').get);
    const { add, sub, mul, div, sqrt, constant } = lanes;
    const one = (name: keyof typeof ADAM_CONTROL): V128 => f.let(splatFloat64(lanes, control, 8 * ADAM_CONTROL[name]));
    const [scale, rate, correction1, correction2] = [one('scale'), one('rate'), one('correction1'), one('correction2')];
    f.for(zero, length, 16, (n) => {
      const [w, m, v] = [weights, first, second].map((base) => f.let(i32.add(base, n)));
      const g = f.let(mul(v128.load(i32.add(gradient, n)), scale));
      const m1 = f.let(add(mul(v128.load(m), constant(ADAM.beta1)), mul(g, constant(1 - ADAM.beta1))));
      const v1 = f.let(add(mul(v128.load(v), constant(ADAM.beta2)), mul(mul(g, g), constant(1 - ADAM.beta2))));
      f.do(v128.store(m, m1));
      f.do(v128.store(v, v1));
      const update = div(div(m1, correction1), add(sqrt(div(v1, correction2)), constant(ADAM.epsilon)));
      f.do(v128.store(w, sub(v128.load(w), mul(update, rate))));
    });
  }, 'adam');
}
