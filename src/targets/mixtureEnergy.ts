/** −log p of a mixture and its gradient in vector code. */
import { pointPrograms } from '../engine/pointProgram.ts';
import { valueAndGradient, type Array as NpArray } from '../engine/numpy.ts';
import type { ScalarLoop } from '../engine/scalar.ts';
import { trace } from '../engine/trace.ts';
import { addMixtureEnergies, mixtureProgram, type Mixture } from './mixture.ts';
import { compileLoops } from './tracedPrograms.ts';

interface Loops {
  readonly energy: ScalarLoop;
  readonly both: ScalarLoop;
}

const known = new WeakMap<Mixture, Loops>();

function loopsOf(mixture: Mixture, d: number): Loops {
  const before = known.get(mixture);
  if (before !== undefined) return before;
  const program = mixtureProgram(mixture);
  const energy = (x: NpArray): NpArray => program(x.reshape([1, d])).reshape([]);
  const specs = [{ shape: [d] }];
  const { loops: [value, both] } = compileLoops('mixture', pointPrograms(
    trace(energy, specs), trace((...args) => valueAndGradient(energy)(...args), specs),
  ));
  const made = { energy: value, both };
  known.set(mixture, made);
  return made;
}

/**
 * −log p of n points, and where they are asked for its gradients. A point's values do not depend on the batch that it
 * is in.
 * @param x [n, d] @param energies receives [n] @param gradients receives [n, d]
 */
export function mixtureEnergies(
  mixture: Mixture, d: number, x: Float64Array, n: number, energies: Float64Array, gradients: Float64Array | null,
): void {
  if (n === 0) return;
  const { energy, both } = loopsOf(mixture, d);
  if (gradients === null) energy(n, [x], [energies]);
  else both(n, [x], [energies, gradients]);
  // So far out that no component's density is a number above zero, differences of their logs are none.
  for (let i = 0; i < n; i++) {
    if (Number.isFinite(energies[i])) continue;
    const row = (values: Float64Array): Float64Array => values.subarray(i * d, (i + 1) * d);
    energies[i] = 0;
    if (gradients !== null) row(gradients).fill(0);
    addMixtureEnergies(
      mixture, d, row(x), 1, energies.subarray(i, i + 1), gradients === null ? null : row(gradients),
    );
  }
}
