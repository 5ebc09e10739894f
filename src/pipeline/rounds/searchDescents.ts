/** Descents of many points at once, in standard units, whose ends are near minima. */
import type { Steps } from '../../pausing.ts';
import { wrapCircles, type Domain } from '../../targets/domain.ts';
import type { EnergyEvaluator } from '../../targets/energyEvaluator.ts';

/** First step over the distance from the middle, at least of a point as near as NEAR. */
const FIRST_STEP = 0.05;
const NEAR = 0.3;
/** Steps after one down, and after one up, which is taken back. */
const GROW = 1.3;
const SHRINK = 0.4;

/**
 * Along slopes, or by their signs alone, each coordinate with a step of its own: the first follows rays, the second
 * goes along coordinates, so that they end in different wells.
 */
export type DescentKind = 'slopes' | 'signs';

export interface Ends {
  /** [n, d] */
  readonly points: Float64Array;
  /** NaN where U was not finite at the start. [n] */
  readonly energies: Float64Array;
}

/** @param starts [n, d], left as they are */
export function* descents(
  energy: EnergyEvaluator, domain: Domain, starts: Float64Array, kind: DescentKind, iterations: number,
): Steps<Ends> {
  const d = domain.length;
  const n = starts.length / d;
  const x = starts.slice();
  const [energies, gradients] = [new Float64Array(n), new Float64Array(n * d)];
  const tried = x.slice();
  const [triedEnergies, triedGradients] = [new Float64Array(n), new Float64Array(n * d)];
  energy.energiesAndGradients(x, n, energies, gradients);
  const steps = new Float64Array(n * d);
  for (let i = 0; i < n; i++) {
    const length = lengthOf(x, i * d, d);
    steps.fill(FIRST_STEP * Math.max(kind === 'signs' ? length / Math.sqrt(d) : length, NEAR), i * d, (i + 1) * d);
  }
  for (let turn = 0; turn < iterations; turn++) {
    for (let i = 0; i < n; i++) {
      const slope = kind === 'slopes' ? lengthOf(gradients, i * d, d) : 0;
      for (let at = i * d; at < (i + 1) * d; at++) {
        const towards = kind === 'slopes' ? gradients[at] / slope : Math.sign(gradients[at]);
        tried[at] = Number.isFinite(towards) ? x[at] - steps[at] * towards : x[at];
      }
    }
    clamp(domain, tried, n);
    energy.energiesAndGradients(tried, n, triedEnergies, triedGradients);
    for (let i = 0; i < n; i++) {
      const down = triedEnergies[i] < energies[i];
      for (let at = i * d; at < (i + 1) * d; at++) {
        const turned = kind === 'signs' && down && triedGradients[at] * gradients[at] < 0;
        steps[at] *= !down || turned ? SHRINK : GROW;
        if (down) [x[at], gradients[at]] = [tried[at], triedGradients[at]];
      }
      if (down) energies[i] = triedEnergies[i];
    }
    yield;
  }
  return { points: x, energies };
}

function lengthOf(x: Float64Array, from: number, d: number): number {
  let squares = 0;
  for (let at = from; at < from + d; at++) squares += x[at] * x[at];
  return Math.sqrt(squares);
}

function clamp(domain: Domain, x: Float64Array, n: number): void {
  wrapCircles(domain, x, n);
  const d = domain.length;
  domain.forEach(({ kind, low, high }, j) => {
    if (kind === 'interval') for (let at = j; at < n * d; at += d) x[at] = Math.min(high, Math.max(low, x[at]));
  });
}
