/** Between the swaps of reSGLD: Langevin steps of all rungs on noisy gradients, whose noise is measured too. */
import { foldIn, type Key } from '../engine/random.ts';
import { fillNormalRows } from '../engine/simd/rows.ts';
import { baseGradients, sampleBase } from '../targets/base.ts';
import { langevinStep } from './noisyLangevin.ts';
import type { ResgldState } from './resgldState.ts';

/** The first rung, λ = 0, needs no chain. */
export function refreshBase({ options: { base, key, ladders, noisy }, counts, x }: ResgldState): void {
  const roundKey = foldIn(foldIn(key, 'base rung'), counts.round);
  sampleBase(base, roundKey, 0, ladders, x.subarray(0, ladders * noisy.dimension));
}

/** The energy itself where the chains are: references of the steps to come, and exact swaps. */
export function anchor(state: ResgldState): void {
  const { options: { noisy: { full } }, counts, x, references, anchors, anchorEnergies } = state;
  if (full === null) return;
  const chains = anchorEnergies.length;
  references.set(x);
  full.energiesAndGradients(x, chains, anchorEnergies, anchors);
  counts.fullEvaluations += chains;
}

/** The noisy gradients of U1 at the active chains, averaged over the draws. */
function noisyGradients(state: ResgldState, key: Key, out: Float64Array): void {
  const { noisy, draws, ladders, controlVariates } = state.options;
  const { references, anchors } = state;
  const { xi, energies, gradients } = state.scratch;
  const active = ladders * noisy.dimension;
  const x = state.x.subarray(active);
  const n = x.length / noisy.dimension;
  for (let r = 0; r < draws; r++) {
    noisy.draw(foldIn(key, r), 0, n, xi);
    noisy.energiesAndGradients(x, xi, n, energies, r === 0 ? out : gradients);
    if (r > 0) for (let i = 0; i < out.length; i++) out[i] += gradients[i];
    if (!controlVariates) continue;
    noisy.energiesAndGradients(references.subarray(active), xi, n, energies, gradients);
    for (let i = 0; i < out.length; i++) out[i] += anchors[active + i] - gradients[i];
  }
  if (draws > 1) for (let i = 0; i < out.length; i++) out[i] /= draws;
  state.counts.evaluations += n * draws * (controlVariates ? 2 : 1);
}

/** One step of every chain but those of the first rung. */
export function langevin(state: ResgldState): void {
  const { counts, lambdas, stepSizes } = state;
  const { noisy, base, key, ladders } = state.options;
  const { mean, slopes, normals, chainSteps } = state.scratch;
  const d = noisy.dimension;
  const x = state.x.subarray(ladders * d);
  const n = chainSteps.length;
  noisyGradients(state, foldIn(foldIn(key, 'gradients'), counts.steps), mean);
  baseGradients(base, x, n, slopes);
  for (let i = 0; i < n; i++) {
    const rung = 1 + Math.floor(i / ladders);
    const lambda = lambdas[rung];
    chainSteps[i] = stepSizes[rung];
    for (let j = i * d; j < (i + 1) * d; j++) slopes[j] = (1 - lambda) * slopes[j] + lambda * mean[j];
  }
  fillNormalRows(foldIn(foldIn(key, 'steps'), counts.steps), 0, n, d, normals);
  counts.nonFinite += langevinStep(base.domain, { x, slopes, stepSizes: chainSteps, normals });
  counts.steps += 1;
}

/**
 * A second and third draw of the gradients where the chains are: half the square of their difference is the noise's
 * variance.
 */
export function measureGradients(state: ResgldState): void {
  const { counts, lambdas, gradientSquares } = state;
  const { noisy, key, ladders } = state.options;
  const { mean, slopes } = state.scratch;
  const d = noisy.dimension;
  const measure = foldIn(foldIn(key, 'gradient noise'), counts.round);
  noisyGradients(state, foldIn(measure, 'first'), mean);
  noisyGradients(state, foldIn(measure, 'second'), slopes);
  for (let i = 0; i < mean.length; i++) {
    const rung = 1 + Math.floor(i / d / ladders);
    const half = 0.5 * (lambdas[rung] * (mean[i] - slopes[i])) ** 2;
    if (Number.isFinite(half)) gradientSquares[rung * d + (i % d)] += half / ladders;
  }
  counts.gradientPairs += 1;
}

/** V of a rung's noisiest coordinate. */
export function gradientVariance({ options, counts, gradientSquares }: ResgldState, rung: number): number {
  const d = options.noisy.dimension;
  return Math.max(...gradientSquares.subarray(rung * d, (rung + 1) * d)) / Math.max(1, counts.gradientPairs);
}
