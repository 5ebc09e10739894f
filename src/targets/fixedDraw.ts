/** A noisy energy at one draw of its noise: a function of the point alone. */
import type { Key } from '../engine/random.ts';
import type { EnergyEvaluator } from './energyEvaluator.ts';
import type { NoisyEvaluator } from './noisyEvaluator.ts';

/** U(x; ξ) with the first draw of ξ that a key gives, at every point. */
export function atDraw(noisy: NoisyEvaluator, key: Key): EnergyEvaluator {
  const { dimension, size } = noisy;
  const xi = new Float64Array(size);
  noisy.draw(key, 0, 1, xi);
  const repeated = (n: number): Float64Array => {
    const all = new Float64Array(n * size);
    for (let i = 0; i < n; i++) all.set(xi, i * size);
    return all;
  };
  return {
    dimension,
    energies: (x, n, energies) => noisy.energies(x, repeated(n), n, energies),
    energiesAndGradients: (x, n, energies, gradients) =>
      noisy.energiesAndGradients(x, repeated(n), n, energies, gradients),
  };
}
