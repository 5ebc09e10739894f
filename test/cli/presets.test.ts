/** A run of a user's own target keeps the preset that it began with: whoever opens it again gets the same box. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { firstRecord } from '../../src/cli/execute.ts';
import { keepDefinition } from '../../src/cli/keptDefinition.ts';
import { loadTarget } from '../../src/cli/loadTarget.ts';
import { targetOfRun } from '../../src/cli/runTarget.ts';
import { ownTargetFor, settingsFor, type PresetName } from '../../src/experiments/presets.ts';
import { createRun } from '../../src/store/runDirectory.ts';
import type { Target } from '../../src/targets/target.ts';
import { temporaryFolder } from './jeffreys.ts';

const folder = temporaryFolder();
after(folder.remove);
const file = join(folder.path, 'mine.ts');
writeFileSync(file, `import { defineTarget, np } from 'jeffreys-flow';
export default defineTarget({
  name: 'mine', dimension: 2, box: [-4, 4], torus: { 1: [0, 6] }, energy: (x) => np.square(x.slice(0)),
  presets: { quick: { settings: { steps: 12 }, box: [-3, 3.5] } },
});
`);

/** The target of a run as it begins, and as it is opened again. */
async function bothOf(preset: PresetName): Promise<readonly [Target, Target]> {
  const found = await loadTarget(file);
  const target = ownTargetFor(found.target, preset);
  const time = new Date(0);
  const record = firstRecord({ ...found, target }, preset, 0, settingsFor(target, preset), time);
  const run = createRun({ out: join(folder.path, preset), target: target.name, time, record });
  try {
    keepDefinition(run, found.definition?.files ?? []);
    return [target, await targetOfRun(run, (note) => assert.fail(note))];
  } finally {
    run.close();
  }
}

describe("a run of a user's target", () => {
  it('has the box of its preset when it is opened again', async () => {
    const [begun, opened] = await bothOf('quick');
    assert.deepEqual(opened.domain, begun.domain);
    assert.deepEqual(opened.base.domain, begun.base.domain);
    assert.deepEqual(opened.domain.map(({ low, high }) => [low, high]), [[-3, 3.5], [0, 6]]);
  });

  it('has its own box with a preset that has none', async () => {
    const [, opened] = await bothOf('default');
    assert.deepEqual(opened.domain.map(({ low, high }) => [low, high]), [[-4, 4], [0, 6]]);
  });
});
