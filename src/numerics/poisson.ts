/**
 * The screened Poisson problem −Δu + u = f on the unit square, no flux through its sides, on m × m points with the
 * sides included. Five points per Laplacian; beyond a side values are reflected, so errors are of second order in h =
 * 1/(m − 1) there too. Fields have shape [m, m], entry (i, j) at (ih, jh). The operator is diagonal in cos(πkx)
 * cos(πly), so solving is two discrete cosine transforms (DCT-I; Strang 1999, "The discrete cosine transform").
 */
import { InputError } from '../errors.ts';

interface CosineBasis {
  /** cos(πik/(m − 1)) of point i and wave k. [m, m] */
  readonly waves: Float64Array;
  /** Inverse of `waves`. [m, m] */
  readonly transform: Float64Array;
  /** Of minus the second difference, per wave. [m] */
  readonly eigenvalues: Float64Array;
}

function cosineBasis(m: number): CosineBasis {
  if (!(Number.isInteger(m) && m >= 3))
    throw new InputError(`poisson: the grid must have at least 3 points per side, got ${m}`);
  const last = m - 1;
  const end = (i: number): number => (i === 0 || i === last ? 0.5 : 1);
  // The angle is reduced in integers, so that waves are periodic to the last bit.
  const cosine = (i: number, k: number): number => Math.cos((Math.PI * ((i * k) % (2 * last))) / last);
  const square = (entry: (row: number, column: number) => number): Float64Array =>
    Float64Array.from({ length: m * m }, (_, at) => entry(Math.floor(at / m), at % m));
  return {
    waves: square(cosine),
    transform: square((k, i) => (2 / last) * end(i) * end(k) * cosine(i, k)),
    eigenvalues: Float64Array.from({ length: m }, (_, k) => (2 * last * Math.sin((Math.PI * k) / (2 * last))) ** 2),
  };
}

const transpose = (a: Float64Array, m: number): Float64Array => a.map((_, at) => a[(at % m) * m + Math.floor(at / m)]);

/** a f aᵀ of square matrices. */
function bothSides(a: Float64Array, f: Float64Array, m: number): Float64Array {
  const times = (left: Float64Array, right: Float64Array): Float64Array => {
    const product = new Float64Array(m * m);
    for (let i = 0; i < m; i++) {
      for (let k = 0; k < m; k++) {
        const entry = left[i * m + k];
        for (let j = 0; j < m; j++) product[i * m + j] += entry * right[k * m + j];
      }
    }
    return product;
  };
  return times(times(a, f), transpose(a, m));
}

/**
 * The solution u of −Δu + u = f on the grid, exact up to rounding. @param f shape [m, m] @returns shape [m, m] @throws
 * InputError if f is not square
 */
export function solveScreenedPoisson(f: Float64Array): Float64Array {
  const m = Math.sqrt(f.length);
  const { waves, transform, eigenvalues } = cosineBasis(m);
  const amplitudes = bothSides(transform, f, m);
  return bothSides(
    waves, amplitudes.map((value, at) => value / (1 + eigenvalues[Math.floor(at / m)] + eigenvalues[at % m])), m
  );
}

/** The two points of a side between which z lies, and the share of the upper one. */
function bracket(z: number, m: number): readonly [number, number] {
  if (!(z >= 0 && z <= 1)) throw new InputError(`poisson: sensors must be in the unit square, got coordinate ${z}`);
  const lower = Math.min(Math.floor(z * (m - 1)), m - 2);
  return [lower, z * (m - 1) - lower];
}

/**
 * What sensors see of a source: row s holds the share of every grid value of f in u at sensor s, so that H f = u at the
 * sensors, interpolated bilinearly between points of the grid.
 * @param sensors places (x, y) in the unit square @param m points per side @returns shape [sensors, m²]
 * @throws InputError if a sensor is outside or m < 3
 */
export function observationOperator(sensors: readonly (readonly [number, number])[], m = 41): Float64Array {
  const { waves, transform, eigenvalues } = cosineBasis(m);
  const adjoint = transpose(transform, m);
  const operator = new Float64Array(sensors.length * m * m);
  sensors.forEach((place, s) => {
    const [seenX, seenY] = place.map((z) => {
      const [lower, share] = bracket(z, m);
      return Float64Array.from(
        { length: m }, (_, k) => (1 - share) * waves[lower * m + k] + share * waves[(lower + 1) * m + k]
      );
    });
    const response = Float64Array.from({ length: m * m }, (_, at) => {
      const [k, l] = [Math.floor(at / m), at % m];
      return (seenX[k] * seenY[l]) / (1 + eigenvalues[k] + eigenvalues[l]);
    });
    operator.set(bothSides(adjoint, response, m), s * m * m);
  });
  return operator;
}
