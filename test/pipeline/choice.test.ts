/** When one flow is enough, when a ladder is tried in its place, and which of the two stays. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { settingsFor } from '../../src/experiments/presets.ts';
import { chooseGenerator, type PipelineResult } from '../../src/pipeline/choice.ts';
import { LadderFailure } from '../../src/pipeline/transport/ladderFailure.ts';
import type { LadderSettings } from '../../src/settings/ladder.ts';
import type { GenerationSummary } from '../../src/records/record.ts';
import { himmelblau } from '../../src/targets/himmelblau.ts';
import { quiet } from './quiet.ts';

const surroundings = quiet();

/** Only what the choice looks at. @param forward ESS on held-out samples */
function made(ess: number, coverage: number, forward = 1): PipelineResult {
  // Half of the held-out weights are r times the others: 1/(mean w · mean 1/w) = 4r/(1 + r)².
  const r = (2 - forward + 2 * Math.sqrt(1 - forward)) / forward;
  const generation = { ess, coverage: { kind: 'modes', value: coverage } } as GenerationSummary;
  const heldOutLogWeights = Float64Array.from({ length: 1000 }, (_, i) => (i % 2 === 0 ? 0 : Math.log(r)));
  return {
    result: { generation, warnings: [] },
    ensemble: { heldOutLogWeights },
    tempered: {},
    stages: [],
  } as unknown as PipelineResult;
}

const settingsOf = (more: Partial<LadderSettings> = {}): LadderSettings =>
  settingsFor(himmelblau, 'quick', { generator: 'auto', sufficientEss: 0.4, sufficientCoverage: 0.5, ...more }).ladder;

/** The generator that stays, and whether a ladder was tried. */
async function chosen(
  flow: PipelineResult,
  ladder: PipelineResult | Error,
  more: Partial<LadderSettings> = {},
): Promise<[string, boolean, string]> {
  let tried = false;
  const result = await chooseGenerator(settingsOf(more), surroundings, {
    flow: () => Promise.resolve(flow),
    ladder(choice) {
      tried = true;
      return ladder instanceof Error
        ? Promise.reject(ladder)
        : Promise.resolve({ ...ladder, result: { ...ladder.result, choice } });
    },
  });
  return [
    result.result.choice?.generator ?? '',
    tried,
    [result.result.choice?.reason ?? '', ...result.result.warnings.map(({ code }) => code)].join(' '),
  ];
}

describe('the choice between one flow and a ladder', () => {
  it('is one flow where its ESS, that on held-out samples and its coverage suffice', async () => {
    assert.deepEqual((await chosen(made(0.41, 0.51, 0.21), made(1, 1))).slice(0, 2), ['flow', false]);
    for (const short of [made(0.39, 0.51, 0.21), made(0.41, 0.49, 0.21), made(0.41, 0.51, 0.19)]) {
      const [generator, tried, reason] = await chosen(short, made(0.9, 0.9));
      assert.deepEqual([generator, tried], ['ladder', true], reason);
    }
  });
  it('is the ladder where it does better by ESS and coverage together', async () => {
    const kept = async (flow: PipelineResult, ladder: PipelineResult): Promise<string> =>
      (await chosen(flow, ladder))[0];
    assert.equal(await kept(made(0.3, 1), made(0.31, 1)), 'ladder');
    assert.equal(await kept(made(0.3, 1), made(0.29, 1)), 'flow');
    assert.equal(await kept(made(0.3, 0.9), made(0.9, 0.1)), 'flow', 'a high ESS on a tenth of the target');
    assert.equal(await kept(made(0.9, 0.1), made(0.3, 0.9)), 'ladder');
    assert.equal(await kept(made(0.3, 1), made(0.29, 1.2)), 'flow', 'more than all of it is no merit');
  });
  it('stays with the flow where the ladder fails, and says so; other errors are not its matter', async () => {
    const [generator, , said] = await chosen(made(0.1, 1), new LadderFailure('no particle has a weight'));
    assert.equal(generator, 'flow');
    assert.match(said, /ladder that was tried in its place failed.*ladder-failed/);
    await assert.rejects(chosen(made(0.1, 1), new Error('another')), /another/);
  });
  it('is as asked for', async () => {
    assert.deepEqual((await chosen(made(0.01, 0), made(1, 1), { generator: 'flow' })).slice(0, 2), ['flow', false]);
    assert.deepEqual((await chosen(made(1, 1), made(0.01, 0), { generator: 'ladder' })).slice(0, 2), ['ladder', true]);
  });
});
