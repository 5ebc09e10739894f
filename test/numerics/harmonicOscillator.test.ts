import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { InputError } from '../../src/errors.ts';
import { harmonicAverages } from '../../src/numerics/harmonicOscillator.ts';
import type { HarmonicAverages, HarmonicOscillator } from '../../src/numerics/harmonicOscillator.ts';

const near = (value: number, exact: number, tolerance = 1e-11): void => assert.ok(Math.abs(value - exact) < tolerance * Math.max(1, Math.abs(exact)), `${value}, exact ${exact}`);
const names = ['logZ', 'square', 'potential', 'kinetic', 'energy', 'gyration'] as const;
const difference = (a: HarmonicAverages, b: HarmonicAverages): number => Math.max(...names.map((name) => Math.abs(a[name] - b[name])));
const positive = fc.double({ min: 0.2, max: 5, noNaN: true });
const oscillators: fc.Arbitrary<HarmonicOscillator> = fc.record({ mass: positive, frequency: positive, hbar: positive, beta: positive });

describe('harmonicAverages', () => {
  it('N beads: the product over modes is 1 / (2 sinh(Na/2)) with 2 sinh(a/2) = βħω/N; springs of N/β are found out', () => {
    fc.assert(
      fc.property(oscillators, fc.integer({ min: 1, max: 64 }), (oscillator, beads) => {
        const { mass, frequency, hbar, beta } = oscillator;
        const exact = (reduced: number): number => {
          const a = 2 * Math.asinh((beta * hbar * reduced) / (2 * beads));
          return (-beads * a) / 2 - Math.log(-Math.expm1(-beads * a));
        };
        const { logZ, square, kinetic, potential, energy } = harmonicAverages(oscillator, beads);
        near(logZ, exact(frequency));
        // ⟨q²⟩ = −(2/β) ∂log Z/∂(mω²), here by a central difference in ω.
        const h = 1e-5 * frequency;
        near(square, -(exact(frequency + h) - exact(frequency - h)) / (2 * h) / (beta * mass * frequency), 1e-7);
        near(kinetic, potential);
        near(energy, kinetic + potential);
        // The mutant leaves a factor of two out of the springs' frequencies.
        let mutant = 0;
        for (let k = 0; k < beads; k++) mutant += Math.log(beads / (beta * hbar * Math.hypot((beads / (beta * hbar)) * Math.sin((k * Math.PI) / beads), frequency)));
        assert.ok(beads === 1 || Math.abs(mutant - logZ) > 1e-3);
      }),
      { numRuns: 200, seed: 1 },
    );
  });

  it('one bead is classical', () => {
    const classical = harmonicAverages({ mass: 2, frequency: 3, hbar: 0.7, beta: 0.4 }, 1);
    near(classical.logZ, -Math.log(0.4 * 0.7 * 3));
    near(classical.square, 1 / (0.4 * 2 * 9));
    near(classical.energy, 1 / 0.4);
    assert.equal(classical.gyration, 0);
  });

  it('the limit N → ∞ is approached as 1/N²; at low temperature it is the ground state', () => {
    fc.assert(
      fc.property(oscillators, (oscillator) => {
        const exact = harmonicAverages(oscillator);
        const beads = 64 * Math.ceil(oscillator.beta * oscillator.hbar * oscillator.frequency);
        const ratio = difference(harmonicAverages(oscillator, beads), exact) / difference(harmonicAverages(oscillator, 2 * beads), exact);
        assert.ok(Math.abs(ratio - 4) < 0.01, `error ratio ${ratio}`);
      }),
      { numRuns: 100, seed: 1 },
    );
    const cold = harmonicAverages({ mass: 2, frequency: 3, hbar: 0.7, beta: 200 });
    near(cold.energy, 0.5 * 0.7 * 3);
    near(cold.logZ, -200 * 0.5 * 0.7 * 3);
  });

  it('the gyration has no seam where its series takes over, and is ħ²β/12m for a free particle', () => {
    const at = (frequency: number): number => harmonicAverages({ mass: 2, frequency, hbar: 0.5, beta: 1 }).gyration;
    near(at(0.2 * (1 - 1e-12)) / at(0.2 * (1 + 1e-12)), 1, 1e-11);
    near(at(1e-4), 0.25 / 24, 1e-9);
  });

  it('refuses what is not positive', () => {
    for (const bad of [{ mass: 0 }, { frequency: -1 }, { hbar: NaN }, { beta: Infinity }]) {
      assert.throws(() => harmonicAverages({ mass: 1, frequency: 1, hbar: 1, beta: 1, ...bad }), InputError);
    }
    assert.throws(() => harmonicAverages({ mass: 1, frequency: 1, hbar: 1, beta: 1 }, 0), InputError);
  });
});
