/** Noisy energies along the path from the base, and their means over several draws. */
import { foldIn, type Key } from '../engine/random.ts';
import { baseEnergies, baseGradients, type Base } from './base.ts';
import type { EnergyEvaluator } from './energyEvaluator.ts';
import type { NoisyEvaluator } from './noisyEvaluator.ts';
import { checkLambda, pathEvaluator } from './path.ts';

/** U_λ(x; ξ) = U0(x) + λ (U1(x; ξ) − U0(x)). @throws InputError unless λ lies in [0, 1] */
export function noisyPath(base: Base, noisy: NoisyEvaluator, lambda: number): NoisyEvaluator {
  checkLambda(lambda);
  if (lambda === 1) return noisy;
  const d = noisy.dimension;
  const mix = (values: Float64Array, atBase: Float64Array): void => {
    for (let i = 0; i < atBase.length; i++) values[i] = atBase[i] + lambda * (values[i] - atBase[i]);
  };
  const mixEnergies = (x: Float64Array, n: number, energies: Float64Array): void => {
    const atBase = new Float64Array(n);
    baseEnergies(base, x, n, atBase);
    mix(energies, atBase);
  };
  const { centred, ...rest } = noisy;
  const centredPath = (points: Float64Array, n: number): NoisyEvaluator =>
    noisyPath(base, centred?.(points, n) ?? noisy, lambda);
  return {
    ...rest,
    energies(x, xi, n, energies) {
      noisy.energies(x, xi, n, energies);
      mixEnergies(x, n, energies);
    },
    energiesAndGradients(x, xi, n, energies, gradients) {
      noisy.energiesAndGradients(x, xi, n, energies, gradients);
      mixEnergies(x, n, energies);
      const slopes = new Float64Array(n * d);
      baseGradients(base, x, n, slopes);
      mix(gradients, slopes);
    },
    full: noisy.full === null ? null : pathEvaluator(base, noisy.full, lambda),
    ...(centred === undefined ? {} : { centred: centredPath }),
  };
}

/** Points whose draws are held at once. */
const BLOCK = 4096;

/**
 * The mean of U(x; ξ) over `draws` draws of each point, as an energy: unbiased, with the noise of its mean. The same
 * call gives the same values: point i of a call has draws of its own.
 * @param start the first point of a call has the draws of this one
 */
export function averagedEnergy(noisy: NoisyEvaluator, draws: number, key: Key, start = 0): EnergyEvaluator {
  const { dimension: d, size } = noisy;
  function evaluate(x: Float64Array, n: number, energies: Float64Array, gradients: Float64Array | null): void {
    energies.fill(0, 0, n);
    gradients?.fill(0, 0, n * d);
    const most = Math.min(BLOCK, n);
    const [xi, values] = [new Float64Array(most * size), new Float64Array(most)];
    const slopes = new Float64Array(gradients === null ? 0 : most * d);
    for (let first = 0; first < n; first += BLOCK) {
      const count = Math.min(BLOCK, n - first);
      const points = x.subarray(first * d, (first + count) * d);
      for (let r = 0; r < draws; r++) {
        noisy.draw(foldIn(key, r), start + first, count, xi);
        if (gradients === null) noisy.energies(points, xi, count, values);
        else noisy.energiesAndGradients(points, xi, count, values, slopes);
        for (let i = 0; i < count; i++) energies[first + i] += values[i] / draws;
        if (gradients !== null) for (let i = 0; i < count * d; i++) gradients[first * d + i] += slopes[i] / draws;
      }
    }
  }
  return {
    dimension: d,
    energies: (x, n, energies) => { evaluate(x, n, energies, null); },
    energiesAndGradients: (x, n, energies, gradients) => { evaluate(x, n, energies, gradients); },
    startingAt: (place) => averagedEnergy(noisy, draws, key, start + place),
  };
}
