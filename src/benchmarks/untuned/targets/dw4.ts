/**
 * Four particles in the plane, each pair with the energy 0.9 s⁴ − 4 s² at a distance 4 + s (Köhler et al. 2020, DW-4),
 * in a weak trap |Σ p|²/8 of their centre, without which there is no normaliser.
 *
 * What depends on distances is exact to the digits given. Centre and rotation integrate out; with one pair at
 * (±a/2, 0), each of the other two sees g(r) = exp(−u(|r − a/2|) − u(|r + a/2|)), and ∫∫ g(r) g(r') exp(−u(|r − r'|))
 * is a convolution, which Fourier transforms on a grid give to rounding; a remains, by quadrature.
 */
import { np, type TargetDefinition } from 'jeffreys-flow';
import type { Limits } from '../limits.ts';
import { untold } from '../untold.ts';

export const limits: Limits = { ess: 0.5, seconds: 180 };

const pairs = [[0, 1], [0, 2], [0, 3], [1, 2], [1, 3], [2, 3]];
/** Rows p_i − p_j of the six pairs, [6, 4]. */
const differences = pairs.map(([i, j]) => [0, 1, 2, 3].map((k) => (k === i ? 1 : k === j ? -1 : 0)));

const distances = (x: Float64Array): number[] =>
  pairs.map(([i, j]) => Math.hypot(x[2 * i] - x[2 * j], x[2 * i + 1] - x[2 * j + 1]));
const pairMean = (f: (distance: number) => number) => (x: Float64Array): number =>
  distances(x).reduce((sum, distance) => sum + f(distance) / pairs.length, 0);
const pairEnergy = (distance: number): number => 0.9 * (distance - 4) ** 4 - 4 * (distance - 4) ** 2;
const pairVirial = (distance: number): number =>
  distance * (3.6 * (distance - 4) ** 3 - 8 * (distance - 4));
const shareBelow = (length: number) => pairMean((distance) => (distance < length ? 1 : 0));
/** |Σ p|² */
const trapped = (x: Float64Array): number => (x[0] + x[2] + x[4] + x[6]) ** 2 + (x[1] + x[3] + x[5] + x[7]) ** 2;
/** Twice the area of the first three particles' triangle, positive where they go anticlockwise. */
const turn = (x: Float64Array): number =>
  (x[2] - x[0]) * (x[5] - x[1]) - (x[3] - x[1]) * (x[4] - x[0]);

export const known: TargetDefinition = {
  name: 'dw4',
  dimension: 8,
  energy: (point) => {
    const places = point.reshape([4, 2]);
    const squares = np.square(np.matmul(np.array(differences), places)).sum(1);
    const stretch2 = np.square(np.sqrt(squares.add(1e-12)).sub(4));
    return stretch2.mul(stretch2.mul(0.9).sub(4)).sum().add(np.square(places.sum(0)).sum().div(8));
  },
  logZ: 31.5051092993,
  observables: [
    { name: 'pair energy', value: pairMean(pairEnergy), exact: -3.75691826725 },
    { name: 'distance', value: pairMean((distance) => distance), exact: 4.0449868444 },
    { name: 'distance < 3', value: shareBelow(3), exact: 0.4117352645 },
    { name: 'distance < 4', value: shareBelow(4), exact: 0.4946654714 },
    { name: 'distance < 5.5', value: shareBelow(5.5), exact: 0.8329620351 },
    // Three Jacobi vectors have six coordinates, and ⟨x · ∇U⟩ = 6.
    { name: 'virial', value: pairMean(pairVirial), exact: 1 },
    { name: 'trap', value: (x) => trapped(x) / 8, exact: 1 },
    { name: 'anticlockwise', value: (x) => (turn(x) > 0 ? 1 : 0), exact: 0.5 },
  ],
};

export default untold(known);
