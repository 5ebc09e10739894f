/**
 * Starting weights: hidden layers uniform of scale 1/√fan-in, output layers zero, so the flow starts as the identity.
 */
import { fillUniform, foldIn, type Key } from '../engine/random.ts';
import { parameterSlots, type Architecture } from './architecture.ts';

/** @returns the flat parameter vector, float32 */
export function initialParameters(architecture: Architecture, key: Key): Float32Array<ArrayBuffer> {
  const parts = parameterSlots(architecture).map(({ shape, fanIn, startsAtZero }, slot) => {
    const values = new Float64Array(shape.reduce((product, n) => product * n, 1));
    if (startsAtZero) return values;
    fillUniform(foldIn(key, slot), 0, values);
    const bound = 1 / Math.sqrt(fanIn);
    return values.map((u) => bound * (2 * u - 1));
  });
  const flat = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let start = 0;
  for (const part of parts) {
    flat.set(part, start);
    start += part.length;
  }
  return flat;
}
