/** What lost modes, held-out samples and neighbours say of a flow, and two routes or an exact value of a figure. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fillNormalRows } from '../../src/engine/simd/rows.ts';
import { keyFromSeed } from '../../src/engine/random.ts';
import type { ModeSummary, Warning } from '../../src/records/record.ts';
import { exactDoubts, otherFlowDoubts, routeDoubts, type Route } from '../../src/verdict/agreement.ts';
import { coverageDoubts, heldOutDoubts, modeDoubts, type HeldOutFigures } from '../../src/verdict/reach.ts';

const said = (warnings: readonly Warning[]): (readonly [string, string | undefined])[] =>
  warnings.map(({ code, standing }) => [code, standing]);

describe('modes', () => {
  const none = { value: null, standardError: null };
  const mode = (flow: number, exact: number | null, pt = 0.2): ModeSummary => ({
    name: 'left',
    weighted: none,
    flow: { value: flow, standardError: 0.001 },
    pt: { value: pt, standardError: null },
    exact,
  });
  it('are missing below a quarter of their mass, lost below a hundredth, and do not matter below a thousandth', () => {
    assert.deepEqual(said(modeDoubts([mode(0.051, 0.2), mode(0, 0.0009)])), []);
    assert.deepEqual(said(modeDoubts([mode(0.049, 0.2)])), [['missing-mode', 'doubtful']]);
    assert.deepEqual(said(modeDoubts([mode(0.0019, 0.2)])), [['missing-mode', 'unknown']]);
  });
  it('are held against the exact mass, or against tempering where that is not known', () => {
    assert.match(modeDoubts([mode(0.01, 0.3)])[0].message, /1\.00 % of its samples, where the exact mass is 30\.0 %/);
    assert.match(modeDoubts([mode(0.01, null)])[0].message, /where parallel tempering has 20\.0 %/);
  });
  it('are named, but no more than four', () => {
    const found = modeDoubts(Array.from({ length: 9 }, () => mode(0.0001, 0.1)));
    assert.equal(found.length, 5);
    assert.match(found[4].message, /^5 more modes/);
  });
});

describe('held-out samples', () => {
  const good: HeldOutFigures = {
    ess: 0.9,
    forwardEss: 0.85,
    trainedEss: 0.88,
    beyond: 0,
    beyondCount: 0,
    error: 0.001,
  };
  const cases: readonly (readonly [string, Partial<HeldOutFigures>, readonly string[]])[] = [
    ['raise nothing of a good flow', {}, []],
    ['show a part that the flow covers too little', { forwardEss: 0.4, trainedEss: 0.42 }, ['under-covered']],
    ['do not where their own figure is high', { ess: 1.2, forwardEss: 0.55, trainedEss: 0.6 }, []],
    [
      'show a flow that knows its training samples by heart',
      { ess: 0.3, forwardEss: 0.2, trainedEss: 0.45 },
      ['overfit'],
    ],
    ['show that the flow all but leaves a part out', { beyond: 0.005, beyondCount: 5 }, ['beyond-weights']],
    ['are few by chance', { beyond: 0.005, beyondCount: 4 }, []],
    ['of which as many are beyond as log Z is uncertain by', { beyond: 0.0009, beyondCount: 18 }, []],
    ['tell nothing where nothing is known', { ess: null, forwardEss: null, trainedEss: null }, []],
  ];
  for (const [name, change, codes] of cases)
    it(name, () =>
      assert.deepEqual(
        said(heldOutDoubts({ ...good, ...change })),
        codes.map((code) => [code, 'doubtful']),
      ),
    );
});

it('neighbours are too few below four fifths of what equal distributions have', () => {
  assert.deepEqual(said(coverageDoubts({ value: 0.73, expected: 0.9 })), []);
  assert.deepEqual(said(coverageDoubts({ value: 0.71, expected: 0.9 })), [['low-coverage', 'doubtful']]);
});

describe('routes', () => {
  const route = (name: string, gap: number, exact: number | null = null): Route => ({
    name,
    weighted: { value: 1, standardError: 0.03 },
    tempering: { value: 1 + 0.05 * gap, standardError: 0.04 },
    exact,
  });
  it('disagree by both errors together, farther than chance sets one of all pairs apart', () => {
    assert.deepEqual(said(routeDoubts([route('log Z', 3.8), route('x', 0)])), []);
    assert.deepEqual(said(routeDoubts([route('log Z', 4.2), route('x', -5), route('y', 4.5)])), [
      ['log-z-disagrees', 'doubtful'],
      ['routes-disagree', 'doubtful'],
    ]);
    assert.match(
      routeDoubts([route('x', -5), route('y', 6)])[0].message,
      /two routes to y disagree.* 6\.0 standard errors apart, and 1 more of 2 figures/,
    );
    assert.deepEqual(routeDoubts([{ ...route('log Z', 9), tempering: null }]), []);
  });
  it('agree to the rounding of densities, however small their errors are', () => {
    const near = (gap: number): Route => ({
      name: 'log Z',
      weighted: { value: 2, standardError: 1e-10 },
      tempering: { value: 2 + gap, standardError: 1e-14 },
      exact: 2 + gap,
    });
    assert.deepEqual(said([...routeDoubts([near(1e-6)]), ...exactDoubts([near(1e-6)])]), []);
    assert.deepEqual(said([...routeDoubts([near(3e-6)]), ...exactDoubts([near(3e-6)])]), [
      ['log-z-disagrees', 'doubtful'],
      ['exact-disagrees', 'unknown'],
    ]);
    assert.deepEqual(
      otherFlowDoubts({ value: 2, standardError: 1e-10 }, [{ value: 2 + 1e-6, standardError: 1e-14 }]),
      [],
    );
  });
  it('do not where both are large and their errors are small', () => {
    const large = { name: 'log Z', weighted: { value: -1e5, standardError: 1e-3 }, exact: null };
    assert.equal(routeDoubts([{ ...large, tempering: { value: -1e5 + 0.05, standardError: 1e-3 } }]).length, 1);
  });
  it('far from what is exact leave nothing where it is log Z, and doubt where it is another figure', () => {
    assert.deepEqual(said(exactDoubts([route('log Z', 0, 1.1), route('x', 0, 0.9)])), []);
    assert.deepEqual(said(exactDoubts([route('log Z', 0, 1.13), route('x', 0, 1.2)])), [
      ['exact-disagrees', 'unknown'],
    ]);
    assert.deepEqual(said(exactDoubts([route('log Z', 0, 1), route('x', 0, 1.13)])), [['exact-disagrees', 'doubtful']]);
  });
});

describe('log Z of other flows', () => {
  const final = { value: 1, standardError: 0.03 };
  const above = (gap: number): { value: number; standardError: number } => ({
    value: 1 + 0.05 * gap,
    standardError: 0.04,
  });
  it('casts doubt where it is higher, farther than chance sets the highest of them', () => {
    assert.deepEqual(said(otherFlowDoubts(final, [above(3.8), above(0)])), []);
    assert.deepEqual(said(otherFlowDoubts(final, [above(0), above(4.2), above(5)])), [['rounds-disagree', 'doubtful']]);
    assert.match(otherFlowDoubts(final, [above(4.2), above(6)])[0].message, /log Z 1\.300, .* 6\.0 standard errors/);
  });
  it('does not where it is lower: a flow that misses mass tells of less', () => {
    assert.deepEqual(otherFlowDoubts(final, [above(-20), above(-9)]), []);
  });
  it('casts none by chance where nine other flows are right too, in a thousand runs', () => {
    const draw = new Float64Array(10_000);
    fillNormalRows(keyFromSeed(3), 0, 1000, 10, draw);
    let called = 0;
    for (let run = 0; run < 1000; run++) {
      const logZ = Array.from({ length: 10 }, (_, k) => ({ value: 0.01 * draw[run * 10 + k], standardError: 0.01 }));
      called += otherFlowDoubts(logZ[0], logZ.slice(1)).length;
    }
    // Each run is called with a chance of at most 5e-5: three of them or more once in 50,000 tests.
    assert.ok(called <= 2, `${called} of 1000`);
  });
});
