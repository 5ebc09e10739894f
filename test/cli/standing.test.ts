/** What a run that is not to be trusted says, wherever its figures are shown: no error, and why. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { recordSchema } from '../../src/records/record.ts';
import { shownErrors } from '../verdict/shownErrors.ts';
import { assertDone, jeffreysInTurn, jsonOf, temporaryFolder, type Outcome } from './jeffreys.ts';

const { path: cwd, remove } = temporaryFolder();
after(remove);

/** Two wells at ±4, of which base and chains know the left one. Its log Z and means are nobody's to know. */
const FAR = `import { defineTarget, np } from 'jeffreys-flow';
export default defineTarget({
  name: 'far-wells', dimension: 3, box: [-7, 7], base: { mean: [-4, 0, 0], standardDeviation: 0.6 },
  energy: (x) => np.minimum(np.square(x.slice(0).add(4)), np.square(x.slice(0).sub(4)).sub(0.4)).add(np.square(x.slice([1, 3])).sum()).mul(2),
  modes: { centres: [[-4, 0, 0], [4, 0, 0]], names: ['left', 'right'] },
  observables: [{ name: 'x', value: (x) => x[0] }],
  projections: [{ name: 'x', value: (x) => x[0], low: -7, high: 7 }],
});
`;
const SMALL = 'rounds=300 ladders=16 steps=100 batch=200 samples=4000 hottest=0.5 replicas=3 layers=3 hidden=8'.split(' ').flatMap((setting) => ['--set', setting]);
const far = ['run', './far.ts', '--preset', 'quick', ...SMALL];
/** An error after a figure, or a distance in errors. */
const ERROR = /\d ± \d|\ds?\.?\d* s\.e\./;

let [text, json, shown, sampled, sampledJson, compared, sound]: Outcome[] = [];
before(async () => {
  writeFileSync(join(cwd, 'far.ts'), FAR);
  [text, json, shown, sampled, sampledJson, compared, sound] = await jeffreysInTurn([
    [...far, '--out', 'far'], [...far, '--seed', '1', '--out', 'far-json', '--json'], ['show', 'far'],
    'sample far -n 2000 --out drawn.npy'.split(' '), 'sample far -n 2000 --out json.npy --json'.split(' '), 'compare far far-json'.split(' '),
    ['run', 'three-well', '--preset', 'quick', '--out', 'sound'],
  ], cwd);
});

describe('a run of which nothing is known', () => {
  it('says so in its first line, and why, and shows no error', () => {
    const lines = assertDone(text).split('\n');
    assert.match(lines[0], /^UNKNOWN: nothing is known of the errors, so none are shown; \d reasons? below$/);
    assert.match(lines.find((line) => line.startsWith('WARNING')) ?? '', /A descent from outside found a well at \(4\.00, .*where the flow has no samples/);
    assert.doesNotMatch(text.stdout, ERROR);
    assert.match(text.stdout, /log Z \(flow\) +-?\d+\.\d+ \(error unknown\)/);
    assert.equal(assertDone(shown), text.stdout, 'and says the same again');
  });
  it('has null for every error, with a standing and reasons', () => {
    const result = jsonOf(json) as { standing: string; reasons: { code: string; standing: string; message: string }[]; logZ: number; logZSE: unknown; observables: { standing: string; reason: string }[] };
    assert.equal(result.standing, 'unknown');
    assert.ok(result.reasons.some(({ code, standing }) => code === 'missed-well' && standing === 'unknown'));
    assert.ok(Number.isFinite(result.logZ) && result.logZSE === null);
    assert.deepEqual(shownErrors(result), []);
    for (const { standing, reason } of result.observables) assert.deepEqual([standing, reason], ['unknown', result.reasons[0].message]);
    const { result: stored } = recordSchema.parse(JSON.parse(readFileSync(join(cwd, 'far/run.json'), 'utf8')));
    assert.deepEqual(shownErrors(stored), []);
  });
  it('shows none in its report, of drawn samples, nor side by side with another', () => {
    const page = readFileSync(join(cwd, 'far/report.html'), 'utf8');
    assert.match(page, /<b>Unknown\.<\/b> No errors are shown/);
    assert.doesNotMatch(page.replace(/<[^>]*>/g, ' '), ERROR);
    assert.match(assertDone(sampled), /^2000 samples in .* Pareto k-hat -?[\d.]+, log Z -?[\d.]+ \(error unknown\)\nUNKNOWN: A descent/);
    const drawn = jsonOf(sampledJson) as { standing: string; reasons: string[]; logZSE: unknown; paretoK: unknown };
    assert.deepEqual([drawn.standing, drawn.logZSE, typeof drawn.paretoK], ['unknown', null, 'number']);
    assert.ok(drawn.reasons.length > 0);
    assert.doesNotMatch(assertDone(compared), ERROR);
  });
});

it('a run that passes every check says so in its first line', () => {
  assert.match(assertDone(sound), /^SOUND: every check was passed\nthree-well /);
  assert.match(sound.stdout, ERROR);
});
