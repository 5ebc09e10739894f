/**
 * The bond of a hydrogen molecule as a Morse potential, at 300 K: V = D (1 − e^{−a(r − r₀)})², a quantum particle of the reduced mass.
 * Atomic units (hartree, bohr, electron masses, ħ = 1); D, a and r₀ of H₂ from Huber & Herzberg (1979).
 *
 *     jeffreys run examples/morse/target.ts
 */
import { definePathIntegral, np } from 'jeffreys-flow';

const D = 0.1745;
const a = 1.0282;
const r0 = 1.4011;
const HARTREE_PER_KELVIN = 3.1668e-6;

export default definePathIntegral({
  name: 'hydrogen-bond',
  description: 'the stretch of H₂ at 300 K: zero-point motion, where classically the bond would hardly move',
  potential: (q) => np.square(np.subtract(1, np.exp(q.slice(0).sub(r0).mul(-a)))).mul(D),
  mass: 918.08,
  beta: 1 / (HARTREE_PER_KELVIN * 300),
  box: [1, 1.9],
  beads: 64,
  modes: 9,
  observables: [
    { name: 'r', value: ([r]) => r },
    { name: '(r − r₀)²', value: ([r]) => (r - r0) ** 2 },
  ],
});
