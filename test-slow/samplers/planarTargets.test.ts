/** Parallel tempering against quadrature on every built-in target of two dimensions. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { keyFromSeed } from '../../src/engine/random.ts';
import { createParallelTempering } from '../../src/samplers/parallelTempering.ts';
import { annulus } from '../../src/targets/annulus.ts';
import { compileEnergy } from '../../src/targets/compile.ts';
import { himmelblau } from '../../src/targets/himmelblau.ts';
import { multipleWell } from '../../src/targets/multipleWell.ts';
import { periodicWell } from '../../src/targets/periodicWell.ts';
import { threeWell } from '../../src/targets/threeWell.ts';
import { targetTruth } from '../../src/targets/truth.ts';

const LADDERS = 16;

/** Mean and standard error over ladders of one function of n round-major samples. */
function overLadders(n: number, f: (sample: number) => number): { mean: number; standardError: number } {
  const means = new Float64Array(LADDERS);
  for (let i = 0; i < n; i++) means[i % LADDERS] += (f(i) * LADDERS) / n;
  const mean = means.reduce((a, b) => a + b, 0) / LADDERS;
  return { mean, standardError: Math.sqrt(means.reduce((a, b) => a + (b - mean) ** 2, 0) / (LADDERS - 1) / LADDERS) };
}

describe('parallel tempering against quadrature', () => {
  for (const [target, hottest, replicas] of [[threeWell, 0.1, 5], [himmelblau, 0.01, 6], [multipleWell, 0.1, 6], [annulus, 0.2, 6], [periodicWell, 0.2, 8]] as const) {
    for (const kernel of ['mala', 'hmc'] as const) {
      it(`${target.name}, ${kernel}: log Z, masses of modes and observables`, () => {
        const energy = compileEnergy(target);
        const truth = targetTruth(target, energy);
        const run = createParallelTempering({
          energy, base: target.base, inverseTemperatures: { hottest, replicas }, ladders: LADDERS, kernel, stepsPerRound: kernel === 'hmc' ? 2 : 10, warmupRounds: 500, rounds: 4000, key: keyFromSeed(5),
        });
        run.advance(4500);
        const { positions, samples, logZ, warnings } = run.result();
        assert.deepEqual(warnings.filter(({ severity }) => severity === 'warning'), []);
        assert.ok(logZ !== null && truth.logZ !== null && logZ.standardError < 0.05 && Math.abs(logZ.value - truth.logZ) < 4 * logZ.standardError, `log Z ${logZ?.value} ± ${logZ?.standardError}, exact ${truth.logZ}`);
        const point = (i: number): Float64Array => positions.subarray(2 * i, 2 * i + 2);
        const compare = (name: string, exact: number | null, f: (x: Float64Array) => number): void => {
          if (exact === null) return;
          const { mean, standardError } = overLadders(samples, (i) => f(point(i)));
          // A mode that no ladder's error sees (mass near 0) is compared in absolute terms.
          assert.ok(Math.abs(mean - exact) < Math.max(5 * standardError, 1e-3), `${name}: ${mean} ± ${standardError}, exact ${exact}`);
        };
        target.observables.forEach(({ name, value }, k) => compare(name, truth.observables[k], value));
        const modes = target.modes;
        modes?.names.forEach((name, k) => compare(name, truth.modeMasses?.[k] ?? null, (x) => (modes.assign(x) === k ? 1 : 0)));
      });
    }
  }
});
