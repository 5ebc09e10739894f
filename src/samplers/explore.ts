/**
 * A first look at a target of which nothing is known: chains that each find their own step size and scales, from starts
 * of all radii. Adaptation never ends, so what they visit is only roughly the target's; it tells where that is, and how
 * wide.
 */
import { foldIn, type Key } from '../engine/random.ts';
import { fillNormalRows, fillUniformRows } from '../engine/simd/rows.ts';
import { InputError } from '../errors.ts';
import { power } from '../numerics/power.ts';
import type { Steps } from '../pausing.ts';
import { isOutside, wallsOf, wrapCircles, type Domain } from '../targets/domain.ts';
import type { EnergyEvaluator } from '../targets/energyEvaluator.ts';

/** Decades of radii of the starts, 0.1 to 1000. */
const SMALLEST_RADIUS = 0.1;
const DECADES = 4;
/**
 * Chains above this quantile of energies by more than FAR and FAR_PER_COORDINATE d are far out on a slope: they go down
 * it first, without noise, and no further, since the bottom of a well may be far from where its mass is.
 */
const LOW_QUANTILE = 0.25;
const FAR = 20;
const FAR_PER_COORDINATE = 2;
const FALLS = 200;
/** Of these falls: first step as a share of the radius, and what it is multiplied by. */
const FIRST_FALL = 0.05;
const FALL_GROWS = 1.3;
const FALL_SHRINKS = 0.5;
/** Step sizes after an accepted and a refused proposal: equilibrium at an acceptance of some .57. */
const GROW = 1.25;
const SHRINK = 0.74;
const STEPS_BOUND = 1e100;
/** Share of the newest squared slope in its running mean, whose inverse is the square of a coordinate's scale. */
const FORGET = 0.05;
/** In noise widths, as of the kernel: what keeps a chain from far out on a steep wall. */
const TRUNCATION = 4;

export interface Exploration {
  /** States of the second half, [n, d]. */
  readonly positions: Float64Array;
  /** [n] */
  readonly energies: Float64Array;
  /** States of all chains at the end, [chains, d]. */
  readonly last: Float64Array;
}

/** Points of all radii round the origin; circles and intervals uniform. shape [n, d] */
export function scatteredStarts(domain: Domain, key: Key, n: number): Float64Array {
  const d = domain.length;
  const x = new Float64Array(n * d);
  fillNormalRows(foldIn(key, 'directions'), 0, n, d, x);
  const [radii, places] = [new Float64Array(n), new Float64Array(n * d)];
  fillUniformRows(foldIn(key, 'radii'), 0, n, 1, radii);
  fillUniformRows(foldIn(key, 'places'), 0, n, d, places);
  for (let i = 0; i < n; i++) {
    const radius = SMALLEST_RADIUS * power(10, DECADES * radii[i]);
    for (let j = 0; j < d; j++) {
      const { kind, low, high } = domain[j];
      x[i * d + j] = kind === 'real' ? radius * x[i * d + j] : low + (high - low) * places[i * d + j];
    }
  }
  return x;
}

/**
 * @param starts [chains, d] @param steps of every chain @param every steps between the states that are kept
 * @throws InputError when the energy is finite at none of the starts
 */
export function* exploreSteps(
  energy: EnergyEvaluator, domain: Domain, starts: Float64Array, { steps, every, key }: {
    readonly steps: number; readonly every: number; readonly key: Key
  },
): Steps<Exploration> {
  const x = finiteOf(energy, starts);
  yield* fallSteps(energy, domain, x);
  const chains = new AdaptiveChains(energy, domain, x, key);
  const kept: Float64Array[] = [];
  const values: Float64Array[] = [];
  for (let step = 0; step < steps; step++) {
    chains.advance(step);
    if (2 * step >= steps && step % every === 0) {
      kept.push(chains.x.slice());
      values.push(chains.energies.slice());
    }
    yield;
  }
  return { positions: joined(kept), energies: joined(values), last: chains.x };
}

const joined = (parts: readonly Float64Array[]): Float64Array => {
  const all = new Float64Array(parts.reduce((sum, { length }) => sum + length, 0));
  parts.reduce((at, part) => { all.set(part, at); return at + part.length; }, 0);
  return all;
};

/** Starts where U and ∇U are finite, in place of those where they are not. */
function finiteOf(energy: EnergyEvaluator, starts: Float64Array): Float64Array {
  const d = energy.dimension;
  const good = finiteRows(energy, starts);
  const n = starts.length / d;
  if (good.length === 0) throw new InputError(
    `the energy is finite at none of ${n} points from ${SMALLEST_RADIUS} to 1000 round the origin; give a box or a base`
  );
  const x = new Float64Array(n * d);
  for (let i = 0; i < n; i++) {
    const from = good[i % good.length];
    x.set(starts.subarray(from * d, (from + 1) * d), i * d);
  }
  return x;
}

/** Which points have a finite energy and gradient. @param points [n, d] */
export function finiteRows(energy: EnergyEvaluator, points: Float64Array): number[] {
  const d = energy.dimension;
  const n = points.length / d;
  const [energies, gradients] = [new Float64Array(n), new Float64Array(n * d)];
  energy.energiesAndGradients(points, n, energies, gradients);
  return Array.from(energies.keys()).filter((i) =>
    Number.isFinite(energies[i]) && gradients.subarray(i * d, (i + 1) * d).every(Number.isFinite));
}

/**
 * Points from far out come down in place, each coordinate by the sign of its slope alone, so that no scale needs to be
 * known; a step up is taken back.
 * @see Riedmiller & Braun 1993, "A direct adaptive method for faster backpropagation learning: the RPROP algorithm"
 */
function* fallSteps(energy: EnergyEvaluator, domain: Domain, x: Float64Array): Steps<void> {
  const d = domain.length;
  const n = x.length / d;
  const [energies, gradients] = [new Float64Array(n), new Float64Array(n * d)];
  const [tried, triedEnergies, triedGradients] = [x.slice(), energies.slice(), gradients.slice()];
  energy.energiesAndGradients(x, n, energies, gradients);
  const steps = new Float64Array(n * d);
  for (let i = 0; i < n; i++) {
    const radius = Math.sqrt(x.subarray(i * d, (i + 1) * d).reduce((sum, value) => sum + value * value, 0) / d);
    steps.fill(FIRST_FALL * Math.max(radius, SMALLEST_RADIUS), i * d, (i + 1) * d);
  }
  for (let turn = 0; turn < FALLS; turn++) {
    const low = energies.slice().sort()[Math.floor(LOW_QUANTILE * n)] + FAR + FAR_PER_COORDINATE * d;
    if (energies.every((value) => value <= low)) return;
    tried.set(x);
    for (let at = 0; at < n * d; at++) {
      const { kind, low: wall, high } = domain[at % d];
      if (energies[Math.floor(at / d)] <= low) continue;
      const moved = x[at] - Math.sign(gradients[at]) * steps[at];
      tried[at] = kind === 'interval' ? Math.min(high, Math.max(wall, moved)) : moved;
    }
    wrapCircles(domain, tried, n);
    energy.energiesAndGradients(tried, n, triedEnergies, triedGradients);
    for (let i = 0; i < n; i++) {
      if (energies[i] <= low) continue;
      const down = triedEnergies[i] < energies[i];
      for (let at = i * d; at < (i + 1) * d; at++) {
        const turned = down && triedGradients[at] * gradients[at] < 0;
        steps[at] *= !down || turned ? FALL_SHRINKS : FALL_GROWS;
        if (down) [x[at], gradients[at]] = [tried[at], triedGradients[at]];
      }
      if (down) energies[i] = triedEnergies[i];
    }
    yield;
  }
}

/** Chains of the Metropolis-adjusted Langevin kernel, each with scales from its own slopes. */
class AdaptiveChains {
  readonly energies: Float64Array;
  private readonly gradients: Float64Array;
  private readonly squares: Float64Array;
  private readonly sizes: Float64Array;
  private readonly proposals: Float64Array;
  private readonly newEnergies: Float64Array;
  private readonly newGradients: Float64Array;
  private readonly n: number;

  constructor(
    private readonly energy: EnergyEvaluator, private readonly domain: Domain, readonly x: Float64Array,
    private readonly key: Key,
  ) {
    const n = x.length / domain.length;
    this.n = n;
    [this.energies, this.newEnergies] = [new Float64Array(n), new Float64Array(n)];
    [this.gradients, this.newGradients, this.proposals] = [0, 1, 2].map(() => new Float64Array(x.length));
    this.sizes = new Float64Array(n).fill(0.1);
    energy.energiesAndGradients(x, n, this.energies, this.gradients);
    this.squares = this.gradients.map((slope) => slope * slope + Number.MIN_VALUE);
  }

  advance(step: number): void {
    const { n, domain, energy, x, proposals, newEnergies, newGradients, gradients, energies, squares, sizes } = this;
    const d = domain.length;
    const normals = new Float64Array(n * d);
    const uniforms = new Float64Array(n);
    fillNormalRows(foldIn(foldIn(this.key, 'normals'), step), 0, n, d, normals);
    fillUniformRows(foldIn(foldIn(this.key, 'uniforms'), step), 0, n, 1, uniforms);
    const width = (at: number): number => Math.sqrt((2 * sizes[Math.floor(at / d)]) / squares[at]);
    const drift = (at: number, slope: number): number =>
      Math.min(TRUNCATION, Math.max(-TRUNCATION, 0.5 * width(at) * slope));
    for (let at = 0; at < n * d; at++)
      proposals[at] = x[at] + width(at) * (normals[at] - drift(at, gradients[at]));
    wrapCircles(domain, proposals, n);
    energy.energiesAndGradients(proposals, n, newEnergies, newGradients);
    const walls = wallsOf(domain);
    for (let i = 0; i < n; i++) {
      let logRatio = isOutside(walls, proposals, i, d) ? Number.NaN : energies[i] - newEnergies[i];
      for (let at = i * d; at < (i + 1) * d; at++) {
        const both = drift(at, gradients[at]) + drift(at, newGradients[at]);
        logRatio += both * (normals[at] - 0.5 * both);
      }
      const accepted = Math.log(uniforms[i]) < logRatio;
      sizes[i] = Math.min(STEPS_BOUND, sizes[i] * (accepted ? GROW : SHRINK));
      if (!accepted) continue;
      energies[i] = newEnergies[i];
      for (let at = i * d; at < (i + 1) * d; at++) {
        x[at] = proposals[at];
        gradients[at] = newGradients[at];
        squares[at] += FORGET * (gradients[at] * gradients[at] - squares[at]);
      }
    }
  }
}
