/**
 * The flow F as an array program: base to target, and back, each in one pass of every conditioner. Inside, points are
 * columns: products with weights, sums over bins and splits of coordinates all run faster so.
 */
import { np, type Array } from '../engine/numpy.ts';
import type { Coordinate, Domain } from '../targets/domain.ts';
import { activations, asinh } from './activations.ts';
import {
  isMarginal, layerSlots, outputsPerCoordinate, parameterSlots, topologyOf, type Architecture
} from './architecture.ts';
import { conditionalAffine } from './bijections/affine.ts';
import {
  rationalQuadraticSpline, splineParameterCount, type Direction, type Topology
} from './bijections/rationalQuadratic.ts';

/** Conditioner inputs are scaled so that a box [low, high] becomes ±2. */
export const FEATURE_SCALE = 2;
/**
 * Of a line z, in units of which its box has ±5, flows of affine couplings see 3 asinh(z/3): itself where the bulk of
 * most densities lies, something like a logarithm beyond.
 */
export const STANDARD_SCALE = 5;
export const STRAIGHT = 3;

/** The order of a layer's outputs. */
export const TOPOLOGIES: readonly Topology[] = ['line', 'interval', 'circle'];

interface Conditioner {
  readonly weights: readonly Array[];
}

/** A flow at given parameters, ready to map points. */
export class CouplingFlow {
  private readonly conditioners: readonly Conditioner[];
  private readonly domain: Domain;

  /** @param parameters flat vector, shape [parameterCount(architecture)] */
  constructor(private readonly architecture: Architecture, parameters: Array) {
    this.domain = architecture.domain;
    const slots = parameterSlots(architecture);
    const sizes = slots.map(({ shape }) => shape.reduce((product, n) => product * n, 1));
    const ends = sizes.map((_, i) => sizes.slice(0, i + 1).reduce((a, b) => a + b, 0)).slice(0, -1);
    const parts = np.split(parameters, ends).map((part, i) => part.reshape([...slots[i].shape]));
    const counts = architecture.masks.map((_, layer) => layerSlots(architecture, layer).length);
    const first = counts.map((_, layer) => counts.slice(0, layer).reduce((a, b) => a + b, 0));
    this.conditioners = counts.map((count, layer) => ({ weights: parts.slice(first[layer], first[layer] + count) }));
  }

  /** F. @param x base points [B, d] @returns images [B, d] and log|det ∂F/∂x| [B] */
  forward(x: Array): [Array, Array] {
    return this.map(x, 'forward');
  }

  /** F⁻¹. @param y target points [B, d] @returns preimages [B, d] and log|det ∂F⁻¹/∂y| [B] */
  inverse(y: Array): [Array, Array] {
    return this.map(y, 'inverse');
  }

  private map(x: Array, direction: Direction): [Array, Array] {
    const [batch, d] = x.shape;
    const { masks } = this.architecture;
    let rows = d === 1 ? [x.reshape([1, batch])] : np.split(x.transpose(), d, 0);
    let logDet: Array | undefined;
    for (let step = 0; step < masks.length; step++) {
      const layer = direction === 'forward' ? step : masks.length - 1 - step;
      const [moved, gained] = this.layer(layer, rows, direction);
      rows = moved;
      logDet = logDet === undefined ? gained : logDet.add(gained);
    }
    const image = d === 1 ? rows[0].reshape([batch, 1]) : join(rows).transpose();
    return [image, (logDet ?? np.zeros([1, batch])).reshape([batch])];
  }

  /** One coupling layer on rows [1, B]; returns the new rows and the gained log-determinant [1, B]. */
  private layer(layer: number, rows: readonly Array[], direction: Direction): [Array[], Array] {
    const transformed = this.architecture.masks[layer];
    const output = this.condition(layer, rows);
    const batch = rows[0].shape[1];
    const result = [...rows];
    const gains: Array[] = [];
    const groups = TOPOLOGIES
      .map((topology) => ({ topology, group: transformed.filter((j) => topologyOf(this.domain[j]) === topology) }))
      .filter(({ group }) => group.length > 0);
    const outputs = (topology: Topology): number => outputsPerCoordinate(this.architecture, topology);
    const sizes = groups.map(({ topology, group }) => group.length * outputs(topology));
    const ends = sizes.slice(0, -1).map((_, k) => sizes.slice(0, k + 1).reduce((a, b) => a + b));
    const raws = ends.length === 0 ? [output] : np.split(output, ends, 0);
    const bend = (group: readonly number[], topology: Topology, raw: Array): void => {
      const range = np.array(group.map((j) => [this.domain[j].high - this.domain[j].low]));
      const x = join(group.map((j) => rows[j]));
      const parameters = raw.reshape([group.length, outputs(topology), batch]);
      const [origin, map] = this.coupling(topology, parameters);
      const from = np.array(group.map((j) => [origin(this.domain[j])]));
      const [image, logDerivative] = map(x.sub(from).div(range), direction);
      const moved = image.mul(range).add(from);
      (group.length === 1 ? [moved] : np.split(moved, group.length, 0))
        .forEach((row, k) => { result[group[k]] = row; });
      gains.push(logDerivative.sum(0, { keepdims: true }));
    };
    groups.forEach(({ topology, group }, k) => bend(group, topology, raws[k]));
    return [result, gains.reduce((sum, gain) => sum.add(gain))];
  }

  /**
   * Where the units of a coordinate's box count from, and the map in these units.
   * @param parameters [n, outputs, B]
   */
  private coupling(topology: Topology, parameters: Array): [(coordinate: Coordinate) => number, UnitMap] {
    const { bins, coupling } = this.architecture;
    const low = (coordinate: Coordinate): number => coordinate.low;
    if (coupling !== 'affine' || topology === 'interval') return [low, splineMap(parameters, bins, topology)];
    const [ofSpline, ofAffine] = np.split(parameters, [splineParameterCount(bins, topology)], 1);
    const spline = splineMap(ofSpline, bins, topology);
    const affine: UnitMap = (u, direction) => conditionalAffine(u, ofAffine, topology, direction);
    if (topology === 'circle') return [low, inTurn(spline, affine)];
    const centred: UnitMap = (u, direction) => {
      const [image, gain] = spline(u.add(0.5), direction);
      return [image.sub(0.5), gain];
    };
    return [(coordinate) => (coordinate.low + coordinate.high) / 2, inTurn(centred, affine)];
  }

  /** Outputs [outputs, B] of a layer, from the coordinates that the layer leaves alone. */
  private condition(layer: number, rows: readonly Array[]): Array {
    const { masks, activation, coupling } = this.architecture;
    if (isMarginal(this.architecture, masks[layer])) {
      const [bias] = this.conditioners[layer].weights;
      return np.broadcastTo(bias.reshape([bias.shape[0], 1]), [bias.shape[0], rows[0].shape[1]]);
    }
    const act = activations[activation];
    const [w1, b1, w2, b2, w3, b3] = this.conditioners[layer].weights;
    const features = rows.flatMap((row, j) => {
      if (masks[layer].includes(j)) return [];
      const { kind, low, high } = this.domain[j];
      if (kind === 'torus') {
        const angle = row.mul((2 * Math.PI) / (high - low));
        return [np.cos(angle), np.sin(angle)];
      }
      const centred = row.sub((low + high) / 2);
      if (coupling !== 'affine' || kind !== 'real') return [centred.mul((2 * FEATURE_SCALE) / (high - low))];
      return [asinh(centred.mul((2 * STANDARD_SCALE) / (STRAIGHT * (high - low)))).mul(STRAIGHT)];
    });
    const input = features.length === 0 ? rows[0].mul(0).add(1) : join(features);
    const dense = (weight: Array, bias: Array, x: Array): Array =>
      np.matmul(weight.transpose(), x).add(bias.reshape([bias.shape[0], 1]));
    return dense(w3, b3, act(dense(w2, b2, act(dense(w1, b1, input)))));
  }
}

/** A map of points [n, B] in units of the box, with the logarithm of its derivative, [n, B]. */
type UnitMap = (u: Array, direction: Direction) => [Array, Array];

/**
 * Outside the box the spline's ends continue with slope 1: the identity of lines. Circles and intervals are left by
 * rounding only.
 */
const splineMap = (parameters: Array, bins: number, topology: Topology): UnitMap => (u, direction) => {
  const inside = np.minimum(np.maximum(u, 0), 1);
  const [image, logDerivative] = rationalQuadraticSpline(inside, parameters, bins, topology, direction);
  return [image.add(u.sub(inside)), logDerivative];
};

/** First one map, then the other. */
const inTurn = (first: UnitMap, second: UnitMap): UnitMap => (u, direction) => {
  const [a, b] = direction === 'forward' ? [first, second] : [second, first];
  const [between, gain] = a(u, direction);
  const [image, further] = b(between, direction);
  return [image, gain.add(further)];
};

const join = (rows: readonly Array[]): Array => (rows.length === 1 ? rows[0] : np.concatenate([...rows], 0));
