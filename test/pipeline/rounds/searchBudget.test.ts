/** How much is searched under a budget. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { withinBudget } from '../../../src/pipeline/rounds/searchBudget.ts';
import { roundsSchema } from '../../../src/settings/rounds.ts';

const whole = { starts: 8000, rays: 1e7 };
const each = { starts: 160, rays: 10 };
const under = (limits: Readonly<Record<string, number>>): unknown => withinBudget(whole, each, roundsSchema.parse(limits));

describe('a search', () => {
  it('is whole without a budget, and with one that is large', () => {
    for (const limits of [{}, { budgetSeconds: 60 }, { budgetEvaluations: 1e10 }]) assert.deepEqual(under(limits), whole);
  });

  it('takes a fifth of the budget', () => {
    assert.deepEqual(under({ budgetSeconds: 5 }), { starts: 1600, rays: 2e6 }, '1 s of the 5 s that a whole one takes');
    const { starts, rays } = withinBudget(whole, each, roundsSchema.parse({ budgetEvaluations: 1e7 }));
    const evaluations = starts * each.starts + rays * each.rays;
    assert.ok(evaluations <= 2e6 && evaluations > 1.9e6, `${evaluations} evaluations`);
    assert.deepEqual(under({ budgetEvaluations: 100 }), { starts: 16, rays: 1 }, 'and never none');
  });
});
