import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { InputError } from '../../src/errors.ts';
import { harmonicAverages } from '../../src/numerics/harmonicOscillator.ts';
import type { QuantumSystem } from '../../src/numerics/quantumSystem.ts';
import { quantumAverages } from '../../src/numerics/sincDvr.ts';

const near = (value: number, exact: number, tolerance = 1e-8): void => assert.ok(Math.abs(value - exact) < tolerance * Math.max(1, Math.abs(exact)), `${value}, exact ${exact}`);

function line(potential: (x: number) => number, system: Partial<QuantumSystem> = {}): QuantumSystem {
  return { masses: [1], hbar: 1, beta: 1, box: [[-2, 2]], potential: (q, n, values) => { for (let i = 0; i < n; i++) values[i] = potential(q[i]); }, ...system };
}

function plane(potential: (x: number, y: number) => number, system: Partial<QuantumSystem> = {}): QuantumSystem {
  return { masses: [1, 1], hbar: 1, beta: 1, box: [[-2, 2], [-2, 2]], potential: (q, n, values) => { for (let i = 0; i < n; i++) values[i] = potential(q[2 * i], q[2 * i + 1]); }, ...system };
}

const doubleWell = (x: number): number => 20 * (x - 1) ** 2 * (x + 0.9) * (x + 1.1);

describe('quantumAverages, one coordinate', () => {
  it('harmonic oscillators, hot and cold, light and heavy, in boxes too small and too large', () => {
    for (const [mass, frequency, hbar, beta, size] of [[1, 1, 1, 1, 3], [2.5, 3, 0.7, 2, 3], [1, 1, 1, 20, 1], [1836, 0.02, 1, 300, 20], [1, 2, 0.3, 1, 4]]) {
      const exact = harmonicAverages({ mass, frequency, hbar, beta });
      const width = size / Math.sqrt(beta * mass * frequency ** 2);
      // Away from the origin, so that ⟨q⟩ and the gyration's centring are tested too.
      const system = line((x) => 0.5 * mass * frequency ** 2 * (x - 1) ** 2 - 3, { masses: [mass], hbar, beta, box: [[1 - 0.8 * width, 1 + width]] });
      const result = quantumAverages(system, [(q) => q[0], (q) => (q[0] - 1) ** 2]);
      near(result.logZ, exact.logZ + 3 * beta);
      near(result.functions[0], 1);
      near(result.functions[1] / exact.square, 1);
      near((result.potential + 3) / exact.potential, 1);
      near(result.kinetic / exact.kinetic, 1);
      near(result.energy, exact.energy - 3);
      near(result.gyration / exact.gyration, 1);
      assert.ok(result.error < 1e-9);
      assert.equal(result.levels.length, 12);
      // Of the levels those that weigh are asked for.
      result.levels.forEach((level, j) => near((level + 3) / (hbar * frequency * (j + 0.5)), 1, beta * hbar * frequency * j < 25 ? 1e-8 : 1e-3));
      // A Gaussian of variance ⟨q²⟩.
      const [{ points, values }] = result.density;
      points.forEach((x, i) => near(values[i], Math.exp(-0.5 * (x - 1) ** 2 / exact.square) / Math.sqrt(2 * Math.PI * exact.square)));
      // Planted: ħ off by one per cent.
      assert.ok(Math.abs(quantumAverages({ ...system, hbar: 1.01 * hbar }).logZ - result.logZ) > 1e-3);
    }
  });

  it('Morse levels ħω(n + ½) − (ħω(n + ½))²/4D', () => {
    const [depth, range] = [12, 0.9];
    const quantum = range * Math.sqrt(2 * depth);
    const { levels } = quantumAverages(line((x) => depth * (1 - Math.exp(-range * x)) ** 2 + (x > 9 ? (x - 9) ** 4 : 0), { box: [[-1, 3]], beta: 2 }));
    [0, 1, 2].forEach((j) => near(levels[j], quantum * (j + 0.5) - (quantum * (j + 0.5)) ** 2 / (4 * depth), 1e-6));
  });

  it('says in one line what is wrong', () => {
    assert.throws(() => quantumAverages(line((x) => (Math.abs(x) < 0.5 ? Infinity : 0))), /^InputError: quantumAverages: the potential is Infinity at/);
    assert.throws(() => quantumAverages(line((x) => (x > 3 ? NaN : 0))), InputError);
    assert.throws(() => quantumAverages(line(() => 0)), /does not confine coordinate 0/);
    assert.throws(() => quantumAverages({ ...line(() => 0), masses: [1, 1, 1] }), /1 or 2 coordinates, got 3/);
    assert.throws(() => quantumAverages({ ...line(() => 0), box: [[0, 1], [0, 1]] }), InputError);
    assert.throws(() => quantumAverages({ ...line(() => 0), box: [[1, 1]] }), InputError);
    assert.throws(() => quantumAverages({ ...line(() => 0), hbar: 0 }), InputError);
    assert.throws(() => quantumAverages(line((x) => x * x), [(): number => NaN]), /function 0/);
  });
});

describe('quantumAverages, two coordinates', () => {
  it('a separable potential is two problems in one', () => {
    const [beta, hbar] = [1, 0.9];
    const x = quantumAverages(line(doubleWell, { beta, hbar }), [(q) => q[0]]);
    const y = quantumAverages(line((q) => 3 * (q - 0.5) ** 2, { masses: [2], beta, hbar }), [(q) => q[0]]);
    const both = quantumAverages(plane((p, q) => doubleWell(p) + 3 * (q - 0.5) ** 2, { masses: [1, 2], beta, hbar }), [(q) => q[0], (q) => q[1], (q) => q[0] * q[1]]);
    near(both.logZ, x.logZ + y.logZ);
    near(both.functions[0], x.functions[0], 1e-7);
    near(both.functions[1], y.functions[0], 1e-7);
    near(both.functions[2], x.functions[0] * y.functions[0], 1e-7);
    for (const name of ['potential', 'kinetic', 'energy', 'gyration'] as const) near(both[name], x[name] + y[name], 1e-7);
    near(both.levels[1], Math.min(x.levels[1] + y.levels[0], x.levels[0] + y.levels[1]));
    for (const { points, values } of both.density) near(values.reduce((sum, value) => sum + value, 0) * (points[1] - points[0]), 1, 1e-12);
  });

  it('a coupled quadratic form with two masses is its normal modes', () => {
    const [mx, my, a, b, c, hbar, beta] = [1, 3, 2, 1.5, 0.8, 0.8, 4];
    const system = plane((x, y) => 0.5 * a * x * x + 0.5 * b * y * y + c * x * y, { masses: [mx, my], hbar, beta });
    const mean = (a / mx + b / my) / 2;
    const split = Math.hypot((a / mx - b / my) / 2, c / Math.sqrt(mx * my));
    const modes = [mean + split, mean - split].map((square) => harmonicAverages({ mass: 1, frequency: Math.sqrt(square), hbar, beta }));
    const sum = (name: 'logZ' | 'kinetic' | 'potential' | 'energy'): number => modes[0][name] + modes[1][name];
    const result = quantumAverages(system, [(q) => q[0] ** 2, (q) => q[0] * q[1]]);
    near(result.logZ, sum('logZ'));
    for (const name of ['kinetic', 'potential', 'energy'] as const) near(result[name], sum(name), 1e-7);
    // In mass-weighted coordinates u = √m q the modes are turned by an angle.
    const angle = 0.5 * Math.atan2((2 * c) / Math.sqrt(mx * my), a / mx - b / my);
    const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
    near(result.functions[0], (cos ** 2 * modes[0].square + sin ** 2 * modes[1].square) / mx, 1e-7);
    near(result.functions[1], (cos * sin * (modes[0].square - modes[1].square)) / Math.sqrt(mx * my), 1e-7);
    near(result.gyration, (cos ** 2 * modes[0].gyration + sin ** 2 * modes[1].gyration) / mx + (sin ** 2 * modes[0].gyration + cos ** 2 * modes[1].gyration) / my, 1e-7);
    assert.ok(Math.abs(result.logZ - sum('logZ')) < Math.max(result.error, 1e-9));
    // Planted: the masses exchanged.
    assert.ok(Math.abs(quantumAverages({ ...system, masses: [my, mx] }).logZ - sum('logZ')) > 1e-2);
  });
});
