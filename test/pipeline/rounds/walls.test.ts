/** Energies that are infinite beyond walls, which nothing but the energy tells of. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { np } from '../../../src/engine/numpy.ts';
import { settingsFor } from '../../../src/experiments/presets.ts';
import { memoryJournal } from '../../../src/pipeline/journal.ts';
import { runPipeline } from '../../../src/pipeline/run.ts';
import { defineTarget } from '../../../src/targets/target.ts';

it('a disc of even density has its area and its mean square radius', async () => {
  const target = defineTarget({
    name: 'disc',
    dimension: 2,
    energy: (x) => {
      const square = np.square(x).sum();
      return np.where(square.less(1), square.mul(0), square.mul(0).add(Infinity));
    },
    observables: [{ name: 'r²', value: (x) => x[0] * x[0] + x[1] * x[1] }],
  });
  const limits = { mostRounds: 1, mostTemperings: 2, searchWork: 0, samples: 20_000 };
  const { result } = await runPipeline({
    target,
    settings: settingsFor(target, 'default', limits),
    seed: 1,
    surroundings: {
      journal: memoryJournal(),
      emit: () => undefined,
      signal: new AbortController().signal,
      now: () => 0,
      breathe: () => Promise.resolve(),
    },
  });
  const { logZ, observables } = result.generation;
  for (const [{ value, standardError }, exact] of [
    [logZ, Math.log(Math.PI)],
    [observables[0], 1 / 2],
  ] as const) {
    assert.ok(value !== null && standardError !== null);
    // A wrong place of the wall by a hundredth of the radius is .02 in either.
    assert.ok(standardError < 0.01 && Math.abs(value - exact) < 4 * standardError, `${value} ± ${standardError}`);
  }
  const { effectiveSampleSize } = result.parallelTempering;
  assert.ok((effectiveSampleSize ?? 0) > 500, `${effectiveSampleSize} effective samples of an energy that is flat`);
});
