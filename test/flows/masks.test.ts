/** Masks of coupling layers: every scheme is total, in range, deterministic, and covers what it can. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { settingsFor } from '../../src/experiments/presets.ts';
import { alternatingMasks, validateArchitecture } from '../../src/flows/architecture.ts';
import { maskSchemes, masksOf } from '../../src/flows/masks.ts';
import { architectureOf } from '../../src/pipeline/transport/architecture.ts';
import { np } from '../../src/engine/numpy.ts';
import { catalogue, loadTargets } from '../../src/targets/catalogue.ts';
import type { Domain } from '../../src/targets/domain.ts';
import { defineTarget, type Target } from '../../src/targets/target.ts';
import { inputError } from '../store/folder.ts';

/** One letter per coordinate: t for a circle, r for a line, i for an interval. */
const kindOf: Readonly<Record<string, Domain[number]['kind']>> = { t: 'torus', r: 'real', i: 'interval' };
const domainOf = (kinds: string): Domain => Array.from(kinds, (kind) => ({ kind: kindOf[kind], low: -3, high: 3 }));
const covers = (masks: readonly (readonly number[])[], d: number): boolean => new Set(masks.flat()).size === d;
const kinds = fc.string({ unit: fc.constantFrom('t', 'r', 'i'), minLength: 1, maxLength: 16 });
const layers = fc.integer({ min: 1, max: 64 });

const targetOf = (word: string, more: Partial<Parameters<typeof defineTarget>[0]> = {}): Target => defineTarget({
  name: 'some', dimension: word.length, box: [-3, 3], energy: (x) => np.square(x).sum(),
  torus: Object.fromEntries(Array.from(word).flatMap((kind, j) => (kind === 't' ? [[j, [-3, 3] as const]] : []))), ...more,
});

describe('masksOf', () => {
  for (const scheme of maskSchemes) {
    it(`${scheme}: as many masks as layers, of distinct coordinates in range, in order, and the same every time`, () => {
      fc.assert(fc.property(kinds, layers, (word, count) => {
        const masks = masksOf(domainOf(word), count, scheme);
        assert.equal(masks.length, count);
        for (const mask of masks) {
          assert.ok(mask.length > 0 && (word.length === 1 || mask.length < word.length), 'neither empty nor all');
          assert.ok(mask.every((j, i) => Number.isInteger(j) && j >= 0 && j < word.length && (i === 0 || j > mask[i - 1])), mask.join(', '));
        }
        assert.deepEqual(masksOf(domainOf(word), count, scheme), masks);
      }));
    });

    it(`${scheme}: covers every coordinate from as many layers as it takes`, () => {
      fc.assert(fc.property(kinds, layers, (word, count) => {
        const d = word.length;
        const enough = scheme === 'single' ? d : Math.min(d, 2);
        assert.equal(covers(masksOf(domainOf(word), count, scheme), d), count >= enough);
      }));
    });

    it(`${scheme}: in any ${scheme === 'auto' ? 'whole pass' : 'two passes'} of the layers nothing is left out`, () => {
      for (const word of ['r', 'rr', 'rtr', 'rrrr', 'ttrrrrrr', 'r'.repeat(16)]) {
        const d = word.length;
        const pass = 2 * Math.max(2, d);
        const masks = masksOf(domainOf(word), 64, scheme);
        for (let start = 0; start + pass <= 64; start++) assert.ok(covers(masks.slice(start, start + pass), d), `${word}, from layer ${start}`);
      }
    });
  }

  it('intervals are treated as lines', () => {
    for (const scheme of maskSchemes) {
      for (const count of [2, 5, 9]) assert.deepEqual(masksOf(domainOf('titiii'), count, scheme), masksOf(domainOf('trtrir'), count, scheme));
    }
  });

  it('alternating: halves in turn; single: one after another', () => {
    assert.deepEqual(masksOf(domainOf('rrrr'), 3, 'alternating'), [[0, 2], [1, 3], [0, 2]]);
    assert.deepEqual(masksOf(domainOf('rtr'), 5, 'single'), [[0], [1], [2], [0], [1]]);
    assert.deepEqual(masksOf(domainOf('r'), 2, 'random'), [[0], [0]]);
  });

  it('random: two layers are a partition into halves, and pairs of layers differ', () => {
    const masks = masksOf(domainOf('r'.repeat(16)), 8, 'random');
    for (let k = 0; k < 8; k += 2) {
      assert.deepEqual([...masks[k], ...masks[k + 1]].sort((a, b) => a - b), Array.from({ length: 16 }, (_, j) => j), `layers ${k} and ${k + 1}`);
      assert.equal(masks[k].length, 8);
    }
    assert.equal(new Set(masks.map((mask) => mask.join())).size, 8, 'all are different');
  });

  it('auto: halves in one and two dimensions', () => {
    for (const word of ['r', 't', 'rr', 'tr']) assert.deepEqual(masksOf(domainOf(word), 5, 'auto'), alternatingMasks(word.length, 5), word);
  });

  it('auto: circles first and alone, then lines alone', () => {
    assert.deepEqual(masksOf(domainOf('rtrt'), 6, 'auto'), [[1], [3], [0], [2], [1], [3]]);
    assert.deepEqual(masksOf(domainOf('rrr'), 4, 'auto'), [[0], [1], [2], [0]]);
  });

  it('auto: with fewer layers than coordinates, circles alone and halves of the lines', () => {
    const masks = masksOf(domainOf('trrrrrrrrrrrrrrt'), 12, 'auto');
    for (let k = 0; k < 12; k += 4) {
      assert.deepEqual(masks.slice(k, k + 2), [[0], [15]], `circles of pass ${k / 4}`);
      assert.deepEqual([...masks[k + 2], ...masks[k + 3]].sort((a, b) => a - b), Array.from({ length: 14 }, (_, j) => j + 1), `lines of pass ${k / 4}`);
      assert.equal(masks[k + 2].length, 7);
    }
    assert.notDeepEqual(masks[2], masks[6], 'every pass has halves of its own');
    assert.ok(covers(masksOf(domainOf('t'.repeat(8)), 3, 'auto'), 8), 'many circles and few layers');
    assert.ok(covers(masksOf(domainOf(`r${'t'.repeat(7)}`), 7, 'auto'), 8), 'one line beside circles');
  });

  it('auto: blocks of the target are gone round in their order, and only then', () => {
    const blocks = [[2, 3], [0], [1, 3]];
    assert.deepEqual(masksOf(domainOf('rrrr'), 5, 'auto', blocks), [[2, 3], [0], [1, 3], [2, 3], [0]]);
    for (const scheme of ['alternating', 'single', 'random'] as const) assert.deepEqual(masksOf(domainOf('rrrr'), 5, scheme, blocks), masksOf(domainOf('rrrr'), 5, scheme), scheme);
    const masks = masksOf(domainOf('rrrr'), 4, 'auto', blocks);
    masks[0].push(9);
    assert.deepEqual(blocks[0], [2, 3], 'the target keeps its blocks');
    assert.deepEqual(masks[3], [2, 3], 'and so does every other layer');
  });
});

describe('architectureOf', () => {
  const base = { layers: 4, hidden: 8, bins: 4, activation: 'silu', coupling: 'spline' } as const;

  it('makes a valid architecture of every built-in target with every preset', async () => {
    for (const target of await loadTargets()) {
      for (const preset of ['quick', 'default', 'paper'] as const) {
        const architecture = architectureOf(target, settingsFor(target, preset).flow);
        validateArchitecture(architecture);
        assert.equal(architecture.domain, target.domain);
      }
    }
    assert.ok(catalogue.length >= 9);
  });

  it('refuses too few layers in one line that names the coordinate', () => {
    assert.throws(() => architectureOf(targetOf('rrr'), { ...base, layers: 2, masks: 'single' }), inputError(/^setting layers: coordinate 2 of "some" is in none of 2 layers with masks=single; take more layers$/, 2));
    assert.throws(() => architectureOf(targetOf('rr'), { ...base, layers: 1, masks: 'alternating' }), inputError(/^setting layers: coordinate 1 of "some" is in none of 1 layers/, 2));
    assert.throws(() => architectureOf(targetOf('rrr', { blocks: [[0], [1], [2]] }), { ...base, layers: 2, masks: 'auto' }), inputError(/coordinate 2 .* with masks=auto/, 2));
    for (const masks of maskSchemes) assert.equal(architectureOf(targetOf('r'), { ...base, layers: 1, masks }).masks.length, 1, masks);
    for (const masks of ['auto', 'random', 'alternating'] as const) assert.equal(architectureOf(targetOf('r'.repeat(16)), { ...base, layers: 2, masks }).masks.length, 2, masks);
  });

  it('what it refuses and what validation refuses is the same', () => {
    fc.assert(fc.property(kinds, fc.integer({ min: 1, max: 17 }), fc.constantFrom(...maskSchemes), (word, count, masks) => {
      const target = targetOf(word);
      const given = { ...base, layers: count, masks };
      if (covers(masksOf(target.domain, count, masks), word.length)) validateArchitecture(architectureOf(target, given));
      else assert.throws(() => architectureOf(target, given), inputError(/^setting layers: /));
    }));
  });
});
