/**
 * Metropolis-adjusted Langevin with truncated drift (Roberts & Tweedie 1996, "MALTA"): exact at every step size.
 * Proposals beyond a wall have density zero and are refused. Truncation, per coordinate and at TRUNCATION noise widths,
 * is idle in the bulk and lets a chain that starts far out on a steep wall walk down instead of overshooting for ever.
 * Step sizes may be drawn over decades: one per step and chain, the same in the proposal and in its Metropolis ratio.
 */
import { isOutside, wallsOf, wrapCircles } from '../targets/domain.ts';
import { checkAdvance, type Kernel } from './kernel.ts';
import { fillNoise } from './noise.ts';
import { referenceDrop, slopeFactors, slopesAt, slopeScratch, termsOf } from './reference.ts';
import { acceptanceOver, checkedDecades, decadesOption, drawnStepSizes } from './stepDecades.ts';

const TRUNCATION = 4;

const made = new Map<number, Kernel>();

/**
 * The same object for the same options. @param options.stepDecades each step draws its size from so many decades below
 * the chain's step size, log-uniformly; default 0: the step size itself
 * @throws InputError unless finite and >= 0
 */
export function malaOver(options: { readonly stepDecades?: number } = {}): Kernel {
  const stepDecades = checkedDecades('mala', options.stepDecades ?? 0);
  const known = made.get(stepDecades);
  if (known !== undefined) return known;
  const kernel: Kernel = {
    name: 'mala',
    options: decadesOption(stepDecades),
    exact: true,
    defaultStepSize: 0.1,
    stepSizeUnit: 'time',
    targetAcceptance: acceptanceOver(stepDecades, 0.574), // Roberts & Rosenthal 1998
    advance: (...call) => advance(stepDecades, ...call),
  };
  made.set(stepDecades, kernel);
  return kernel;
}

export const mala = malaOver();

function advance(stepDecades: number, ...[state, energy, domain, steps]: Parameters<Kernel['advance']>): void {
  checkAdvance('mala', state, energy, domain, steps);
  const {
    chains, dimension: d, positions, energies, gradients, inverseTemperatures, stepSizes, accepted, proposed,
    nonFinite
  } = state;
  const normals = new Float64Array(chains * d);
  const uniforms = new Float64Array(chains);
  const [sides, drawn] = [new Float64Array(chains), new Float64Array(chains)];
  const proposals = new Float64Array(chains * d);
  const proposalEnergies = new Float64Array(chains);
  const proposalGradients = new Float64Array(chains * d);
  const walls = wallsOf(domain);
  const reference = termsOf(state);
  const factors = slopeFactors(state, reference);
  const [hereScratch, thereScratch] = [slopeScratch(state, reference), slopeScratch(state, reference)];
  for (let s = 0; s < steps; s++) {
    fillNoise(state, normals, uniforms, sides);
    const stepOf = drawnStepSizes(stepDecades, stepSizes, sides, drawn);
    const here = slopesAt(state, reference, positions, gradients, hereScratch);
    for (let i = 0; i < chains; i++) {
      const width = Math.sqrt(2 * stepOf[i]);
      const scale = 0.5 * width * factors[i];
      for (let j = i * d; j < (i + 1) * d; j++) {
        const drift = Math.min(TRUNCATION, Math.max(-TRUNCATION, scale * here[j]));
        proposals[j] = positions[j] + width * (normals[j] - drift); // y = x − hβ∇U(x) + √(2h) z
      }
    }
    wrapCircles(domain, proposals, chains);
    energy.energiesAndGradients(proposals, chains, proposalEnergies, proposalGradients);
    const there = slopesAt(state, reference, proposals, proposalGradients, thereScratch);
    for (let i = 0; i < chains; i++) {
      const scale = 0.5 * Math.sqrt(2 * stepOf[i]) * factors[i];
      let logRatio = inverseTemperatures[i] * (energies[i] - proposalEnergies[i]);
      if (reference !== null) logRatio += referenceDrop(reference, positions, proposals, i);
      // log q(x|y) − log q(y|x) in units of the noise: −½ Σ [(e − z)² − z²], e = the two drifts together. Written
      // in displacements, so that crossing a circle's seam needs no care.
      for (let j = i * d; j < (i + 1) * d; j++) {
        const drifts = Math.min(TRUNCATION, Math.max(-TRUNCATION, scale * here[j]))
          + Math.min(TRUNCATION, Math.max(-TRUNCATION, scale * there[j]));
        logRatio += drifts * (normals[j] - 0.5 * drifts);
      }
      proposed[i] += 1;
      if (isOutside(walls, proposals, i, d)) continue;
      if (!Number.isFinite(logRatio)) {
        nonFinite[i] += 1;
      } else if (logRatio >= 0 || uniforms[i] < Math.exp(logRatio)) {
        accepted[i] += 1;
        energies[i] = proposalEnergies[i];
        for (let j = i * d; j < (i + 1) * d; j++) {
          positions[j] = proposals[j];
          gradients[j] = proposalGradients[j];
        }
      }
    }
    state.step += 1;
  }
}
