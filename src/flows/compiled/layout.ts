/** Where the numbers of one tile of points lie: feature-major blocks of T points, in bytes from the tile's address. */
import { featureCount, outputCount, topologyOf, type Architecture } from '../architecture.ts';
import { splineParameterCount, type Topology } from '../bijections/rationalQuadratic.ts';
import { TOPOLOGIES } from '../couplingFlow.ts';
import type { ActivationName } from '../activations.ts';

/** One transformed coordinate of a layer. */
export interface Bent {
  readonly column: number;
  readonly topology: Topology;
  readonly low: number;
  readonly range: number;
  /** Index of its first spline parameter among the conditioner's outputs. */
  readonly firstOutput: number;
}

/** One coordinate that a conditioner sees. */
export interface Seen {
  readonly column: number;
  readonly topology: Topology;
  readonly low: number;
  readonly range: number;
}

/** What layers have in common that run the same code. */
export interface LayerShape {
  readonly dimension: number;
  readonly seen: readonly Seen[];
  readonly bent: readonly Bent[];
  /** Inputs of the conditioner, at least 1. */
  readonly features: number;
  readonly hidden: number;
  readonly outputs: number;
  readonly bins: number;
  readonly activation: ActivationName;
}

/** Rows of the state that a spline keeps per coordinate between its two directions of differentiation. */
export const SPLINE_STATE = ['inside', 'active', 'xi', 'x0', 'w', 'y0', 'h', 'raw0', 'raw1', 'bin', 'scaleW', 'scaleH'] as const;

export function layerShape({ domain, masks, hidden, bins, activation }: Architecture, layer: number): LayerShape {
  const describe = (j: number): Seen => ({ column: j, topology: topologyOf(domain[j]), low: domain[j].low, range: domain[j].high - domain[j].low });
  const mask = masks[layer];
  const order = TOPOLOGIES.flatMap((topology) => mask.filter((j) => topologyOf(domain[j]) === topology));
  let next = 0;
  const bent = order.map((j): Bent => {
    const firstOutput = next;
    next += splineParameterCount(bins, topologyOf(domain[j]));
    return { ...describe(j), firstOutput };
  });
  const rest = domain.map((_, j) => j).filter((j) => !mask.includes(j));
  return {
    dimension: domain.length, seen: rest.map(describe), bent, features: Math.max(1, featureCount(domain, rest)),
    hidden, outputs: outputCount({ domain, masks, hidden, bins, activation }, mask), bins, activation,
  };
}

/** Offsets within one layer's block of a tile. */
export interface BlockLayout {
  readonly features: number;
  /** Activations and their slopes; backwards, the slopes give way to gradients. */
  readonly h1: number;
  readonly slope1: number;
  readonly h2: number;
  readonly slope2: number;
  /** Conditioner outputs; then exponentials of widths and heights; backwards, gradients. */
  readonly raw: number;
  readonly state: number;
  readonly size: number;
}

export function blockLayout(shape: LayerShape, rowBytes: number): BlockLayout {
  let next = 0;
  const rows = (count: number): number => {
    const at = next;
    next += count * rowBytes;
    return at;
  };
  const { features, hidden, outputs, bent } = shape;
  return {
    features: rows(features), h1: rows(hidden), slope1: rows(hidden), h2: rows(hidden), slope2: rows(hidden),
    raw: rows(outputs), state: rows(bent.length * SPLINE_STATE.length), size: next,
  };
}

/** Offsets of a layer's weights and biases within its part of the flat parameter vector, in floats. */
export interface WeightLayout {
  readonly weight1: number;
  readonly bias1: number;
  readonly weight2: number;
  readonly bias2: number;
  readonly weight3: number;
  readonly bias3: number;
  readonly size: number;
}

export function weightLayout({ features, hidden, outputs }: LayerShape): WeightLayout {
  const sizes = [features * hidden, hidden, hidden * hidden, hidden, hidden * outputs, outputs];
  const starts = sizes.map((_, k) => sizes.slice(0, k).reduce((sum, size) => sum + size, 0));
  const [weight1, bias1, weight2, bias2, weight3, bias3] = starts;
  return { weight1, bias1, weight2, bias2, weight3, bias3, size: bias3 + outputs };
}
