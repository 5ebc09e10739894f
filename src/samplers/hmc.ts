/**
 * Hamiltonian Monte Carlo (Neal 2011): leapfrog, unit masses, Metropolis at the end of each trajectory; exact.
 * Trajectories
 * that end beyond a wall are refused; on the way they may go there and return, along the energy's continuation.
 */
import { InputError } from '../errors.ts';
import { isOutside, wallsOf, wrapCircles } from '../targets/domain.ts';
import { checkAdvance, type Kernel } from './kernel.ts';
import { fillNoise } from './noise.ts';
import { referenceDrop, slopeFactors, slopesAt, slopeScratch, termsOf } from './reference.ts';

/** Step sizes vary by ± this fraction from trajectory to trajectory, so that no period of the target resonates. */
const JITTER = 0.2;

const made = new Map<number, Kernel>();

/**
 * The same object for the same options. @param options.leapfrogSteps evaluations per step of the chain, default 8
 * @throws InputError if not a positive integer
 */
export function hmc(options: { readonly leapfrogSteps?: number } = {}): Kernel {
  const leapfrogSteps = options.leapfrogSteps ?? 8;
  if (!Number.isInteger(leapfrogSteps) || leapfrogSteps < 1) {
    throw new InputError(`hmc: leapfrogSteps must be a positive integer, got ${leapfrogSteps}`);
  }
  const known = made.get(leapfrogSteps);
  if (known !== undefined) return known;
  const kernel: Kernel = {
    name: 'hmc',
    options: { leapfrogSteps },
    exact: true,
    defaultStepSize: 0.2,
    stepSizeUnit: 'length',
    targetAcceptance: 0.75, // between the optimum 0.651 of Beskos et al. 2013 and what short trajectories like
    advance(state, energy, domain, steps) {
      checkAdvance('hmc', state, energy, domain, steps);
      const {
        chains, dimension: d, positions, energies, gradients, inverseTemperatures, accepted, proposed, nonFinite
      } = state;
      const momenta = new Float64Array(chains * d);
      const uniforms = new Float64Array(chains);
      const sides = new Float64Array(chains);
      const epsilons = new Float64Array(chains);
      const kinetic = new Float64Array(chains);
      const q = new Float64Array(chains * d);
      const qEnergies = new Float64Array(chains);
      const qGradients = new Float64Array(chains * d);
      const walls = wallsOf(domain);
      const left = new Uint8Array(chains); // whether a trajectory has been beyond a wall
      const reference = termsOf(state);
      const factors = slopeFactors(state, reference);
      const scratch = slopeScratch(state, reference);
      for (let s = 0; s < steps; s++) {
        fillNoise(state, momenta, uniforms, sides);
        left.fill(0);
        q.set(positions);
        qGradients.set(gradients);
        const start = slopesAt(state, reference, q, qGradients, scratch);
        for (let i = 0; i < chains; i++) {
          epsilons[i] = state.stepSizes[i] * (1 + JITTER * (2 * sides[i] - 1));
          kinetic[i] = kineticEnergy(momenta, i, d);
          kick(momenta, start, 0.5 * epsilons[i] * factors[i], i, d);
        }
        for (let leap = 1; leap <= leapfrogSteps; leap++) {
          for (let i = 0; i < chains; i++) {
            for (let j = i * d; j < (i + 1) * d; j++) q[j] += epsilons[i] * momenta[j];
          }
          wrapCircles(domain, q, chains);
          for (let i = 0; i < chains; i++) if (isOutside(walls, q, i, d)) left[i] = 1;
          energy.energiesAndGradients(q, chains, qEnergies, qGradients);
          const slopes = slopesAt(state, reference, q, qGradients, scratch);
          const share = leap === leapfrogSteps ? 0.5 : 1;
          for (let i = 0; i < chains; i++) kick(momenta, slopes, share * epsilons[i] * factors[i], i, d);
        }
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
            accepted[i] += 1;
            energies[i] = qEnergies[i];
            for (let j = i * d; j < (i + 1) * d; j++) {
              positions[j] = q[j];
              gradients[j] = qGradients[j];
            }
          }
        }
        state.step += 1;
      }
    },
  };
  made.set(leapfrogSteps, kernel);
  return kernel;
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
