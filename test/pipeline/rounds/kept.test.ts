/** The round whose flow a run ends with. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { betterOf, figureOf, isLost } from '../../../src/pipeline/rounds/kept.ts';

describe('the round that is kept', () => {
  it('is the best, and of nearly equal ones the last at the end', () => {
    const [a, b] = [{ figure: 0.9 }, { figure: 0.89 }];
    assert.equal(betterOf(null, b, true), b);
    assert.equal(betterOf(a, b, false), a);
    assert.equal(betterOf(a, b, true), b);
    assert.equal(betterOf(a, { figure: 0.5 }, true), a);
    assert.equal(betterOf(b, a, false), a);
  });

  it('is none that has lost a mode, nor one of which nothing is known', () => {
    const covering = { steps: 1000, tail: 'sound' as const, trainedBeyond: 0.001, logZ: { value: 1, standardError: 0.002 } };
    assert.equal(figureOf({ ess: 0.9, trainedEss: 0.8, ...covering }), 0.9);
    assert.ok(figureOf({ ess: 0.99, trainedEss: 0.1, ...covering }) < 0.2);
    assert.equal(figureOf({ ess: null, trainedEss: 0.8, ...covering }), 0);
  });

  it('is none that leaves out a part, unless all others are far worse', () => {
    const others = { steps: 1000, trainedEss: 0.9, logZ: { value: 1, standardError: 0.002 }, tail: 'sound' } as const;
    const leaving = figureOf({ ess: 0.83, trainedBeyond: 0.003, ...others });
    assert.ok(leaving < figureOf({ ess: 0.79, trainedBeyond: 0, ...others }));
    assert.ok(leaving > figureOf({ ess: 0.3, trainedBeyond: 0, ...others }));
  });

  it('is a base alone, where training has not made that better', () => {
    const others = { trainedEss: 0.9, trainedBeyond: 0, logZ: { value: 1, standardError: 0.002 }, tail: 'sound' } as const;
    const of = (steps: number, ess: number): { readonly figure: number } =>
      ({ figure: figureOf({ steps, ess, ...others }) });
    const alone = of(0, 0.96);
    assert.equal(betterOf(alone, of(1000, 0.961), true), alone);
    const gained = of(1000, 0.986);
    assert.equal(betterOf(of(0, 0.976), gained, true), gained, 'one point more');
    const better = of(1000, 0.99);
    assert.notEqual(betterOf(of(0, 0.9), better, true).figure, of(0, 0.9).figure);
  });

  it('is none with a heavy tail, where there is one that is nearly as good without', () => {
    const others = { steps: 1000, trainedEss: 0.9, trainedBeyond: 0, logZ: { value: 1, standardError: 0.002 } };
    const of = (ess: number, tail: 'sound' | 'doubtful' | 'unknown'): { readonly figure: number } =>
      ({ figure: figureOf({ ess, tail, ...others }) });
    const sound = of(0.96, 'sound');
    for (const tail of ['doubtful', 'unknown'] as const) {
      assert.equal(betterOf(sound, of(0.965, tail), true), sound);
      const better = of(0.999, tail);
      assert.equal(betterOf(sound, better, true), better);
    }
  });

  it('is gone back to where training has lost what it had, and not where a single weight is large', () => {
    assert.ok(isLost(0.008, 0.714));
    assert.ok(isLost(null, 0.5));
    assert.ok(!isLost(0.69, 0.714));
    assert.ok(!isLost(0.9, 0.86));
    assert.ok(!isLost(null, null));
  });
});
