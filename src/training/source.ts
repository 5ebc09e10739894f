/** Where a flow starts from: the base, or the particles of a stage before. What training needs to know of it. */
import { fillUniformRows } from '../engine/simd/rows.ts';
import type { Key } from '../engine/random.ts';
import { baseEnergies, baseEnergiesAndGradients, sampleBase, traceOfCovariance, type Base } from '../targets/base.ts';
import type { EnergyEvaluator } from '../targets/energyEvaluator.ts';

/** A density that a flow starts from, with samples and energies. */
export interface Source {
  /** d */
  readonly dimension: number;
  /** tr Cov of its distribution. */
  readonly trace: number;
  /** `n` points of its distribution: point i depends on (key, first + i) alone. @param out receives [n, d] */
  sample(key: Key, first: number, n: number, out: Float64Array): void;
  /** Its energy at `n` points. @param x [n, d] @param energies receives [n] */
  energies(x: Float64Array, n: number, energies: Float64Array): void;
  /** Energy and gradient. @param gradients receives [n, d] */
  energiesAndGradients(x: Float64Array, n: number, energies: Float64Array, gradients: Float64Array): void;
  /** As of its energy: see {@link EnergyEvaluator}. */
  readonly startingAt?: (place: number) => EnergyEvaluator;
}

/** The base itself. */
export function baseSource(base: Base): Source {
  return {
    dimension: base.domain.length,
    trace: traceOfCovariance(base),
    sample: (key, first, n, out) => { sampleBase(base, key, first, n, out); },
    energies: (x, n, energies) => { baseEnergies(base, x, n, energies); },
    energiesAndGradients: (x, n, energies, gradients) => {
      baseEnergiesAndGradients(base, x, n, energies, gradients);
    },
  };
}

/** Equally weighted particles [m, d] of exp(−U): points are drawn among them with replacement. */
export function particleSource(particles: Float64Array, energy: EnergyEvaluator): Source {
  const d = energy.dimension;
  const m = particles.length / d;
  const { startingAt } = energy;
  return {
    ...(startingAt === undefined ? {} : { startingAt }),
    dimension: d,
    trace: traceOfSampleCovariance(particles, d),
    sample(key, first, n, out) {
      const draws = new Float64Array(n);
      fillUniformRows(key, first, n, 1, draws);
      for (let i = 0; i < n; i++) {
        const from = Math.floor(draws[i] * m) * d;
        for (let j = 0; j < d; j++) out[i * d + j] = particles[from + j];
      }
    },
    energies: (x, n, energies) => { energy.energies(x, n, energies); },
    energiesAndGradients: (x, n, energies, gradients) => { energy.energiesAndGradients(x, n, energies, gradients); },
  };
}

/** tr Cov of samples [n, d]: the sum of the coordinates' variances; 1 for no samples. */
export function traceOfSampleCovariance(samples: Float64Array, d: number): number {
  const n = samples.length / d;
  let trace = 0;
  for (let j = 0; j < d; j++) {
    let [sum, squares] = [0, 0];
    for (let i = j; i < samples.length; i += d) sum += samples[i];
    const mean = sum / n;
    for (let i = j; i < samples.length; i += d) squares += (samples[i] - mean) ** 2;
    trace += squares / n;
  }
  return n === 0 ? 1 : trace;
}
