/** Posteriors that are seen a mini-batch at a time: weighted samples of the flow against a long tempering on all of the data. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { loadTarget } from '../src/cli/loadTarget.ts';
import { foldIn, keyFromSeed } from '../src/engine/random.ts';
import { chainMean } from '../src/estimators/autocorrelation.ts';
import { settingsFor } from '../src/experiments/presets.ts';
import { memoryJournal } from '../src/pipeline/journal.ts';
import { runPipeline } from '../src/pipeline/run.ts';
import { valuesOf } from '../src/targets/pointValues.ts';
import { createParallelTempering } from '../src/samplers/parallelTempering.ts';
import { compileEnergy } from '../src/targets/compile.ts';
import { differenceTarget } from '../src/targets/path.ts';
import { poisson8d } from '../src/targets/poisson8d.ts';
import type { Target } from '../src/targets/target.ts';

const LADDERS = 32;
/** Of some dozens of comparisons the largest has this size in one of a thousand tests. */
const WORST = 4.5;

/** Means of the observables and their errors, from chains on the energy itself. */
function reference(target: Target, rounds: number, hottest: number, replicas: number): ReturnType<typeof chainMean>[] {
  const tempering = createParallelTempering({
    energy: compileEnergy(differenceTarget(target)), base: target.base, reference: target.base, inverseTemperatures: { hottest, replicas },
    ladders: LADDERS, warmupRounds: 200, rounds, stepsPerRound: 10, key: foldIn(keyFromSeed(77), target.name),
  });
  tempering.advance(rounds + 200);
  const { positions } = tempering.result();
  return target.observables.map(({ value }) => {
    const values = valuesOf(positions, target.dimension, value);
    return chainMean(Float64Array.from({ length: values.length }, (_, i) => values[(i % rounds) * LADDERS + Math.floor(i / rounds)]), LADDERS);
  });
}

const { target: penguins } = await loadTarget(fileURLToPath(new URL('../examples/penguins/target.ts', import.meta.url)));

for (const { target, hottest, replicas } of [{ target: penguins, hottest: 0.003, replicas: 12 }, { target: poisson8d, hottest: 0.02, replicas: 7 }]) {
  describe(target.name, () => {
    it('agrees with tempering on all of the data, observable by observable', async (t) => {
      const { result } = await runPipeline({
        target, settings: settingsFor(target, 'default', { compared: 0, samples: 100_000 }), seed: 3,
        surroundings: { journal: memoryJournal(), emit: () => undefined, signal: new AbortController().signal, now: () => performance.now(), breathe: () => Promise.resolve() },
      });
      const means = reference(target, 1200, hottest, replicas);
      const errors = result.generation.observables.map(({ name, value, standardError }, k) => ({ name, z: ((value ?? NaN) - means[k].value) / Math.hypot(standardError ?? NaN, means[k].standardError) }));
      t.diagnostic(errors.map(({ name, z }) => `${name} ${z.toFixed(1)}`).join(', '));
      for (const { name, z } of errors) assert.ok(Math.abs(z) < WORST, `${name}: ${z} standard errors`);
      for (const { name, weighted, exact } of result.generation.modes) {
        assert.ok(exact !== null && Math.abs((weighted.value ?? NaN) - exact) < 5 * (weighted.standardError ?? NaN), `mode ${name}: ${weighted.value} ± ${weighted.standardError}`);
      }
    });
  });
}
