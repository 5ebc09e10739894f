import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { keyFromSeed } from '../../src/engine/random.ts';
import { createChains } from '../../src/samplers/chainState.ts';
import { createTrace, filledLength, recordRound, storedRows } from '../../src/samplers/trace.ts';
import { pointwise } from './targets.ts';

describe('trace', () => {
  it('keeps every sample at β = 1, and thinned rows of all rungs', () => {
    const linear = pointwise(1, (x) => x[0]);
    const state = createChains({ energy: linear, positions: new Float64Array(6), inverseTemperatures: [0.5, 0.7, 1, 0.5, 0.7, 1], stepSizes: 1, key: keyFromSeed(1) });
    const trace = { ...createTrace(10, 2, 3, 1), stride: 3 };
    for (let round = 1; round <= 10; round++) {
      for (let i = 0; i < 6; i++) state.positions[i] = state.energies[i] = 100 * round + i;
      recordRound(trace, state);
    }
    assert.deepEqual(Array.from(trace.positions.subarray(0, 4)), [102, 105, 202, 205]);
    assert.deepEqual(trace.energies, trace.positions);
    assert.equal(storedRows(trace), 3);
    assert.deepEqual(Array.from(trace.rungEnergies.subarray(6, 12)), [600, 601, 602, 603, 604, 605]);
    assert.deepEqual(Array.from(trace.hottestPositions.subarray(2, 4)), [600, 603]);
    assert.equal(filledLength(trace, 'hottestPositions'), 6);
  });

  it('keeps the positions of as many rungs as are asked for, at the stride asked for', () => {
    const linear = pointwise(1, (x) => x[0]);
    const state = createChains({ energy: linear, positions: new Float64Array(6), inverseTemperatures: [0, 0.5, 1, 0, 0.5, 1], stepSizes: 1, key: keyFromSeed(1) });
    const trace = createTrace(10, 2, 3, 1, undefined, { hottest: 3, stride: 4 });
    for (let round = 1; round <= 10; round++) {
      for (let i = 0; i < 6; i++) state.positions[i] = state.energies[i] = 100 * round + i;
      recordRound(trace, state);
    }
    assert.equal(storedRows(trace), 2);
    assert.deepEqual(Array.from(trace.hottestPositions), [400, 401, 402, 403, 404, 405, 800, 801, 802, 803, 804, 805]);
    assert.deepEqual(trace.rungEnergies, trace.hottestPositions);
    assert.equal(filledLength(trace, 'hottestPositions'), 12);
  });

  it('bounds what is kept for log Z, whatever the size of the run', () => {
    const whole = fc.integer({ min: 1, max: 40 });
    fc.assert(fc.property(fc.integer({ min: 1, max: 20000 }), whole, whole, fc.integer({ min: 1, max: 3 }), (rounds, ladders, rungs, d) => {
      const trace = createTrace(rounds, ladders, rungs, d);
      assert.ok(trace.rungEnergies.length <= 2 ** 14 * rungs && trace.rungEnergies.length + trace.hottestPositions.length <= 2 ** 20);
      assert.ok(trace.rungEnergies.length >= ladders * rungs && trace.stride >= 1);
      const whole = createTrace(rounds, ladders, rungs, d, undefined, { hottest: rungs });
      assert.ok(whole.rungEnergies.length + whole.hottestPositions.length <= 2 ** 20 && whole.hottestPositions.length === d * whole.rungEnergies.length);
    }), { numRuns: 40, seed: 2 });
  });
});
