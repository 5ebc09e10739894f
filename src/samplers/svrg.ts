/**
 * Langevin moves of many points with variance-reduced gradients (SVRG): ĝ(x) = g(x; ξ) − g(x_ref; ξ) + ḡ(x_ref),
 * unbiased, with a variance that falls with the distance of x from the reference, where ḡ is known (Johnson & Zhang
 * 2013; Dubey et al. 2016). There is no Metropolis rule: the law is off by O(h), and by what is left of the noise.
 */
import { foldIn, type Key } from '../engine/random.ts';
import { fillNormalRows } from '../engine/simd/rows.ts';
import { baseGradients, type Base } from '../targets/base.ts';
import type { NoisyEvaluator } from '../targets/noisyEvaluator.ts';
import { langevinStep } from './noisyLangevin.ts';

export interface SvrgMoves {
  /** λ of U_λ = (1 − λ) U0 + λ U1. */
  readonly lambda: number;
  /** h of the Langevin steps. */
  readonly stepSize: number;
  readonly steps: number;
  /** Steps between two references, ≥ 1. */
  readonly refresh: number;
  /** Draws of ξ that ḡ(x_ref) is averaged over, where the full gradient is not to be had. */
  readonly draws: number;
  readonly key: Key;
}

export interface SvrgReport {
  /** Points that stayed where they were since a gradient was not finite, over all steps. */
  readonly nonFinite: number;
  readonly noisyEvaluations: number;
  readonly fullEvaluations: number;
}

/** Gradients at the references: all of them, or their mean over draws. @param out receives [n, d] */
export function referenceGradients(
  noisy: NoisyEvaluator, x: Float64Array, n: number, draws: number, key: Key, out: Float64Array
): void {
  const energies = new Float64Array(n);
  if (noisy.full !== null) {
    noisy.full.energiesAndGradients(x, n, energies, out);
    return;
  }
  const xi = new Float64Array(n * noisy.size);
  const gradients = new Float64Array(out.length);
  out.fill(0);
  for (let r = 0; r < draws; r++) {
    noisy.draw(foldIn(key, r), 0, n, xi);
    noisy.energiesAndGradients(x, xi, n, energies, gradients);
    for (let i = 0; i < out.length; i++) out[i] += gradients[i] / draws;
  }
}

/**
 * ĝ at points with references of their own. @param x @param references [n, d] each @param anchors ḡ there [n, d] @param
 * out receives [n, d]
 */
export function svrgGradients(
  noisy: NoisyEvaluator, x: Float64Array, references: Float64Array, anchors: Float64Array, n: number, key: Key,
  out: Float64Array
): void {
  const xi = new Float64Array(n * noisy.size);
  const energies = new Float64Array(n);
  const there = new Float64Array(out.length);
  noisy.draw(key, 0, n, xi);
  noisy.energiesAndGradients(x, xi, n, energies, out);
  noisy.energiesAndGradients(references, xi, n, energies, there);
  for (let i = 0; i < out.length; i++) out[i] += anchors[i] - there[i];
}

/** Move points in place. @param points [n, d] */
export function svrgLangevin(
  noisy: NoisyEvaluator, base: Base, points: Float64Array, { lambda, stepSize, steps, refresh, draws, key }: SvrgMoves
): SvrgReport {
  const d = noisy.dimension;
  const n = points.length / d;
  const references = new Float64Array(n * d);
  const anchors = new Float64Array(n * d);
  const gradients = new Float64Array(n * d);
  const slopes = new Float64Array(n * d);
  const normals = new Float64Array(n * d);
  const stepSizes = new Float64Array(n).fill(stepSize);
  let nonFinite = 0;
  let anchored = 0;
  for (let s = 0; s < steps; s++) {
    if (s % refresh === 0) {
      references.set(points);
      referenceGradients(noisy, references, n, draws, foldIn(foldIn(key, 'references'), s), anchors);
      anchored += 1;
    }
    svrgGradients(noisy, points, references, anchors, n, foldIn(foldIn(key, 'noise'), s), gradients);
    baseGradients(base, points, n, slopes);
    for (let i = 0; i < n * d; i++) slopes[i] = (1 - lambda) * slopes[i] + lambda * gradients[i];
    fillNormalRows(foldIn(foldIn(key, 'steps'), s), 0, n, d, normals);
    nonFinite += langevinStep(base.domain, { x: points, slopes, stepSizes, normals });
  }
  const full = noisy.full !== null;
  return {
    nonFinite, noisyEvaluations: 2 * n * steps + (full ? 0 : n * draws * anchored),
    fullEvaluations: full ? n * anchored : 0
  };
}
