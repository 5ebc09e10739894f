/**
 * Necks: coordinates whose location and scale others tell, as below a group's deviation in a hierarchical model. One
 * layer keeps the roots r and gives those that are told, t, units of their own at every place,
 *
 *   x_t = a(x_r) + Σ_q b_q(x_r) x_q + e^(s(x_r)) y_t,   x_r = y_r, x_q = y_q,
 *
 * where s is linear in features of the roots that are straight far out, and a and b in others that are constant there,
 * so that a neck goes on where no sample has been: as it narrows, its location may vary by less and less. In y a neck
 * is as wide as all else: what is known as a non-centred form.
 * @see Papaspiliopoulos, Roberts & Sköld 2007, "A general framework for the parametrization of hierarchical models"
 * @see Gorinova, Moore & Hoffman 2020, "Automatic reparameterisation of probabilistic programs"
 */
import { z } from 'zod';
import { np, type Array as NpArray } from '../engine/numpy.ts';

/** Where features of a root bend, in widths from its middle. */
export const BENDS: readonly number[] = [-1, 0, 1];
/** A hinge is rounded off over so many widths; and how fast a step is over. */
const ROUNDED = 0.5;
const STEEP = 1.5;
/** Features of a root: itself and hinges, of scales; steps, of locations. */
export const OF_SCALE = 1 + BENDS.length;
export const OF_LOCATION = BENDS.length;

const table = z.array(z.array(z.number()));

export const neckSchema = z.object({
  roots: z.array(z.number()),
  /** Of each root: its middle and its width. */
  centre: z.array(z.number()), width: z.array(z.number()),
  /** The coordinates that are told. [t] */
  told: z.array(z.number()),
  /** Those that tell locations, by factors that the roots tell; none is told itself. [q] */
  means: z.array(z.number()),
  /** a: by feature, 1 first. [1 + r · OF_LOCATION, t] */
  location: table,
  /** b. [q, 1 + r · OF_LOCATION, t] */
  slopes: z.array(table),
  /** s. [1 + r · OF_SCALE, t] */
  logScale: table,
});
export type Neck = z.infer<typeof neckSchema>;

/** A hinge at 0, max(v, 0), rounded off. */
const hinge = (v: number): number => 0.5 * (v + Math.sqrt(v * v + ROUNDED * ROUNDED));
const hingeSlope = (v: number): number => 0.5 * (1 + v / Math.sqrt(v * v + ROUNDED * ROUNDED));
const step = (v: number): number => Math.tanh(STEEP * v);
const stepSlope = (v: number): number => STEEP * (1 - step(v) ** 2);

/** What scales and locations are linear in. */
export class Features {
  /** [1 + r · OF_SCALE] */
  readonly scale: Float64Array;
  /** [1 + r · OF_LOCATION] */
  readonly location: Float64Array;
  private readonly units: Pick<Neck, 'roots' | 'centre' | 'width'>;

  constructor(units: Pick<Neck, 'roots' | 'centre' | 'width'>) {
    this.units = units;
    this.scale = new Float64Array(1 + units.roots.length * OF_SCALE);
    this.location = new Float64Array(1 + units.roots.length * OF_LOCATION);
  }

  /** @param row x or y [d] */
  at(row: Float64Array): this {
    const { scale, location, units: { roots, centre, width } } = this;
    [scale[0], location[0]] = [1, 1];
    for (let r = 0; r < roots.length; r++) {
      const u = (row[roots[r]] - centre[r]) / width[r];
      scale[1 + r * OF_SCALE] = u;
      for (let k = 0; k < BENDS.length; k++) {
        scale[2 + r * OF_SCALE + k] = hinge(u - BENDS[k]);
        location[1 + r * OF_LOCATION + k] = step(u - BENDS[k]);
      }
    }
    return this;
  }
}

/** Location and log scale of what is told, at one place. */
class Place {
  readonly features: Features;
  readonly location: Float64Array;
  readonly logScale: Float64Array;
  private readonly neck: Neck;

  constructor(neck: Neck) {
    this.neck = neck;
    this.features = new Features(neck);
    this.location = new Float64Array(neck.told.length);
    this.logScale = new Float64Array(neck.told.length);
  }

  /** @param row x or y: the roots and means are alike [d] */
  at(row: Float64Array): this {
    const { neck, features } = this;
    features.at(row);
    for (let t = 0; t < neck.told.length; t++) {
      this.location[t] = told(features.location, neck.location, t);
      for (let q = 0; q < neck.means.length; q++) this.location[t] += row[neck.means[q]] * this.slope(q, t);
      this.logScale[t] = told(features.scale, neck.logScale, t);
    }
    return this;
  }

  /** b_q of the t-th. */
  slope(q: number, t: number): number {
    return told(this.features.location, this.neck.slopes[q], t);
  }
}

function told(features: Float64Array, values: readonly (readonly number[])[], t: number): number {
  let sum = 0;
  for (let f = 0; f < features.length; f++) sum += features[f] * values[f][t];
  return sum;
}

/** x of y, in place, and log|det ∂x/∂y| added. @param points [n, d] */
export function throughNeck(neck: Neck, points: Float64Array, d: number, logDet: Float64Array): void {
  const place = new Place(neck);
  for (let i = 0; i < logDet.length; i++) {
    const row = points.subarray(i * d, (i + 1) * d);
    const { location, logScale } = place.at(row);
    neck.told.forEach((j, t) => {
      row[j] = location[t] + Math.exp(logScale[t]) * row[j];
      logDet[i] += logScale[t];
    });
  }
}

/** y of x, in place, and log|det ∂x/∂y| added. @param points [n, d] */
export function beforeNeck(neck: Neck, points: Float64Array, d: number, logDet: Float64Array): void {
  const place = new Place(neck);
  for (let i = 0; i < logDet.length; i++) {
    const row = points.subarray(i * d, (i + 1) * d);
    const { location, logScale } = place.at(row);
    neck.told.forEach((j, t) => {
      row[j] = (row[j] - location[t]) * Math.exp(-logScale[t]);
      logDet[i] += logScale[t];
    });
  }
}

/**
 * Gradients by x as gradients by y of U − log|det ∂x/∂y|, in place.
 * @param x [n, d] @param slopes [n, d]
 */
export function slopesBeforeNeck(neck: Neck, x: Float64Array, d: number, slopes: Float64Array): void {
  const place = new Place(neck);
  const { roots, centre, width, means } = neck;
  const byScale = new Float64Array(place.features.scale.length);
  const byLocation = new Float64Array(place.features.location.length);
  for (let i = 0; i < x.length / d; i++) {
    const [row, slope] = [x.subarray(i * d, (i + 1) * d), slopes.subarray(i * d, (i + 1) * d)];
    const { location, logScale } = place.at(row);
    byScale.fill(0);
    byLocation.fill(0);
    neck.told.forEach((j, t) => {
      const own = slope[j];
      const stretch = own * (row[j] - location[t]) - 1;
      for (let f = 0; f < byScale.length; f++) byScale[f] += stretch * neck.logScale[f][t];
      for (let f = 0; f < byLocation.length; f++) {
        byLocation[f] += own * means.reduce((sum, q, k) => sum + row[q] * neck.slopes[k][f][t], neck.location[f][t]);
      }
      means.forEach((q, k) => { slope[q] += own * place.slope(k, t); });
      slope[j] = own * Math.exp(logScale[t]);
    });
    roots.forEach((j, r) => {
      const u = (row[j] - centre[r]) / width[r];
      let sum = byScale[1 + r * OF_SCALE];
      BENDS.forEach((at, k) => {
        sum += hingeSlope(u - at) * byScale[2 + r * OF_SCALE + k]
          + stepSlope(u - at) * byLocation[1 + r * OF_LOCATION + k];
      });
      slope[j] += sum / width[r];
    });
  }
}

/** As an array program: x and log|det ∂x/∂y| of y, [n, d] → [n, d] and [n], or [d] → [d] and a number. */
export function neckProgram(neck: Neck, d: number): (y: NpArray) => { x: NpArray; logDet: NpArray } {
  const { roots, centre, width, means, location, slopes, logScale } = neck;
  const r = roots.length;
  const matrix = (rows: number, columns: number, of: (i: number, k: number) => number): NpArray =>
    np.array(Array.from({ length: rows }, (_, i) => Array.from({ length: columns }, (__, k) => of(i, k))));
  const row = (of: (k: number) => number, length: number): NpArray => np.array(Array.from({ length }, (_, k) => of(k)));
  const places = new Map(neck.told.map((j, t) => [j, t]));
  const entry = (j: number, values: readonly number[]): number => {
    const t = places.get(j);
    return t === undefined ? 0 : values[t];
  };
  /** Of a table: what is constant, and what one feature of all roots makes of each coordinate. [d], [r, d] */
  const constant = (values: readonly (readonly number[])[]): NpArray => row((j) => entry(j, values[0]), d);
  const by = (values: readonly (readonly number[])[], feature: (k: number) => number): NpArray =>
    matrix(r, d, (k, j) => entry(j, values[feature(k)]));
  const linear = (values: readonly (readonly number[])[], features: readonly ((k: number) => number)[]) => {
    const [first, parts] = [constant(values), features.map((feature) => by(values, feature))];
    return (all: readonly NpArray[]): NpArray =>
      parts.reduce((sum, part, f) => sum.add(np.matmul(all[f], part)), first);
  };
  const ofScale = Array.from({ length: OF_SCALE }, (_, f) => (k: number) => 1 + k * OF_SCALE + f);
  const ofLocation = BENDS.map((_, f) => (k: number) => 1 + k * OF_LOCATION + f);
  const [s, a] = [linear(logScale, ofScale), linear(location, ofLocation)];
  const b = slopes.map((values) => linear(values, ofLocation));
  const select = matrix(d, r, (j, k) => (roots[k] === j ? 1 / width[k] : 0));
  const middle = row((k) => -centre[k] / width[k], r);
  const ofMeans = means.map((q) => matrix(d, d, (j) => (j === q ? 1 : 0)));
  return (y) => {
    const u = np.matmul(y, select).add(middle);
    const bent = BENDS.map((at) => u.sub(at));
    const hinges = bent.map((v) => v.add(np.sqrt(np.square(v).add(ROUNDED * ROUNDED))).mul(0.5));
    const steps = bent.map((v) => np.tanh(v.mul(STEEP)));
    const scale = s([u, ...hinges]);
    const centred = b.reduce((sum, factor, k) => sum.add(factor(steps).mul(np.matmul(y, ofMeans[k]))), a(steps));
    return { x: y.mul(np.exp(scale)).add(centred), logDet: scale.sum(-1) };
  };
}
