import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { InputError } from '../../src/errors.ts';
import { normalModes, springFrequencies, waveNumber, wholePairs } from '../../src/numerics/normalModes.ts';

const SIZES = [1, 2, 3, 8, 9, 64];
const at = (modes: Float64Array, beads: number, i: number, k: number): number => modes[i * beads + k];
const dot = (n: number, term: (i: number) => number): number => Array.from({ length: n }, (_, i) => term(i)).reduce((a, b) => a + b, 0);

describe('normal modes of a ring', () => {
  for (const n of SIZES) {
    const modes = normalModes(n);

    it(`of ${n} beads are orthonormal`, () => {
      for (let k = 0; k < n; k++) {
        for (let l = 0; l < n; l++) {
          const product = dot(n, (i) => at(modes, n, i, k) * at(modes, n, i, l));
          assert.ok(Math.abs(product - (k === l ? 1 : 0)) < 1e-12, `modes ${k} and ${l}: ${product}`);
        }
      }
    });

    it(`of ${n} beads diagonalise the springs, with their frequencies`, () => {
      const [beta, hbar] = [1.7, 0.6];
      const frequencies = springFrequencies(n, { beta, hbar });
      assert.equal(frequencies.length, n);
      assert.equal(frequencies[0], 0, 'the centroid has none');
      // Σ (x_i − x_{i+1})² / (βħ/N)² = Σ_k ω_k² q_k².
      const gap = (i: number, k: number): number => at(modes, n, i, k) - at(modes, n, (i + 1) % n, k);
      const unit = (n / (beta * hbar)) ** 2;
      let halved = 0;
      for (let k = 0; k < n; k++) {
        for (let l = 0; l < n; l++) {
          const element = unit * dot(n, (i) => gap(i, k) * gap(i, l));
          const expected = k === l ? frequencies[k] ** 2 : 0;
          assert.ok(Math.abs(element - expected) < 1e-11 * unit, `modes ${k} and ${l}: ${element} for ${expected}`);
          if (k === l) halved = Math.max(halved, Math.abs(element - (0.5 * frequencies[k]) ** 2) / unit);
        }
      }
      if (n > 1) assert.ok(halved > 0.01, 'the same check sees frequencies half as large');
    });
  }

  it('the first whole pairs of a short ring are those of a longer one, at fewer points', () => {
    for (const [short, stride] of [[3, 3], [8, 2], [8, 8], [9, 7], [2, 5], [64, 2]]) {
      const long = short * stride;
      const [few, many] = [normalModes(short), normalModes(long)];
      for (let k = 0; k < wholePairs(short); k++) {
        for (let i = 0; i < short; i++) {
          const [mine, other] = [at(few, short, i, k) * Math.sqrt(short), at(many, long, i * stride, k) * Math.sqrt(long)];
          assert.ok(Math.abs(mine - other) < 1e-12, `mode ${k} at bead ${i} of ${short}, ${long}: ${mine}, ${other}`);
        }
      }
      // The mode that stands alone is no mode of the longer ring.
      if (short % 2 === 0) {
        const gaps = Array.from({ length: short }, (_, i) => Math.abs(at(few, short, i, short - 1) * Math.sqrt(short) - at(many, long, i * stride, short - 1) * Math.sqrt(long)));
        assert.ok(Math.max(...gaps) > 0.1, `mode ${short - 1} of ${short} is not one of ${long}`);
      }
    }
  });

  it('low frequencies tend to those of the continuous path, 2πw/βħ', () => {
    const [beta, hbar] = [0.9, 1.3];
    const frequencies = springFrequencies(4096, { beta, hbar });
    for (let k = 0; k < 9; k++) assert.ok(Math.abs(frequencies[k] - (2 * Math.PI * waveNumber(k)) / (beta * hbar)) < 1e-4, `mode ${k}`);
  });

  it('wave numbers and whole pairs', () => {
    assert.deepEqual([0, 1, 2, 3, 4, 5].map(waveNumber), [0, 1, 1, 2, 2, 3]);
    assert.deepEqual([1, 2, 3, 4, 7, 8, 64].map(wholePairs), [1, 1, 3, 3, 7, 7, 63]);
  });

  it('refuses what is no number of beads', () => {
    for (const beads of [0, -1, 2.5, NaN, Infinity]) assert.throws(() => normalModes(beads), (error) => error instanceof InputError && /^normalModes: beads must be a positive integer, got /.test(error.message), String(beads));
  });
});
