/** Quantum distillation: the particles that one ladder left at each of its λ train the flows of another. */
import { foldIn } from '../../engine/random.ts';
import type { EnergyEvaluator } from '../../targets/energyEvaluator.ts';
import { pathEvaluator } from '../../targets/path.ts';
import type { Target } from '../../targets/target.ts';
import type { Draws } from '../bank/pool.ts';
import type { Journal } from '../journal.ts';
import { float64 } from '../phase.ts';
import { equallyWeighted, essOf, type Particles } from '../../samplers/particles.ts';

/**
 * Of a finished ladder: its particles are weighted, so resampled; the last of them are held out.
 * @param lambdas of its stages @param share that is held out
 */
export function particleDraws(
  journal: Journal, lambdas: readonly number[], { dimension: d, base }: Target, energy: EnergyEvaluator, share: number,
): Draws {
  const at = (lambda: number): Particles => {
    const found = journal.stage(lambdas.indexOf(lambda) + 1).phase('particles');
    if (found === null) throw new Error(`the classical ladder has no particles at λ = ${lambda}`);
    return { points: float64(found.arrays['samples']), logWeights: float64(found.arrays['logWeights']) };
  };
  return {
    effectiveSize: (lambda) => {
      const { logWeights } = at(lambda);
      return essOf(logWeights) * logWeights.length;
    },
    sample(lambda, n, held, key) {
      const { points, logWeights } = at(lambda);
      const cut = Math.round((1 - share) * logWeights.length);
      const part = (from: number, to: number, count: number, name: string): Float64Array => equallyWeighted(
        { points: points.subarray(from * d, to * d), logWeights: logWeights.subarray(from, to) }, count, 'multinomial',
        foldIn(key, name),
      );
      const samples = new Float64Array(n * d);
      samples.set(part(0, cut, n - held, 'training'));
      samples.set(part(cut, logWeights.length, held, 'held-out'), (n - held) * d);
      const energies = new Float64Array(n);
      pathEvaluator(base, energy, lambda).energies(samples, n, energies);
      return { samples, energies };
    },
  };
}
