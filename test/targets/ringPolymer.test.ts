/** The action of a ring in normal modes, against the action bead by bead, Gaussian integrals, and quadrature over what is left out. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { np, type Array as NpArray } from '../../src/engine/numpy.ts';
import { fillNormal, keyFromSeed } from '../../src/engine/random.ts';
import { harmonicAverages } from '../../src/numerics/harmonicOscillator.ts';
import { cholesky } from '../../src/numerics/linearAlgebra.ts';
import { logSumExp } from '../../src/numerics/logSumExp.ts';
import { compileEnergy } from '../../src/targets/compile.ts';
import type { EnergyEvaluator } from '../../src/targets/energyEvaluator.ts';
import { beadTransform, ringPaths } from '../../src/targets/ringBeads.ts';
import { modeScales, ringPolymerAction, type QuantumParticle } from '../../src/targets/ringPolymer.ts';
import { defineTarget } from '../../src/targets/target.ts';

const evaluatorOf = (dimension: number, energy: (x: NpArray) => NpArray): EnergyEvaluator => compileEnergy(defineTarget({ name: 'ring', dimension, energy, box: [-50, 50] }));
const actionOf = (particle: QuantumParticle, beads: number, modes: number): EnergyEvaluator => evaluatorOf(modes * particle.masses.length, ringPolymerAction(particle, beads, modes));

const valueAt = (evaluator: EnergyEvaluator, point: ArrayLike<number>): number => {
  const energies = new Float64Array(1);
  evaluator.energies(Float64Array.from(point), 1, energies);
  return energies[0];
};
const gradientAt = (evaluator: EnergyEvaluator, point: ArrayLike<number>): Float64Array => {
  const gradient = new Float64Array(evaluator.dimension);
  evaluator.energiesAndGradients(Float64Array.from(point), 1, new Float64Array(1), gradient);
  return gradient;
};
const unit = (d: number, j: number): Float64Array => Float64Array.from({ length: d }, (_, i) => (i === j ? 1 : 0));
const randomPoint = (d: number, counter: number): Float64Array => {
  const point = new Float64Array(d);
  fillNormal(keyFromSeed(11), counter, point);
  return point;
};

/** V = ½ Σ k_a (q_a − c_a)². */
const harmonic = (stiffness: readonly number[], centre: readonly number[]) => (q: NpArray): NpArray => np.square(q.sub(np.array([...centre]))).mul(np.array([...stiffness])).sum().mul(0.5);
/** Not symmetric in anything, in one and two coordinates. */
const crooked = (p: number) => (q: NpArray): NpArray => {
  const x = q.slice(0);
  const first = np.square(np.square(x)).mul(0.25).sub(np.square(x)).add(x.mul(0.3));
  return p === 1 ? first : first.add(np.square(q.slice(1).sub(x.mul(0.5))).mul(0.7)).add(np.sin(q.slice(1)));
};
/** The same in plain numbers. */
const crookedAt = ([x, y]: readonly number[]): number => 0.25 * x ** 4 - x ** 2 + 0.3 * x + (y === undefined ? 0 : 0.7 * (y - 0.5 * x) ** 2 + Math.sin(y));

const MASSES = [[1.7], [0.6, 2.3]];
const CURVATURES = [0, 0.8];
const particleOf = (masses: readonly number[], curvature: number, potential = crooked(masses.length)): QuantumParticle =>
  ({ potential, masses, hbar: 0.8, beta: 1.9, curvature: masses.map((_, a) => (curvature === 0 ? 0 : curvature + 0.4 * a)) });

/** S of beads at x, written bead by bead. @param x shape [N, p] @param springs by how much they are too stiff */
function beadAction({ masses, hbar, beta }: QuantumParticle, beads: number, x: Float64Array, springs = 1): number {
  const p = masses.length;
  let action = 0;
  for (let i = 0; i < beads; i++) {
    for (let a = 0; a < p; a++) action += ((springs * masses[a] * beads) / (2 * beta * hbar ** 2)) * (x[i * p + a] - x[((i + 1) % beads) * p + a]) ** 2;
    action += (beta / beads) * crookedAt(Array.from(x.subarray(i * p, i * p + p)));
  }
  return action;
}

/** log |det| by elimination with pivots. @param rows shape [n, n] */
function logDeterminant(rows: readonly Float64Array[]): number {
  const a = rows.map((row) => row.slice());
  let sum = 0;
  for (let k = 0; k < a.length; k++) {
    const pivot = a.reduce((best, row, i) => (i >= k && Math.abs(row[k]) > Math.abs(a[best][k]) ? i : best), k);
    [a[k], a[pivot]] = [a[pivot], a[k]];
    sum += Math.log(Math.abs(a[k][k]));
    for (let i = k + 1; i < a.length; i++) {
      const factor = a[i][k] / a[k][k];
      for (let j = k; j < a.length; j++) a[i][j] -= factor * a[k][j];
    }
  }
  return sum;
}

/** log ∫ exp(−S) of an action that is quadratic, from its gradients. */
function logGaussianIntegral(action: EnergyEvaluator): number {
  const d = action.dimension;
  const origin = new Float64Array(d);
  const slope = gradientAt(action, origin);
  const hessian = new Float64Array(d * d);
  for (let j = 0; j < d; j++) hessian.set(gradientAt(action, unit(d, j)).map((value, i) => value - slope[i]), j * d);
  const l = cholesky(hessian, d);
  // S(0) − ½ gᵀ H⁻¹ g is the least value: |L⁻¹ g|² = gᵀ H⁻¹ g.
  const z = new Float64Array(d);
  let [logDet, drop] = [0, 0];
  for (let i = 0; i < d; i++) {
    let sum = slope[i];
    for (let j = 0; j < i; j++) sum -= l[i * d + j] * z[j];
    z[i] = sum / l[i * d + i];
    logDet += 2 * Math.log(l[i * d + i]);
    drop += 0.5 * z[i] ** 2;
  }
  return 0.5 * d * Math.log(2 * Math.PI) - 0.5 * logDet - valueAt(action, origin) + drop;
}

/** The action with the springs of frequencies half as large, N/βħ sin: what a forgotten factor would make of it. */
function withHalfFrequencies(particle: QuantumParticle, beads: number): EnergyEvaluator {
  const right = ringPolymerAction(particle, beads, beads);
  const wrong = particle.masses.map((mass, a) => modeScales(particle, beads, a).stiffness.map((share) => {
    // share = mω² / (mω² + k), so mω² = k share / (1 − share).
    const own = (particle.curvature[a] * share) / (1 - share) / mass;
    return (0.25 * mass * own) / (mass * own + particle.curvature[a]) - share;
  }));
  const changes = Array.from({ length: beads }, (_, k) => wrong.map((row) => row[k])).flat();
  return evaluatorOf(changes.length, (u) => right(u).add(np.square(u).mul(np.array([...changes])).sum().mul(0.5)));
}

describe('the action with all modes', () => {
  for (const masses of MASSES) {
    for (const curvature of CURVATURES) {
      for (const beads of [1, 2, 3, 5, 8]) {
        it(`of ${beads} beads, p = ${masses.length}, reference ${curvature}: is the action bead by bead, with its constant`, () => {
          const particle = particleOf(masses, curvature);
          const p = masses.length;
          const d = beads * p;
          const action = actionOf(particle, beads, beads);
          const transform = beadTransform(particle, beads);
          // ∫ exp(−S) du = Z = (m N / 2πβħ²)^{N/2} ∫ exp(−S_beads) dx, with dx = |det ∂x/∂u| du.
          const jacobian = logDeterminant(Array.from({ length: d }, (_, j) => transform.positions(unit(d, j))));
          const constant = -jacobian - masses.reduce((sum, mass) => sum + 0.5 * beads * Math.log((mass * beads) / (2 * Math.PI * particle.beta * particle.hbar ** 2)), 0);
          let wrong = 0;
          for (let k = 0; k < 5; k++) {
            const u = randomPoint(d, k);
            const x = transform.positions(u);
            const value = valueAt(action, u);
            const expected = beadAction(particle, beads, x) + constant;
            assert.ok(Math.abs(value - expected) < 1e-10 * Math.max(1, Math.abs(expected)), `${value} for ${expected}`);
            wrong = Math.max(wrong, Math.abs(value - beadAction(particle, beads, x, 0.25) - constant));
          }
          if (beads > 1) assert.ok(wrong > 0.1, `the same check sees springs of half the frequency (${wrong})`);
        });
      }
    }
  }

  it('V and ∇V at the beads are those of the positions', () => {
    const particle = particleOf([0.6, 2.3], 0.8);
    const { positions, potentials, gradients } = ringPaths(beadTransform(particle, 5), evaluatorOf(2, crooked(2)), randomPoint(3 * 5 * 2, 9));
    for (let i = 0; i < 15; i++) {
      const at = (shift: readonly number[]): number => crookedAt(shift.map((s, a) => positions[2 * i + a] + s));
      assert.ok(Math.abs(potentials[i] - at([0, 0])) < 1e-11 * Math.max(1, Math.abs(potentials[i])));
      const h = 1e-5;
      [[h, 0], [0, h]].forEach((shift, a) => {
        const slope = (at(shift) - at(shift.map((s) => -s))) / (2 * h);
        assert.ok(Math.abs(gradients[2 * i + a] - slope) < 1e-6 * Math.max(1, Math.abs(slope)), `${gradients[2 * i + a]} for ${slope}`);
      });
    }
  });
});

describe('log Z of a harmonic ring', () => {
  const stiffness = [2.2, 0.7];
  for (const masses of MASSES) {
    const p = masses.length;
    const particle = (curvature: number): QuantumParticle => particleOf(masses, curvature, harmonic(stiffness.slice(0, p), [0.7, -1.1].slice(0, p)));
    for (const beads of [1, 2, 5, 8]) {
      const { hbar, beta } = particle(0);
      const exact = masses.reduce((sum, mass, a) => sum + harmonicAverages({ mass, frequency: Math.sqrt(stiffness[a] / mass), hbar, beta }, beads).logZ, 0);
      for (const curvature of CURVATURES) {
        it(`${beads} beads, p = ${p}, reference ${curvature}`, () => {
          const found = logGaussianIntegral(actionOf(particle(curvature), beads, beads));
          assert.ok(Math.abs(found - exact) < 1e-8, `log Z = ${found} for ${exact}`);
        });
      }
      if (beads > 1) {
        it(`${beads} beads, p = ${p}: springs of half the frequency are far off`, () => {
          const found = logGaussianIntegral(withHalfFrequencies(particle(0.8), beads));
          assert.ok(Math.abs(found - exact) > 0.02, `log Z = ${found} for ${exact}`);
        });
      }
    }
  }
});

describe('the action of some modes, with the others averaged', () => {
  /** The whole action at low modes and others. */
  const joined = (low: ArrayLike<number>, high: ArrayLike<number>): Float64Array => Float64Array.of(...Array.from(low), ...Array.from(high));

  for (const masses of MASSES) {
    const p = masses.length;
    for (const [beads, modes] of [[3, 1], [8, 1], [8, 3], [9, 7], [2, 1]]) {
      for (const curvature of CURVATURES) {
        it(`of a harmonic V, ${modes} of ${beads}, p = ${p}, reference ${curvature}: the marginal, and the gap ½ Σ (a − 1 − log a)`, () => {
          const particle = particleOf(masses, curvature, harmonic([2.2, 0.7].slice(0, p), [0.7, -1.1].slice(0, p)));
          const [averaged, whole] = [actionOf(particle, beads, modes), actionOf(particle, beads, beads)];
          const rest = (beads - modes) * p;
          for (let k = 0; k < 3; k++) {
            const u = randomPoint(modes * p, k);
            const zero = valueAt(whole, joined(u, new Float64Array(rest)));
            let [marginal, gap] = [zero, 0];
            for (let j = 0; j < rest; j++) {
              // A bowl round 0: S(e_j) − S(0) = a/2.
              const a = 2 * (valueAt(whole, joined(u, unit(rest, j))) - zero);
              marginal -= 0.5 * Math.log((2 * Math.PI) / a);
              gap += 0.5 * (a - 1 - Math.log(a));
            }
            const found = valueAt(averaged, u);
            assert.ok(gap > 0 && Math.abs(found - marginal - gap) < 1e-9 * Math.max(1, Math.abs(found)), `${found} for ${marginal} + ${gap}`);
          }
        });
      }
    }

    it(`is the marginal where the reference is V, p = ${p}`, () => {
      const stiffness = [2.2, 0.7].slice(0, p);
      const particle: QuantumParticle = { ...particleOf(masses, 0, harmonic(stiffness, [0.7, -1.1].slice(0, p))), curvature: stiffness };
      for (const [beads, modes] of [[3, 1], [8, 3], [9, 7]]) {
        const { hbar, beta } = particle;
        const exact = masses.reduce((sum, mass, a) => sum + harmonicAverages({ mass, frequency: Math.sqrt(stiffness[a] / mass), hbar, beta }, beads).logZ, 0);
        const found = logGaussianIntegral(actionOf(particle, beads, modes));
        assert.ok(Math.abs(found - exact) < 1e-8, `${modes} of ${beads}: log Z = ${found} for ${exact}`);
        // With another reference it is less.
        const softer = logGaussianIntegral(actionOf({ ...particle, curvature: stiffness.map((k) => 0.3 * k) }, beads, modes));
        assert.ok(softer < exact - 1e-6, `${modes} of ${beads}: log Z = ${softer} is below ${exact}`);
      }
    });
  }

  for (const curvature of CURVATURES) {
    it(`of an anharmonic V is ⟨S + log q⟩ over the reference's law q, and bounds −log ∫ exp(−S) from above; reference ${curvature}`, () => {
      const particle = particleOf([1.7], curvature);
      const [averaged, whole] = [actionOf(particle, 3, 1), actionOf(particle, 3, 3)];
      // The trapezoidal rule, exact to rounding for what decays so fast.
      const [side, step] = [161, 0.1];
      for (const centroid of [-1.6, -0.3, 0.4, 1.2]) {
        const points = new Float64Array(side * side * 3);
        for (let i = 0; i < side; i++) for (let j = 0; j < side; j++) points.set([centroid, (i - (side - 1) / 2) * step, (j - (side - 1) / 2) * step], 3 * (i * side + j));
        const actions = new Float64Array(side * side);
        whole.energies(points, side * side, actions);
        const integral = -logSumExp(actions.map((value) => -value)) - 2 * Math.log(step);
        const mean = actions.reduce((sum, value, k) => {
          const logLaw = -0.5 * (points[3 * k + 1] ** 2 + points[3 * k + 2] ** 2) - Math.log(2 * Math.PI);
          return sum + Math.exp(logLaw) * (value + logLaw) * step ** 2;
        }, 0);
        const found = valueAt(averaged, [centroid]);
        assert.ok(Math.abs(found - mean) < 1e-8 * Math.max(1, Math.abs(mean)), `at ${centroid}: ${found} for ⟨S + log q⟩ = ${mean}`);
        assert.ok(found > integral + 1e-6, `at ${centroid}: ${found} is above ${integral}`);
      }
    });
  }
});

describe('averages over modes left out, in many coordinates', () => {
  for (const p of [1, 2, 3, 4, 5, 7]) {
    it(`p = ${p}: exact for polynomials of degree 5`, () => {
      // V = Σ_a x_a⁴ + ½ Σ_{a<b} x_a² x_b² + Σ_a x_a³ x_{a+1} + x_0⁵/5.
      const potential = (q: NpArray): NpArray => {
        const squares = np.square(q);
        const turned = np.stack(Array.from({ length: p }, (_, a) => q.slice((a + 1) % p)));
        return np.square(squares).sum().mul(0.75).add(np.square(squares.sum()).mul(0.25)).add(squares.mul(q).mul(p === 1 ? q.mul(0) : turned).sum()).add(squares.slice(0).mul(squares.slice(0)).mul(q.slice(0)).mul(0.2));
      };
      const masses = Array.from({ length: p }, (_, a) => 0.6 + 0.3 * a);
      const particle: QuantumParticle = { potential, masses, hbar: 0.8, beta: 1.9, curvature: masses.map((_, a) => 0.5 + 0.2 * a) };
      const averaged = actionOf(particle, 3, 1);
      // Of ⟨x²⟩ − x²: modes of all beads are spread alike.
      const variances = masses.map((_, a) => modeScales(particle, 3, a).paths[0].slice(1).reduce((sum, entry) => sum + entry ** 2, 0));
      const mean = (x: Float64Array, v: readonly number[]): number => {
        const square = (a: number): number => x[a] ** 2 + v[a];
        let sum = (x[0] ** 5 + 10 * x[0] ** 3 * v[0] + 15 * x[0] * v[0] ** 2) / 5;
        for (let a = 0; a < p; a++) {
          sum += x[a] ** 4 + 6 * x[a] ** 2 * v[a] + 3 * v[a] ** 2;
          if (p > 1) sum += (x[a] ** 3 + 3 * x[a] * v[a]) * x[(a + 1) % p];
          for (let b = 0; b < a; b++) sum += 0.5 * square(a) * square(b);
        }
        return sum;
      };
      const start = new Float64Array(p);
      for (let k = 0; k < 4; k++) {
        const x = randomPoint(p, k);
        const change = valueAt(averaged, x) - valueAt(averaged, start);
        const expected = particle.beta * (mean(x, variances) - mean(start, variances));
        assert.ok(Math.abs(change - expected) < 1e-10 * Math.max(1, Math.abs(expected)), `${change} for ${expected}`);
        const none = variances.map(() => 0);
        const without = particle.beta * (mean(x, none) - mean(start, none));
        assert.ok(Math.abs(change - without) > 1e-3, 'the same check sees V itself');
      }
    });
  }
});

describe('gradients', () => {
  for (const masses of MASSES) {
    const p = masses.length;
    for (const [beads, modes] of [[5, 5], [5, 3], [8, 8], [8, 1], [1, 1]]) {
      it(`${modes} of ${beads} modes, p = ${p}, against finite differences`, () => {
        const action = actionOf(particleOf(masses, 0.8), beads, modes);
        const d = modes * p;
        const u = randomPoint(d, 3);
        const gradient = gradientAt(action, u);
        const h = 1e-5;
        for (let j = 0; j < d; j++) {
          const moved = (sign: number): number => valueAt(action, u.map((value, i) => (i === j ? value + sign * h : value)));
          const slope = (moved(1) - moved(-1)) / (2 * h);
          assert.ok(Math.abs(gradient[j] - slope) < 1e-7 * Math.max(1, Math.abs(slope)), `coordinate ${j}: ${gradient[j]} for ${slope}`);
        }
      });
    }
  }
});
