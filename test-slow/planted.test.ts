/** Failures that are planted are never called sound, and nothing of a run that is unknown shows an error. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { np } from '../src/engine/numpy.ts';
import { shownErrors } from '../test/verdict/shownErrors.ts';
import { runOf, SEEDS, standingsOf } from './calibration.ts';
import type { PipelineResult } from '../src/pipeline/run.ts';
import { defineTarget, type Target } from '../src/targets/target.ts';

const D = 4;

/** Two wells at ±4 along the first of four axes; the base, and so every chain, is in the left one. */
const farWells = defineTarget({
  name: 'far-wells', dimension: D, box: [-7, 7], base: { mean: [-4, 0, 0, 0], standardDeviation: 0.6 },
  energy: (x) => {
    const rest = np.square(x.slice([1, D])).sum().mul(2);
    return np.minimum(np.square(x.slice(0).add(4)).mul(2), np.square(x.slice(0).sub(4)).mul(2).sub(0.8)).add(rest);
  },
});

/** Student's t with two degrees of freedom along every axis: beyond its box a flow has the base's tails, which are Gaussian. */
const heavyTails = defineTarget({
  name: 'heavy-tails', dimension: 3, box: [-6, 6], base: { standardDeviation: 1.5 },
  energy: (x) => np.log(np.square(x).div(2).add(1)).sum().mul(1.5),
});

/** A Gaussian whose formula gives no number beyond 2.2, where a tenth of it would be. */
const undefinedTenth = defineTarget({
  name: 'undefined-tenth', dimension: 3, box: [-7, 7], base: { standardDeviation: 0.75 },
  energy: (x) => np.where(np.greater(x.slice(0), 2.2), Number.NaN, np.square(x).sum().div(2 * 1.72 * 1.72)),
});

const planted: readonly { readonly name: string; readonly target: Target; readonly given: Readonly<Record<string, unknown>> }[] = [
  { name: 'tempering stuck in one well', target: farWells, given: { hottest: 0.5, replicas: 3, rounds: 600 } },
  { name: 'tempering of one rung, stuck in one well', target: farWells, given: { replicas: 1, rounds: 600 } },
  { name: 'tempering along the path, stuck in one well', target: farWells, given: { path: 'interpolation', hottest: 0.3, replicas: 4, rounds: 600 } },
  { name: 'a ladder on tempering stuck in one well', target: farWells, given: { hottest: 0.5, replicas: 3, rounds: 600, generator: 'ladder', interpolation: 'explicit', lambdas: [0.3, 1], particles: 2000, stageSamples: 2000, stageSteps: 60 } },
  { name: 'weights with heavy tails', target: heavyTails, given: { rounds: 800 } },
  { name: 'a flow that collapses onto one well', target: farWells, given: { theta: 1, kappa: 0, rounds: 600, hottest: 0.02, replicas: 6 } },
  { name: 'no number in a tenth of the space', target: undefinedTenth, given: { rounds: 600 } },
];

describe('planted failures', () => {
  for (const { name, target, given } of planted) {
    it(`${name}: not sound in ${SEEDS} seeds`, async (t) => {
      const results: PipelineResult[] = [];
      for (let seed = 1; seed <= SEEDS; seed++) results.push(await runOf(target, { generator: 'flow', samples: 4000, steps: 200, ...given }, seed));
      const standings = standingsOf(results);
      const codes = new Map<string, number>();
      for (const { result: { warnings } } of results) for (const code of new Set(warnings.filter(({ standing }) => standing !== undefined).map((warning) => warning.code))) codes.set(code, (codes.get(code) ?? 0) + 1);
      t.diagnostic(`${standings.doubtful} doubtful, ${standings.unknown} unknown: ${[...codes].map(([code, count]) => `${code} ${count}`).join(', ')}`);
      assert.equal(standings.sound, 0);
      for (const { result } of results) if (result.standing === 'unknown') assert.deepEqual(shownErrors(result), []);
    });
  }
});
