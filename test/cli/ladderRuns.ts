/** Short ladders of flows, how their files are damaged, and what the published ones must say. */
import assert from 'node:assert/strict';
import { existsSync, rmSync, truncateSync } from 'node:fs';
import { totalmem } from 'node:os';
import { presetNamed, settingsFor, targetFor } from '../../src/experiments/presets.ts';
import { estimateCost } from '../../src/cli/cost.ts';
import { catalogue } from '../../src/targets/catalogue.ts';
import { assertRefused, start } from './jeffreys.ts';
import { until, words, type RunsIn } from './runs.ts';

const NETWORKS = 'layers=2 hidden=8 bins=4 batch=100';
export const SMALL =
  `ladders=8 rounds=64 warmupRounds=20 ${NETWORKS} particles=512 groups=4 stageSamples=512 samples=1000`;
export const OFTEN = ['--save-every', '0.01'];

const LINEAR = 'steps=10 stageSteps=60 interpolation=linear linearStages=4';
export const SHORT_TEMPERING = ['short-tempering', '--preset', 'quick', ...words(`${SMALL} ${LINEAR}`)];

/** Cuts a file to some bytes, or removes it. */
export function damage(file: string, bytes: number | null): void {
  if (bytes === null) rmSync(file);
  else truncateSync(file, bytes);
}

/** What a stopped ladder that has finished its first stage says of damage: file, bytes that are left, complaint. */
export const stageDamages: readonly (readonly [file: string, bytes: number | null, says: RegExp])[] = [
  ['stage-01/ensemble.npy', 1000, /\/stage-01\/ensemble\.npy is truncated: 1000 bytes/],
  ['stage-01/log_weights.npy', null, /no such file while reading .*\/stage-01\/log_weights\.npy/],
  ['stage-01/flow.safetensors', null, /no such file while reading .*\/stage-01\/flow\.safetensors/],
  ['stage-01/flow.safetensors', 1000, /\/stage-01\/flow\.safetensors is truncated/],
  ['stage-00/path.npy', 1000, /\/stage-00\/path\.npy is truncated: 1000 bytes/],
  ['stage-01/stage.json', 50, /\/stage-01\/stage\.json is damaged, not JSON/],
];

export async function costOf(
  name: string,
  presetName: string,
  given: Readonly<Record<string, unknown>> = {},
): Promise<{ seconds: number; bytes: number }> {
  const preset = presetNamed(presetName);
  const entry = catalogue.find((candidate) => candidate.name === name);
  assert.ok(entry !== undefined, `${name} is a target`);
  const target = targetFor(await entry.load(), preset);
  return estimateCost(target, settingsFor(target, preset, given));
}

/** A published ladder says what it takes, begins, and stops within seconds. */
export async function assertBeginsAndStops({ cwd, at, eventsOf, recordOf, checkpoint }: RunsIn, name: string): Promise<void> {
  const run = `paper-${name}`;
  const { seconds, bytes } = await costOf(name, 'paper');
  const process_ = start(['run', name, '--preset', 'paper', '--out', run], { cwd });
  if (bytes > totalmem()) {
    const says = `${name} with these settings needs about [\\d.]+ GiB of memory, and this machine has`;
    assertRefused(await process_.ended, new RegExp(says));
    assert.ok(!existsSync(at(run)), 'no directory');
    return;
  }
  assert.ok(await until(process_, () => eventsOf(run).includes('"kind":"sampling"')), 'begins');
  const asked = performance.now();
  process_.child.kill('SIGINT');
  const { code, stdout, stderr } = await process_.ended;
  assert.deepEqual([code, stdout], [130, ''], stderr);
  assert.ok(performance.now() - asked < 10_000, `took ${performance.now() - asked} ms to stop`);
  const rows = stderr.trimEnd().split('\n').filter((row) => !/^warning: only .* of memory are free/.test(row));
  const [announced, ...others] = rows;
  const stop = `interrupted; everything so far is saved. Go on with: jeffreys resume ${run}`;
  // Twenty minutes and more are announced in any case, less only on a terminal.
  if (seconds > 1200) {
    const takes = /^about [\d.]+ GiB of memory, and [\d.]+ (min|hours|days) of training and moves \(estimates\)$/;
    assert.match(announced, takes, 'what it takes');
    const long = 'this is long: stop with Ctrl-C whenever you like, and go on with `jeffreys resume`';
    assert.deepEqual(others, [long, stop], 'the other lines');
  } else assert.deepEqual(rows, [stop], 'the only line');
  assert.equal(recordOf(run).state, 'interrupted', 'it can be taken up again');
  assert.ok(checkpoint(run, 0, 'pt'), 'with what was done');
}
