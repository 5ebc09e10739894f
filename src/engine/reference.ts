/**
 * The `reference` executor: jax-js's own interpreter, on the function as written, before tracing, simplification or
 * lowering. Slow, float64, and independent of everything else in the engine: the others are tested against it.
 * (Not through `jax.jit`, which adds up the parts of a concatenation of numbers instead of joining them.)
 */
import * as jax from './jax.ts';
import type { ArrayData, Executable } from './executor.ts';
import { counted, type Array as NpArray } from './numpy.ts';
import type { ArgumentSpec } from './trace.ts';

/** @param f reference-free function of arrays of the given shapes; returns one array or a list */
export function compileReference(
  f: (...args: NpArray[]) => NpArray | NpArray[], specs: readonly ArgumentSpec[]
): Executable {
  const interpreted = counted(f) as unknown as (...args: unknown[]) => jax.Array | jax.Array[];
  return {
    run(inputs) {
      const arrays = specs.map(({ shape, dtype }, i) => dtype === 'int32'
        ? jax.numpy.array(Int32Array.from(inputs[i]), { shape: [...shape], dtype: jax.numpy.int32 })
        : jax.numpy.array(Float64Array.from(inputs[i]), { shape: [...shape], dtype: jax.numpy.float64 }));
      const result = interpreted(...arrays);
      const list = Array.isArray(result) ? result : [result];
      return Promise.resolve(list.map((array) => array.dataSync() as ArrayData));
    },
    dispose: () => Promise.resolve(),
  };
}
