/**
 * The `reference` executor: jax-js's own interpreter, on the function as written, before tracing, simplification or
 * lowering. Slow, float64, and independent of everything else in the engine: the others are tested against it.
 */
import * as jax from './jax.ts';
import type { ArrayData, Executable } from './executor.ts';
import { counted, type Array as NpArray } from './numpy.ts';
import type { ArgumentSpec } from './trace.ts';

/** @param f reference-free function of arrays of the given shapes; returns one array or a list */
export function compileReference(f: (...args: NpArray[]) => NpArray | NpArray[], specs: readonly ArgumentSpec[]): Executable {
  const compiled = (jax.jit as (f: unknown) => ((...args: unknown[]) => unknown) & { dispose(): void })(counted(f));
  return {
    run(inputs) {
      const arrays = specs.map(({ shape, dtype }, i) => dtype === 'int32'
        ? jax.numpy.array(Int32Array.from(inputs[i]), { shape: [...shape], dtype: jax.numpy.int32 })
        : jax.numpy.array(Float64Array.from(inputs[i]), { shape: [...shape], dtype: jax.numpy.float64 }));
      const result = compiled(...arrays);
      const list = (Array.isArray(result) ? result : [result]) as jax.Array[];
      return Promise.resolve(list.map((array) => array.dataSync() as ArrayData));
    },
    dispose() {
      compiled.dispose();
      return Promise.resolve();
    },
  };
}
