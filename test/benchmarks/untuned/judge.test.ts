/** Runs of untuned targets are held against exact values and limits, and not knowing is never right. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { judge, type Judgement, type Summary } from '../../../src/benchmarks/untuned/judge.ts';
import type { Limits } from '../../../src/benchmarks/untuned/limits.ts';
import { runUntuned, type UntunedRun } from '../../../src/benchmarks/untuned/run.ts';
import { untunedTable } from '../../../src/benchmarks/untuned/table.ts';
import { untold } from '../../../src/benchmarks/untuned/untold.ts';
import { np } from '../../../src/engine/numpy.ts';
import type { TargetDefinition } from '../../../src/targets/target.ts';

const known: TargetDefinition = {
  name: 'some', dimension: 1, energy: (x) => np.square(x).sum(), logZ: 1,
  observables: [{ name: 'a', value: () => 0, exact: 2 }, { name: 'b', value: () => 0 }],
};
const limits: Limits = { ess: 0.8, seconds: 60, logZ: 0.1, observables: { a: 0.5 } };
const cost = { seconds: 30, cpuSeconds: 50, peakMebibytes: 300 };
const good: Summary = {
  standing: 'sound', reasons: [], ess: 0.9, logZ: 1.01, logZSE: 0.01,
  observables: [{ name: 'b', value: 7, standardError: 0.1 }, { name: 'a', value: 1.8, standardError: 0.1 }],
};
const judged = (summary: Partial<Summary>, own: Limits = limits): Judgement => judge({ ...good, ...summary }, cost, known, own);
const ofA = (value: number | null, standardError: number | null): Partial<Summary> => ({ observables: [{ name: 'a', value, standardError }] });

describe('a run of an untuned target', () => {
  it('that is sound, right and quick passes, and its worst figure is named', () => {
    const { misses, right, worst, logZ } = judged({});
    assert.deepEqual(misses, []);
    assert.ok(right);
    assert.deepEqual([worst?.name, logZ?.name], ['a', 'log Z']);
    assert.ok(Math.abs((worst?.errors ?? NaN) + 2) < 1e-9 && Math.abs((logZ?.error ?? NaN) - 0.01) < 1e-9);
  });
  it('misses each limit by itself', () => {
    assert.deepEqual(judged({ standing: 'doubtful', reasons: [{ code: 'poor-ladder' }, { code: 'poor-ladder' }] }).misses, ['doubtful (poor-ladder)']);
    assert.deepEqual(judged({ standing: null }).misses, ['not judged']);
    assert.deepEqual(judged({ ess: 0.79 }).misses, ['ESS < 80 %']);
    assert.deepEqual(judged({ ess: null }).misses, ['ESS < 80 %']);
    assert.deepEqual(judged({ logZ: 1.2, logZSE: 0.1 }).misses, ['log Z off by > 0.1']);
    assert.deepEqual(judged(ofA(2.6, 0.3)).misses, ['a off by > 0.5']);
    assert.deepEqual(judge(good, { ...cost, seconds: 61 }, known, limits).misses, ['> 60 s']);
    assert.deepEqual(judge(good, { ...cost, peakMebibytes: 1025 }, known, limits).misses, ['> 1024 MiB']);
  });
  it('is wrong beyond four standard errors, and most of all where it claims to be sound', () => {
    assert.deepEqual(judged(ofA(2.39, 0.1)).misses, []);
    assert.deepEqual(judged(ofA(2.41, 0.1)).misses, ['SOUND BUT WRONG: a']);
    assert.deepEqual(judged({ standing: 'doubtful', ...ofA(2.41, 0.1) }).misses, ['doubtful ()', 'wrong: a']);
  });
  it('is not right where a figure or its error is missing, whatever the others are', () => {
    for (const lacking of [ofA(null, 0.1), ofA(2, null), { observables: [] }, { logZSE: null }, { logZ: null }]) {
      assert.equal(judged(lacking).right, false);
    }
    assert.deepEqual(judged({ logZSE: null }).misses, ['no error of log Z']);
    assert.equal(judged({ ...ofA(9, 0.1), logZSE: null }).worst?.name, 'log Z');
    assert.equal(judged({ ...ofA(2, null), logZ: 9 }).worst?.name, 'a');
  });
  it('has an error of nought only where it is right', () => {
    assert.equal(judged(ofA(0, 0)).worst?.errors, -Infinity);
    assert.equal(judged({ ...ofA(2, 0), logZ: 1 }).worst?.errors, 0);
  });
  it('of a planted failure passes when it says so, never when it is sound and wrong', () => {
    const planted = { ...limits, planted: true };
    assert.deepEqual(judged({ standing: 'unknown', ess: 0.1, ...ofA(9, null) }, planted).misses, []);
    assert.deepEqual(judged({ standing: 'sound', ...ofA(9, 0.1) }, planted).misses, ['SOUND BUT WRONG: a', 'a off by > 0.5']);
    assert.deepEqual(judged({ standing: null }, planted).misses, ['not judged']);
  });
});

describe('a definition without its answers', () => {
  it('has all but them', () => {
    const { observables, ...rest } = untold(known);
    assert.deepEqual(rest, { name: 'some', dimension: 1, energy: known.energy });
    assert.deepEqual(observables?.map((entry) => Object.keys(entry)), [['name', 'value'], ['name', 'value']]);
  });
});

describe('runs of untuned targets', () => {
  const entries = [{ name: 'some', load: () => Promise.resolve({ default: untold(known), known, limits }) }];
  const runs = async (): Promise<UntunedRun[]> => {
    const asked: string[] = [];
    const heard: UntunedRun[] = [];
    const all = await runUntuned(entries, {
      seeds: [4, 5],
      execute: (name, seed) => {
        asked.push(`${name} ${seed}`);
        return Promise.resolve({ ...cost, output: JSON.stringify({ ...good, more: 1 }), failure: seed === 5 ? 'it broke' : null });
      },
      onRun: (run) => heard.push(run),
    });
    assert.deepEqual(asked, ['some 4', 'some 5']);
    assert.deepEqual(heard, all);
    return all;
  };
  it('are judged one by one, those that fail too', async () => {
    const [first, second] = await runs();
    assert.deepEqual([first.judgement?.misses, first.failure], [[], null]);
    assert.deepEqual([second.judgement, second.failure], [null, 'it broke']);
  });
  it('make a table with a line for each and one for the worst', async () => {
    const lines = untunedTable(await runs()).trimEnd().split('\n').map((line) => line.split(/\s{2,}/).filter((cell) => cell !== ''));
    assert.deepEqual(lines.slice(1), [
      ['some', '4', 'sound', '90.0', '0.010', '1.0', '2.0', 'a', '30.0', '50.0', '300', 'passes'],
      ['some', '5', '—', '—', '—', '—', '—', '—', '30.0', '50.0', '300', 'misses: it broke'],
      ['worst', '1/2 sound', '0.0', '0.010', '1.0', '2.0', '1/2 right', '30.0', '50.0', '300', '1/2 pass'],
    ]);
  });
});
