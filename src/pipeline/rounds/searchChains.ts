/** Chains of an exact kernel in one well: what it holds, and samples of it. */
import { foldIn, type Key } from '../../engine/random.ts';
import { fillNormalRows } from '../../engine/simd/rows.ts';
import { power } from '../../numerics/power.ts';
import type { Steps } from '../../pausing.ts';
import { createChains, resetCounts, type ChainState } from '../../samplers/chainState.ts';
import { mala } from '../../samplers/mala.ts';
import { isOutside, wallsOf, type Coordinate, type Domain } from '../../targets/domain.ts';
import type { EnergyEvaluator } from '../../targets/energyEvaluator.ts';
import { framedEvaluator, outward, type Frame } from '../../targets/frame.ts';
import { frameOfWell, type WellLaw } from './searchMetric.ts';

export const CHAINS = 64;
/** Adaptations of the step size, and steps before each. */
const ADAPTATIONS = 20;
const STEPS = 10;
/** Step size of a normal well in d coordinates over d^(−1/3), and steps between draws. */
const FIRST_STEP = 0.8;
const EVERY = 4;
/** Deviations of the starts. */
const STARTS = 0.5;

export interface WellSamples {
  /** Draw by draw, all chains of each, in standard units. [draws, chains, d] */
  readonly points: Float64Array;
  readonly energies: Float64Array;
  /** Of the chains since they began. */
  readonly evaluations: number;
}

/** U in the well's own units: infinite beyond walls. */
function energyOfWell(energy: EnergyEvaluator, domain: Domain, frame: Frame): EnergyEvaluator {
  const inside = framedEvaluator(frame, energy);
  const walls = wallsOf(domain);
  if (walls === null) return inside;
  const refuse = (w: Float64Array, n: number, energies: Float64Array): void => {
    const z = outward(frame, w, n);
    for (let i = 0; i < n; i++) if (isOutside(walls, z, i, domain.length)) energies[i] = Infinity;
  };
  return {
    dimension: inside.dimension,
    energies(w, n, energies) {
      inside.energies(w, n, energies);
      refuse(w, n, energies);
    },
    energiesAndGradients(w, n, energies, gradients) {
      inside.energiesAndGradients(w, n, energies, gradients);
      refuse(w, n, energies);
    },
  };
}

/** Chains about the middle of a well, with a step size of their own, that can be drawn from again and again. */
export class WellChains {
  private readonly frame: Frame;
  private readonly energy: EnergyEvaluator;
  private readonly state: ChainState;
  private readonly lines: Domain;
  private evaluations = 0;

  constructor(energy: EnergyEvaluator, private readonly domain: Domain, law: WellLaw, key: Key) {
    const d = domain.length;
    this.frame = frameOfWell(law);
    this.energy = energyOfWell(energy, domain, this.frame);
    // Circles are not wrapped in the well's own units.
    this.lines = domain.map((): Coordinate => ({ kind: 'real', low: -1, high: 1 }));
    const starts = new Float64Array(CHAINS * d);
    fillNormalRows(foldIn(key, 'starts'), 0, CHAINS, d, starts);
    for (let at = 0; at < starts.length; at++) starts[at] *= STARTS;
    const [energies, gradients] = [new Float64Array(CHAINS), new Float64Array(CHAINS * d)];
    this.energy.energiesAndGradients(starts, CHAINS, energies, gradients);
    for (let i = 0; i < CHAINS; i++) {
      const own = gradients.subarray(i * d, (i + 1) * d);
      if (!Number.isFinite(energies[i]) || !own.every(Number.isFinite)) starts.fill(0, i * d, (i + 1) * d);
    }
    this.state = createChains({
      energy: this.energy, positions: starts, inverseTemperatures: 1, key: foldIn(key, 'chains'),
      stepSizes: FIRST_STEP * power(d, -1 / 3),
    });
  }

  /** Until the step size is right and the starts are forgotten. */
  *warmUp(): Steps<void> {
    const { state } = this;
    for (let turn = 0; turn < ADAPTATIONS; turn++) {
      resetCounts(state);
      this.advance(STEPS);
      const accepted = state.accepted.reduce((sum, value) => sum + value, 0) / (CHAINS * STEPS);
      const factor = Math.exp(accepted - (mala.targetAcceptance ?? 0));
      for (let i = 0; i < CHAINS; i++) state.stepSizes[i] *= factor;
      yield;
    }
  }

  private advance(steps: number): void {
    mala.advance(this.state, this.energy, this.lines, steps);
    this.evaluations += CHAINS * steps;
  }

  *draw(draws: number): Steps<WellSamples> {
    const d = this.domain.length;
    const points = new Float64Array(draws * CHAINS * d);
    const energies = new Float64Array(draws * CHAINS);
    const logDet = this.frame.turn?.logDet ?? 0;
    for (let row = 0; row < draws; row++) {
      this.advance(EVERY);
      points.set(outward(this.frame, this.state.positions, CHAINS), row * CHAINS * d);
      for (let i = 0; i < CHAINS; i++) energies[row * CHAINS + i] = this.state.energies[i] + logDet;
      yield;
    }
    return { points, energies, evaluations: this.evaluations };
  }
}
