/**
 * Every bijection and flow configuration, and the checks they all have to pass. List a new one in {@link bijections}
 * and the contract test tests it: inverse, log-determinant, identity at the start and outside the box, seams.
 */
import { sinhArcsinh } from '../../examples/extend-bijection.ts';
import { np, valueAndGradient, type Array as NpArray } from '../../src/engine/numpy.ts';
import { compileOnnx } from '../../src/engine/onnx/executor.ts';
import type { Executable, Precision } from '../../src/engine/executor.ts';
import { uniform, type Key } from '../../src/engine/random.ts';
import { trace } from '../../src/engine/trace.ts';
import type { ActivationName } from '../../src/flows/activations.ts';
import { alternatingMasks, parameterCount, parameterSlots, type Architecture } from '../../src/flows/architecture.ts';
import { affineParameterCount, conditionalAffine } from '../../src/flows/bijections/affine.ts';
import { rationalQuadraticSpline, splineParameterCount, type Direction, type Topology } from '../../src/flows/bijections/rationalQuadratic.ts';
import { CouplingFlow } from '../../src/flows/couplingFlow.ts';
import { initialParameters } from '../../src/flows/initialise.ts';
import type { Coordinate, Domain } from '../../src/targets/domain.ts';

/** A bijection of a domain, with parameters. */
export interface Bijection {
  readonly name: string;
  readonly domain: Domain;
  readonly parameterCount: number;
  /** @param x [B, d] @returns images [B, d] and log|det| of that direction [B] */
  readonly map: (parameters: NpArray, x: NpArray, direction: Direction) => [NpArray, NpArray];
  /** Parameters at which it is the identity. */
  readonly start: (key: Key) => Float64Array;
  /** Random parameters; `scale` 3 strains it. */
  readonly random: (key: Key, scale: number) => Float64Array;
  /** Whether it bends the whole line: then no box has an outside that it leaves alone. */
  readonly boundless?: true;
  /** Whether it goes on beyond the box with another slope than 1: then what lies there moves, without a seam. */
  readonly stretched?: true;
}

const centred = (key: Key, i: number): number => 2 * uniform(key, 0, i) - 1;

function spline(bins: number, topology: Topology, n = 1): Bijection {
  const each = splineParameterCount(bins, topology);
  const kind = ({ line: 'real', interval: 'interval', circle: 'torus' } as const)[topology];
  return {
    name: `${topology} spline, ${bins} bins${n === 1 ? '' : `, ${n} coordinates`}`,
    domain: Array.from({ length: n }, (): Coordinate => ({ kind, low: 0, high: 1 })),
    parameterCount: n * each,
    map: (parameters, x, direction) => {
      // Outside [0, 1] the map goes on with slope 1, as in the flow.
      const inside = np.minimum(np.maximum(x, 0), 1);
      const [image, logDerivative] = rationalQuadraticSpline(inside.transpose(), np.broadcastTo(parameters.reshape([n, each, 1]), [n, each, x.shape[0]]), bins, topology, direction);
      return [image.transpose().add(x.sub(inside)), logDerivative.sum(0)];
    },
    start: () => new Float64Array(n * each),
    random: (key, scale) => Float64Array.from({ length: n * each }, (_, i) => scale * centred(key, i)),
  };
}

export function flow(name: string, architecture: Architecture): Bijection {
  return {
    name,
    domain: architecture.domain,
    parameterCount: parameterCount(architecture),
    map: (parameters, x, direction) => new CouplingFlow(architecture, parameters)[direction](x),
    start: (key) => Float64Array.from(initialParameters(architecture, key)),
    // Hidden layers as at the start; biases of the output layer up to ± scale, its weights to match.
    random: (key, scale) => {
      const values = Float64Array.from(initialParameters(architecture, key));
      let start = 0;
      for (const { shape, startsAtZero, fanIn } of parameterSlots(architecture)) {
        const size = shape.reduce((product, n) => product * n, 1);
        const bound = shape.length === 1 ? scale : scale / Math.sqrt(fanIn);
        if (startsAtZero) for (let i = start; i < start + size; i++) values[i] = bound * centred(key, i);
        start += size;
      }
      return values;
    },
  };
}

/** examples/extend-bijection.ts: how one's own joins. */
function ownBijection(d: number): Bijection {
  return {
    name: `sinh-arcsinh map${d === 1 ? '' : `, ${d} coordinates`}`,
    domain: Array.from({ length: d }, () => line(-3, 3)),
    parameterCount: 2 * d,
    map: sinhArcsinh,
    start: () => new Float64Array(2 * d),
    // Skews up to ± scale/2, and tails of powers between e^{−scale/4} and e^{scale/4}.
    random: (key, scale) =>
      Float64Array.from({ length: 2 * d }, (_, i) => (i < d ? 0.5 : 0.25) * scale * centred(key, i)),
    boundless: true,
  };
}

export const line = (low: number, high: number): Coordinate => ({ kind: 'real', low, high });
export const circle = (low: number, high: number): Coordinate => ({ kind: 'torus', low, high });
export const walled = (low: number, high: number): Coordinate => ({ kind: 'interval', low, high });

const architecture = (domain: Domain, masks: readonly (readonly number[])[], bins: number, activation: ActivationName = 'silu', hidden = 5): Architecture =>
  ({ domain, masks, hidden, bins, activation });

/** The same with affine maps, which act outside the boxes of lines too; half as strained, as scales multiply. */
function scaled(name: string, base: Architecture): Bijection {
  const made = flow(name, { ...base, coupling: 'affine' });
  return { ...made, random: (key, scale) => made.random(key, scale / 2), stretched: true };
}

/** The affine map of three coordinates, in units of their boxes. */
function affine(topology: 'line' | 'circle'): Bijection {
  const each = affineParameterCount(topology);
  const domain = Array.from({ length: 3 }, () => (topology === 'line' ? line(-0.5, 0.5) : circle(0, 1)));
  return {
    name: `affine map of 3 ${topology}s`,
    domain,
    parameterCount: 3 * each,
    map: (parameters, x, direction) => {
      const all = np.broadcastTo(parameters.reshape([3, each, 1]), [3, each, x.shape[0]]);
      const [image, logDerivative] = conditionalAffine(x.transpose(), all, topology, direction);
      return [image.transpose(), logDerivative.sum(0)];
    },
    start: () => new Float64Array(3 * each),
    random: (key, scale) => Float64Array.from({ length: 3 * each }, (_, i) => scale * centred(key, i)),
    stretched: true,
  };
}

export const bijections: readonly Bijection[] = [
  spline(2, 'line'), spline(8, 'line'), spline(50, 'line'), spline(6, 'line', 3),
  spline(2, 'interval'), spline(8, 'interval'), spline(50, 'interval'),
  spline(2, 'circle'), spline(8, 'circle'), spline(50, 'circle'),
  flow('flow of one coordinate', architecture([line(-3, 5)], alternatingMasks(1, 2), 6)),
  flow('flow of one circle', architecture([circle(-Math.PI, Math.PI)], alternatingMasks(1, 1), 6)),
  flow('flow of the plane', architecture([line(-4, 4), line(-4, 4)], alternatingMasks(2, 3), 8)),
  flow('flow with 2 bins and ReLU', architecture([line(-1, 1), line(-1, 1)], alternatingMasks(2, 2), 2, 'relu')),
  flow('flow with 50 bins', architecture([line(-1, 1), line(-1, 1)], alternatingMasks(2, 2), 50)),
  flow('flow with its own bounds per coordinate', architecture([line(-1.6, 2), line(-0.5, 2), line(-0.5, 6.5)], [[0], [1, 2], [0, 2]], 5)),
  flow('flow of the torus', architecture([circle(-Math.PI, Math.PI), circle(0, 1)], alternatingMasks(2, 3), 5)),
  flow('flow of circles and lines', architecture([circle(-Math.PI, Math.PI), line(-6, 6), circle(0, 2), line(-3, 4)], [[0, 1], [2, 3], [1, 2]], 4)),
  flow('flow of intervals', architecture([walled(0, 1), walled(-2, 3)], alternatingMasks(2, 3), 6)),
  ownBijection(1), ownBijection(3),
  affine('line'), affine('circle'),
  scaled('affine flow of one coordinate', architecture([line(-3, 5)], alternatingMasks(1, 2), 6)),
  scaled('affine flow of the plane', architecture([line(-4, 4), line(-4, 4)], alternatingMasks(2, 3), 8)),
  scaled('affine flow of the torus', architecture([circle(-Math.PI, Math.PI), circle(0, 1)], alternatingMasks(2, 3), 5)),
  scaled('affine flow of every kind, with marginal layers', architecture([walled(0, 1), circle(-Math.PI, Math.PI), line(-3, 4), line(-5, 5)], [[0, 1, 2, 3], [0, 1], [2], [3, 0], [0, 1, 2, 3]], 5, 'relu')),
  flow('flow of an interval, a circle and a line', architecture([walled(0, 1), circle(-Math.PI, Math.PI), line(-3, 4)], [[0, 1], [2], [0], [1, 2]], 5)),
];

export interface Mapped {
  /** [B, d] */
  readonly image: Float64Array;
  /** [B] */
  readonly logDet: Float64Array;
}

/** A bijection compiled for batches of a fixed number of points. */
export interface Maps {
  readonly batch: number;
  readonly map: (direction: Direction, parameters: Float64Array, x: Float64Array) => Promise<Mapped>;
  /** Rows ∂ image_j / ∂ x of each point, [B, d, d], by differentiating. */
  readonly jacobian: (direction: Direction, parameters: Float64Array, x: Float64Array) => Promise<Float64Array>;
  readonly dispose: () => Promise<void>;
}

/** Compile both directions, with their Jacobians where wanted. */
export async function compileMaps(bijection: Bijection, precision: Precision, batch: number, withJacobian = true): Promise<Maps> {
  const d = bijection.domain.length;
  // One reverse pass gives the row of the Jacobian that `chosen`, a unit vector, picks.
  const specs = [[bijection.parameterCount], [batch, d], [1, d]].map((shape) => ({ shape }));
  const compile = (direction: Direction): Promise<Executable> => compileOnnx(trace((parameters, x, chosen) => [
    ...bijection.map(parameters, x, direction),
    ...(withJacobian ? [valueAndGradient((v) => bijection.map(parameters, v, direction)[0].mul(chosen).sum())(x)[1]] : []),
  ], specs), { precision });
  const executables: Record<Direction, Executable> = { forward: await compile('forward'), inverse: await compile('inverse') };
  const unit = (j: number): Float64Array => Float64Array.from({ length: d }, (_, k) => (k === j ? 1 : 0));
  return {
    batch,
    async map(direction, parameters, x) {
      const [image, logDet] = await executables[direction].run([parameters, x, unit(0)]);
      return { image: Float64Array.from(image), logDet: Float64Array.from(logDet) };
    },
    async jacobian(direction, parameters, x) {
      if (!withJacobian) throw new Error('compiled without the Jacobian');
      const out = new Float64Array(batch * d * d);
      for (let j = 0; j < d; j++) {
        const [, , row] = await executables[direction].run([parameters, x, unit(j)]);
        row.forEach((value, k) => { out[(Math.floor(k / d) * d + j) * d + (k % d)] = value; });
      }
      return out;
    },
    async dispose() {
      await Promise.all(Object.values(executables).map((executable) => executable.dispose()));
    },
  };
}

/** Points of the domain: mostly inside the box; real coordinates now and then a little outside. */
export function randomPoints(domain: Domain, key: Key, n: number): Float64Array {
  const d = domain.length;
  return Float64Array.from({ length: n * d }, (_, i) => {
    const { kind, low, high } = domain[i % d];
    const u = uniform(key, 1, i);
    return low + (high - low) * (kind === 'real' ? 1.2 * u - 0.1 : u);
  });
}

/** log|det| of a matrix [d, d], by elimination, and the determinant's sign. */
export function logAbsDeterminant(matrix: Float64Array, d: number): { logDet: number; sign: number } {
  const a = matrix.slice();
  let [logDet, sign] = [0, 1];
  for (let c = 0; c < d; c++) {
    let pivot = c;
    for (let r = c + 1; r < d; r++) if (Math.abs(a[r * d + c]) > Math.abs(a[pivot * d + c])) pivot = r;
    if (pivot !== c) {
      for (let k = 0; k < d; k++) [a[c * d + k], a[pivot * d + k]] = [a[pivot * d + k], a[c * d + k]];
      sign = -sign;
    }
    const top = a[c * d + c];
    logDet += Math.log(Math.abs(top));
    if (top < 0) sign = -sign;
    for (let r = c + 1; r < d; r++) {
      const factor = a[r * d + c] / top;
      for (let k = c; k < d; k++) a[r * d + k] -= factor * a[c * d + k];
    }
  }
  return { logDet, sign };
}

const largest = (values: Iterable<number>): number => {
  let top = 0;
  for (const value of values) {
    if (Number.isNaN(value)) return Infinity;
    top = Math.max(top, value);
  }
  return top;
};

const directions: readonly Direction[] = ['forward', 'inverse'];
const opposite = (direction: Direction): Direction => (direction === 'forward' ? 'inverse' : 'forward');

/**
 * There and back, starting in either direction: |difference| as a fraction of the box, divided by how much the way back
 * stretches (a rounding of the image cannot be undone), and the log-determinants' sum.
 * @param exact the same maps in float64, for the stretch
 */
export async function inverseError(maps: Maps, { domain }: Bijection, parameters: Float64Array, x: Float64Array, exact = maps): Promise<{ point: number; logDet: number }> {
  const d = domain.length;
  let [point, logDet] = [0, 0];
  for (const direction of directions) {
    const there = await maps.map(direction, parameters, x);
    const back = await maps.map(opposite(direction), parameters, there.image);
    const jacobian = await exact.jacobian(opposite(direction), parameters, there.image);
    point = Math.max(point, largest(back.image.map((value, i) => {
      const { low, high } = domain[i % d];
      const row = jacobian.subarray(i * d, (i + 1) * d);
      // Stretch of coordinate j of the way back, in units of the boxes.
      const stretch = row.reduce((sum, slope, k) => sum + (Math.abs(slope) * (domain[k].high - domain[k].low)) / (high - low), 0);
      return Math.abs(value - x[i]) / (high - low) / Math.max(1, stretch);
    })));
    logDet = Math.max(logDet, largest(back.logDet.map((value, i) => Math.abs(value + there.logDet[i]) / (1 + Math.abs(value)))));
  }
  return { point, logDet };
}

/** |log-determinant − log|det Jacobian||, in both directions; Infinity where the determinant is not positive. */
export async function logDetError(maps: Maps, { domain }: Bijection, parameters: Float64Array, x: Float64Array): Promise<number> {
  const d = domain.length;
  let worst = 0;
  for (const direction of directions) {
    const { logDet } = await maps.map(direction, parameters, x);
    const jacobian = await maps.jacobian(direction, parameters, x);
    worst = Math.max(worst, largest(logDet.map((value, i) => {
      const exact = logAbsDeterminant(jacobian.slice(i * d * d, (i + 1) * d * d), d);
      return exact.sign > 0 ? Math.abs(value - exact.logDet) : Infinity;
    })));
  }
  return worst;
}

/** Jacobian against central differences, relative to its size: a check of the differentiation itself. */
export async function jacobianError(maps: Maps, { domain }: Bijection, parameters: Float64Array, x: Float64Array): Promise<number> {
  const d = domain.length;
  let worst = 0;
  for (const direction of directions) {
    const jacobian = await maps.jacobian(direction, parameters, x);
    for (let k = 0; k < d; k++) {
      const h = 1e-7 * (domain[k].high - domain[k].low);
      const moved = (by: number): Promise<Mapped> => maps.map(direction, parameters, x.map((value, i) => (i % d === k ? value + by : value)));
      const [above, below] = [(await moved(h)).image, (await moved(-h)).image];
      worst = Math.max(worst, largest(above.map((value, i) => {
        const slope = jacobian[i * d + k];
        return Math.abs((value - below[i]) / (2 * h) - slope) / (1 + Math.abs(slope));
      })));
    }
  }
  return worst;
}

/** Distance from the identity with log-determinant 0, as a fraction of the box. */
export async function identityError(maps: Maps, { domain }: Bijection, parameters: Float64Array, x: Float64Array): Promise<number> {
  const d = domain.length;
  let worst = 0;
  for (const direction of directions) {
    const { image, logDet } = await maps.map(direction, parameters, x);
    worst = Math.max(worst, largest(logDet.map(Math.abs)), largest(image.map((value, i) => Math.abs(value - x[i]) / (domain[i % d].high - domain[i % d].low))));
  }
  return worst;
}

/** How far real coordinates outside the box move, as a fraction of the box. */
export async function outsideError(maps: Maps, { domain }: Bijection, parameters: Float64Array, x: Float64Array): Promise<number> {
  const d = domain.length;
  const far = x.map((value, i) => {
    const { kind, low, high } = domain[i % d];
    if (kind === 'torus') return value;
    return value < (low + high) / 2 ? 2 * low - value - (high - low) * 0.3 : 2 * high - value + (high - low) * 0.3;
  });
  let worst = 0;
  for (const direction of directions) {
    const { image, logDet } = await maps.map(direction, parameters, far);
    worst = Math.max(worst, largest(image.map((value, i) => (domain[i % d].kind === 'torus' ? 0 : Math.abs(value - far[i]) / (domain[i % d].high - domain[i % d].low)))));
    if (domain.every(({ kind }) => kind === 'real')) worst = Math.max(worst, largest(logDet.map(Math.abs)));
  }
  return worst;
}

/**
 * Continuity at the ends of coordinate j, across a circle's seam or out of a line's box: jumps of the images (fractions
 * of the box; the seam itself counts as one point), of the log-determinants and of the Jacobians, relative to their size.
 */
export async function seamError(maps: Maps, { domain }: Bijection, parameters: Float64Array, x: Float64Array, j: number): Promise<{ value: number; slope: number }> {
  const d = domain.length;
  const { kind, low, high } = domain[j];
  const period = high - low;
  const gap = 1e-12 * period;
  // Beyond a wall there is nothing to be continuous with.
  const sides: [number, number][] = kind === 'interval' ? [] : kind === 'torus' ? [[low + gap, high - gap]] : [[low + gap, low - gap], [high - gap, high + gap]];
  let [value, slope] = [0, 0];
  for (const direction of directions) {
    for (const [a, b] of sides) {
      const place = (at: number): Float64Array => x.map((entry, i) => (i % d === j ? at : entry));
      const [first, second] = [await maps.map(direction, parameters, place(a)), await maps.map(direction, parameters, place(b))];
      value = Math.max(value, largest(first.image.map((entry, i) => {
        const range = domain[i % d].high - domain[i % d].low;
        const jump = Math.abs(entry - second.image[i]) / range;
        return kind === 'torus' && i % d === j ? Math.abs(jump - Math.round(jump)) : jump;
      })));
      const [p, q] = [await maps.jacobian(direction, parameters, place(a)), await maps.jacobian(direction, parameters, place(b))];
      slope = Math.max(slope, largest(first.logDet.map((entry, i) => Math.abs(entry - second.logDet[i]))), largest(p.map((entry, i) => Math.abs(entry - q[i]) / (1 + Math.abs(entry)))));
    }
  }
  return { value, slope };
}
