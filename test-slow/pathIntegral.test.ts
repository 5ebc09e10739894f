/** Path integrals at the default preset: rings of many lengths against the transfer matrix, and tempering beside them. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { loadTarget } from '../src/cli/loadTarget.ts';
import { settingsFor } from '../src/experiments/presets.ts';
import { memoryJournal } from '../src/pipeline/journal.ts';
import { runPipeline } from '../src/pipeline/run.ts';
import { quantumDoubleWell } from '../src/targets/quantumDoubleWell.ts';
import { quantumProton } from '../src/targets/quantumProton.ts';
import type { Target } from '../src/targets/target.ts';

/** Of a hundred comparisons the largest has this size in one of two hundred tests. */
const WORST = 4.5;

const { target: hydrogen } = await loadTarget(fileURLToPath(new URL('../examples/morse/target.ts', import.meta.url)));

async function rings(target: Target, given: Readonly<Record<string, unknown>>): Promise<NonNullable<Awaited<ReturnType<typeof runPipeline>>['result']['pathIntegral']>['rings']> {
  const { result } = await runPipeline({
    target, settings: settingsFor(target, 'default', given), seed: 4,
    surroundings: { journal: memoryJournal(), emit: () => undefined, signal: new AbortController().signal, now: () => performance.now(), breathe: () => Promise.resolve() },
  });
  return result.pathIntegral?.rings ?? [];
}

for (const { target, given, ess } of [
  { target: quantumDoubleWell, given: { generator: 'flow', rings: [8, 12, 16, 24, 32, 64], baselineRounds: 800 }, ess: 0.75 },
  { target: quantumDoubleWell, given: { generator: 'ladder', rings: [8, 64] }, ess: 0.7 },
  { target: quantumProton, given: { generator: 'flow', rings: [8, 32], baselineRounds: 800 }, ess: 0.6 },
  { target: hydrogen, given: { generator: 'flow', rings: [16, 64] }, ess: 0.6 },
]) {
  describe(`${target.name}, ${given.generator}`, () => {
    it('agrees with the transfer matrix at every number of beads', async (t) => {
      const found = await rings(target, given);
      assert.equal(found.length, given.rings.length);
      t.diagnostic(found.map(({ beads, ess: fraction, largestGap }) => `${beads}: ESS ${((fraction ?? 0) * 100).toFixed(1)} %, ${largestGap?.toFixed(1)} s.e.`).join('; '));
      for (const { beads, ess: fraction, largestGap, nonFinite, baseline } of found) {
        assert.ok((fraction ?? 0) > ess, `${beads} beads: ESS ${fraction}`);
        assert.ok(largestGap !== null && largestGap < WORST, `${beads} beads: ${largestGap} standard errors from the transfer matrix`);
        assert.equal(nonFinite, 0);
        if (baseline !== null) assert.ok((baseline.largestGap ?? NaN) < WORST, `${beads} beads: tempering is ${baseline.largestGap} standard errors off`);
      }
    });
  });
}
