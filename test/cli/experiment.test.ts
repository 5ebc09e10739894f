/** An experiment is a folder of runs: killed and taken up again, shown whole, and its runs are not mistaken for plain ones. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { recordSchema } from '../../src/records/record.ts';
import { assertDone, assertRefused, hashOf, jeffreysInTurn, jsonOf, start, temporaryFolder, type Outcome } from './jeffreys.ts';

const SETTINGS = ['--preset', 'quick', ...['ladders=8', 'rounds=64', 'warmupRounds=20', 'layers=2', 'hidden=8', 'bins=4', 'steps=6', 'batch=100', 'samples=1000'].flatMap((setting) => ['--set', setting])];
const IDS = ['default', 'forward-kl', 'jeffreys', 'theta-0-kappa-0.5', 'theta-0-kappa-2', 'theta-0.25-kappa-0.5', 'theta-0.25-kappa-2'];

const folder = temporaryFolder();
const at = (name: string): string => join(folder.path, name);
const stateOf = (id: string): string | null => (existsSync(at(`bias/${id}/run.json`)) ? recordSchema.parse(JSON.parse(readFileSync(at(`bias/${id}/run.json`), 'utf8'))).state : null);

let cut: (string | null)[];
let outcomes: Outcome[];
before(async () => {
  const { child, ended } = start(['run', 'planted-bias', ...SETTINGS, '--out', 'bias', '--quiet'], { cwd: folder.path });
  while (child.exitCode === null && stateOf(IDS[2]) !== 'running') await pause(5);
  child.kill('SIGKILL');
  await ended;
  cut = IDS.map(stateOf);
  outcomes = await jeffreysInTurn([
    ['resume', `bias/${IDS[2]}`],
    ['show', 'bias'],
    ['resume', 'bias', '--json'],
    ['show', 'bias'],
    ['sample', 'bias', '-n', '5'],
    ['sample', `bias/${IDS[1]}`, '-n', '5', '--out', 'x.npy', '--quiet'],
    ['run', 'planted-bias', ...SETTINGS, '--out', 'bias'],
    ['export', 'bias', '--format', 'csv'],
  ], folder.path);
});
after(folder.remove);

describe('planted-bias', () => {
  it('was killed in its third run', () => assert.deepEqual(cut, ['complete', 'complete', 'running', null, null, null, null], 'states at the kill'));
  it('a run of it is not resumed alone, without the bias', () => {
    assertRefused(outcomes[0], /bias\/jeffreys is a run of the experiment bias; go on with `jeffreys resume bias`/);
  });
  it('shows what there is', () => assert.match(assertDone(outcomes[1]), /2 of 7 runs are complete; go on with `jeffreys resume bias`/, 'two runs'));
  it('resume --json runs the rest and prints one object', () => {
    const result = jsonOf(outcomes[2]) as { experiment: string; complete: boolean; runs: { id: string; theta: number; kappa: number }[] };
    assert.deepEqual([result.experiment, result.complete], ['planted-bias', true], 'the whole of it');
    assert.deepEqual(result.runs.map(({ id }) => id), IDS, 'its runs in order');
    assert.deepEqual(result.runs.map(({ theta, kappa }) => [theta, kappa]).slice(1), [[0, 0], [0.5, 0], [0, 0.5], [0, 2], [0.25, 0.5], [0.25, 2]], 'their losses');
  });
  it('shares one set of PT samples, and trains a flow of its own in each', () => {
    assert.equal(new Set(IDS.map((id) => hashOf(at(`bias/${id}/stage-00/pt.npy`)))).size, 1, 'PT samples');
    assert.ok(new Set(IDS.map((id) => hashOf(at(`bias/${id}/stage-00/flow.safetensors`)))).size >= 6, 'flows');
  });
  it('ends with a table and a page', () => {
    const text = assertDone(outcomes[3]);
    for (const id of IDS) assert.ok(text.includes(id), `the table has a row for ${id}`);
    assert.match(readFileSync(at('bias/report.html'), 'utf8'), /^<!doctype html>/i, 'the page');
  });
  it('its runs are sampled one by one', () => {
    assertRefused(outcomes[4], /bias is an experiment; name one of its runs, such as bias\/<run>/);
    assertDone(outcomes[5]);
    assertRefused(outcomes[7], /bias is an experiment; name one of its runs/);
  });
  it('is not run over', () => assertRefused(outcomes[6], /--out bias is not empty .*name a new or empty folder/));
});
