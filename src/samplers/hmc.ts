/**
 * Hamiltonian Monte Carlo (Neal 2011): leapfrog, unit masses, Metropolis at the end of each trajectory; exact.
 * Trajectories that end beyond a wall are refused; on the way they may go there and return, along the energy's
 * continuation.
 */
import { InputError } from '../errors.ts';
import { isOutside, wallsOf, wrapCircles, type Domain } from '../targets/domain.ts';
import type { EnergyEvaluator } from '../targets/energyEvaluator.ts';
import type { ChainState } from './chainState.ts';
import { checkAdvance, type Kernel } from './kernel.ts';
import { fillNoise } from './noise.ts';
import { referenceDrop, slopeFactors, slopesAt, slopeScratch, termsOf } from './reference.ts';
import { acceptanceOver, checkedDecades, decadesOption, drawnStepSizes } from './stepDecades.ts';

/** Step sizes vary by ± this fraction from trajectory to trajectory, so that no period of the target resonates. */
const JITTER = 0.2;

export interface HmcOptions {
  /** Evaluations per step of the chain. Default 8. */
  readonly leapfrogSteps?: number;
  /**
   * Each trajectory draws its step size from so many decades below the chain's, log-uniformly. Default 0: the chain's.
   */
  readonly stepDecades?: number;
}

const made = new Map<string, Kernel>();

/** The same object for the same options. @throws InputError for options that make no sense */
export function hmc(options: HmcOptions = {}): Kernel {
  const leapfrogSteps = options.leapfrogSteps ?? 8;
  if (!Number.isInteger(leapfrogSteps) || leapfrogSteps < 1) {
    throw new InputError(`hmc: leapfrogSteps must be a positive integer, got ${leapfrogSteps}`);
  }
  const stepDecades = checkedDecades('hmc', options.stepDecades ?? 0);
  const name = `${leapfrogSteps} ${stepDecades}`;
  const known = made.get(name);
  if (known !== undefined) return known;
  const kernel: Kernel = {
    name: 'hmc',
    options: { leapfrogSteps, ...decadesOption(stepDecades) },
    exact: true,
    defaultStepSize: 0.2,
    stepSizeUnit: 'length',
    // Between the optimum 0.651 of Beskos et al. 2013 and what short trajectories like.
    targetAcceptance: acceptanceOver(stepDecades, 0.75),
    advance(state, energy, domain, steps) {
      checkAdvance('hmc', state, energy, domain, steps);
      const trajectories = new Trajectories(state, energy, domain, stepDecades);
      for (let s = 0; s < steps; s++) {
        trajectories.start();
        for (let leap = 1; leap <= leapfrogSteps; leap++) {
          const share = leap === leapfrogSteps ? 0.5 : 1;
          trajectories.leap(share);
        }
        trajectories.judge();
        state.step += 1;
      }
    },
  };
  made.set(name, kernel);
  return kernel;
}

/** Of all chains at once: where the trajectories of a step are, with the buffers that they need. */
class Trajectories {
  private readonly momenta: Float64Array;
  private readonly uniforms: Float64Array;
  private readonly sides: Float64Array;
  private readonly epsilons: Float64Array;
  /** Kinetic energies at the start. */
  private readonly kinetic: Float64Array;
  private readonly q: Float64Array;
  private readonly qEnergies: Float64Array;
  private readonly qGradients: Float64Array;
  /** Whether a trajectory has been beyond a wall. */
  private readonly left: Uint8Array;
  private readonly walls: ReturnType<typeof wallsOf>;
  private readonly reference: ReturnType<typeof termsOf>;
  private readonly factors: Float64Array;
  private readonly scratch: ReturnType<typeof slopeScratch>;

  constructor(
    private readonly state: ChainState, private readonly energy: EnergyEvaluator, private readonly domain: Domain,
    private readonly stepDecades: number
  ) {
    const { chains, dimension: d } = state;
    this.momenta = new Float64Array(chains * d);
    this.uniforms = new Float64Array(chains);
    this.sides = new Float64Array(chains);
    this.epsilons = new Float64Array(chains);
    this.kinetic = new Float64Array(chains);
    this.q = new Float64Array(chains * d);
    this.qEnergies = new Float64Array(chains);
    this.qGradients = new Float64Array(chains * d);
    this.left = new Uint8Array(chains);
    this.walls = wallsOf(domain);
    this.reference = termsOf(state);
    this.factors = slopeFactors(state, this.reference);
    this.scratch = slopeScratch(state, this.reference);
  }

  /** Draw the momenta, and half a kick. */
  start(): void {
    const { state, momenta, sides, epsilons, kinetic, factors, q, qGradients } = this;
    const { chains, dimension: d, stepSizes } = state;
    fillNoise(state, momenta, this.uniforms, sides);
    this.left.fill(0);
    q.set(state.positions);
    qGradients.set(state.gradients);
    const slopes = slopesAt(state, this.reference, q, qGradients, this.scratch);
    const stepOf = drawnStepSizes(this.stepDecades, stepSizes, sides, epsilons);
    for (let i = 0; i < chains; i++) {
      epsilons[i] = stepOf[i] * (1 + JITTER * (2 * sides[i] - 1));
      kinetic[i] = kineticEnergy(momenta, i, d);
      kick(momenta, slopes, 0.5 * epsilons[i] * factors[i], i, d);
    }
  }

  /** Drift, and a kick. @param share of a whole one */
  leap(share: number): void {
    const { state, momenta, epsilons, factors, q, qGradients, walls, left } = this;
    const { chains, dimension: d } = state;
    for (let i = 0; i < chains; i++) {
      for (let j = i * d; j < (i + 1) * d; j++) q[j] += epsilons[i] * momenta[j];
    }
    wrapCircles(this.domain, q, chains);
    for (let i = 0; i < chains; i++) if (isOutside(walls, q, i, d)) left[i] = 1;
    this.energy.energiesAndGradients(q, chains, this.qEnergies, qGradients);
    const slopes = slopesAt(state, this.reference, q, qGradients, this.scratch);
    for (let i = 0; i < chains; i++) kick(momenta, slopes, share * epsilons[i] * factors[i], i, d);
  }

  /** Metropolis at the ends. */
  judge(): void {
    const { momenta, uniforms, kinetic, q, qEnergies, left, walls, reference } = this;
    const { chains, dimension: d, positions, energies, inverseTemperatures, proposed, nonFinite } = this.state;
    for (let i = 0; i < chains; i++) {
      let logRatio =
        inverseTemperatures[i] * (energies[i] - qEnergies[i]) + kinetic[i] - kineticEnergy(momenta, i, d);
      if (reference !== null) logRatio += referenceDrop(reference, positions, q, i);
      proposed[i] += 1;
      if (isOutside(walls, q, i, d)) continue;
      if (!Number.isFinite(logRatio)) {
        // Beyond a wall the energy need not be finite.
        nonFinite[i] += 1 - left[i];
      } else if (logRatio >= 0 || uniforms[i] < Math.exp(logRatio)) {
        this.accept(i);
      }
    }
  }

  private accept(i: number): void {
    const { q, qEnergies, qGradients } = this;
    const { dimension: d, positions, energies, gradients, accepted } = this.state;
    accepted[i] += 1;
    energies[i] = qEnergies[i];
    for (let j = i * d; j < (i + 1) * d; j++) {
      positions[j] = q[j];
      gradients[j] = qGradients[j];
    }
  }
}

function kineticEnergy(momenta: Float64Array, i: number, d: number): number {
  let sum = 0;
  for (let j = i * d; j < (i + 1) * d; j++) sum += momenta[j] * momenta[j];
  return 0.5 * sum;
}

/** p ← p − scale · slope, for chain i. */
function kick(momenta: Float64Array, slopes: Float64Array, scale: number, i: number, d: number): void {
  for (let j = i * d; j < (i + 1) * d; j++) momenta[j] -= scale * slopes[j];
}
