/** What is good enough, and what it may take, as settings. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { insteadOf, parseBudget, parseUntil } from '../../../src/cli/commands/limits.ts';
import { roundsSchema } from '../../../src/settings/rounds.ts';

describe('--until', () => {
  it('takes one figure or several, at once or one after the other', () => {
    assert.deepEqual(parseUntil('ess=0.9,logZ=0.01,se=0.005'), { untilEss: 0.9, untilLogZ: 0.01, untilError: 0.005 });
    assert.deepEqual(parseUntil('ESS = 90%, logz=1e-3'), { untilEss: 0.9, untilLogZ: 0.001 });
    assert.deepEqual(parseUntil('se=0.1', parseUntil('ess=0.5,se=0.2')), { untilEss: 0.5, untilError: 0.1 });
  });

  it('refuses everything else', () => {
    for (const text of ['', 'ess', '0.9', 'ess=', 'ess=x', 'ess=0', 'ess=1', 'ess=90', 'ess=100%', 'logZ=-1', 'rhat=1.01', 'ess=0.9,', 'ess=0.9=1', 'logZ=1%', 'se=Infinity'])
      assert.throws(() => parseUntil(text), /(It must be|above 0|below 1)/, text);
  });
});

describe('--budget', () => {
  const of = (text: string): unknown => {
    const { budgetSeconds, budgetEvaluations } = parseBudget(text);
    return budgetSeconds ?? [budgetEvaluations];
  };

  it('takes time with its unit, and evaluations without', () => {
    assert.deepEqual(['90s', '10m', '10 min', '1.5h', '1d', '1e7', '10_000_000', '5'].map(of), [90, 600, 600, 5400, 86_400, [1e7], [1e7], [5]]);
    assert.equal(parseBudget('1e7', parseBudget('1h')).budgetSeconds, 3600, 'both together');
  });

  it('refuses everything else', () => {
    for (const text of ['', 'm', '0', '0s', '-5', '-5m', '1w', '10m30s', '1e999', 'ten', 'NaN', '1..2', '1 toString'])
      assert.throws(() => parseBudget(text), /It must be a time \(90s, 10m, 1h\) or a number of energy evaluations/, text);
  });

  it('takes the place of the limits by default', () => {
    const { budgetWork, mostRounds } = roundsSchema.parse(insteadOf({ budget: parseBudget('10m') }));
    assert.deepEqual([budgetWork > 1e9, mostRounds], [true, 100]);
    const counted = roundsSchema.parse(insteadOf({ budget: parseBudget('1e7') }));
    assert.equal(counted.budgetWork, roundsSchema.parse({}).budgetWork, 'evaluations say nothing of training');
    assert.deepEqual(insteadOf({ until: parseUntil('ess=0.9') }), {});
  });
});
