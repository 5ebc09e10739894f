/**
 * The one door to jax-js. It names `Float16Array`, which Node 20 lacks; a placeholder that nothing is an instance of
 * will do.
 */
if (!('Float16Array' in globalThis)) {
  Object.defineProperty(globalThis, 'Float16Array', { value: class Float16Array {}, configurable: true });
}

export * from '@jax-js/jax';
