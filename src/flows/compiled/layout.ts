/** Where the numbers of one tile of points lie: feature-major blocks of T points, in bytes from the tile's address. */
import {
  featureCount, isMarginal, outputCount, outputsPerCoordinate, topologyOf, type Architecture, type CouplingName
} from '../architecture.ts';
import type { Topology } from '../bijections/rationalQuadratic.ts';
import { TOPOLOGIES } from '../couplingFlow.ts';
import type { ActivationName } from '../activations.ts';

/** A coordinate as a layer meets it. */
interface Place {
  readonly column: number;
  readonly topology: Topology;
  readonly low: number;
  readonly range: number;
}

/** One transformed coordinate of a layer. */
export interface Bent extends Place {
  /** Index of its first spline parameter among the conditioner's outputs. */
  readonly firstOutput: number;
}

/** One coordinate that a conditioner sees. */
export interface Seen extends Place {
  /** Index of its first row among the conditioner's inputs. */
  readonly feature: number;
}

/** What layers have in common that run the same code. */
export interface LayerKind {
  readonly dimension: number;
  /** Coordinates by topology. */
  readonly seen: Readonly<Record<Topology, number>>;
  readonly bent: Readonly<Record<Topology, number>>;
  /** Inputs of the conditioner, at least 1; of a marginal layer, which has none, 0, and so are its hidden units. */
  readonly features: number;
  readonly hidden: number;
  readonly outputs: number;
  readonly bins: number;
  readonly activation: ActivationName;
  readonly coupling: CouplingName;
}

/** A layer: its kind, and which coordinates it sees and bends, by topology in the order of TOPOLOGIES. */
export interface LayerShape extends LayerKind {
  readonly seenPlaces: readonly Seen[];
  readonly bentPlaces: readonly Bent[];
}

/** Rows of the state that a spline keeps per coordinate between its two directions of differentiation. */
export const SPLINE_STATE = [
  'inside', 'active', 'xi', 'x0', 'w', 'y0', 'h', 'raw0', 'raw1', 'bin', 'scaleW', 'scaleH',
] as const;
/** What the affine map keeps beside it: the point that it scales, and by what. */
export const AFFINE_STATE = ['centred', 'scale'] as const;

/** Rows of state per coordinate. */
export const stateRows = ({ coupling }: Pick<LayerKind, 'coupling'>): number =>
  SPLINE_STATE.length + (coupling === 'affine' ? AFFINE_STATE.length : 0);

export function layerShape(architecture: Architecture, layer: number): LayerShape {
  const { domain, masks, hidden, bins, activation, coupling = 'spline' } = architecture;
  const mask = masks[layer];
  const marginal = isMarginal(architecture, mask);
  const rest = domain.map((_, j) => j).filter((j) => !mask.includes(j));
  const topologies = domain.map(topologyOf);
  const count = (coordinates: readonly number[]): LayerKind['seen'] => {
    const of = (topology: Topology): number => coordinates.filter((j) => topologies[j] === topology).length;
    return { line: of('line'), interval: of('interval'), circle: of('circle') };
  };
  const grouped = (coordinates: readonly number[]): number[] =>
    TOPOLOGIES.flatMap((topology) => coordinates.filter((j) => topologies[j] === topology));
  const place = (j: number): Place =>
    ({ column: j, topology: topologies[j], low: domain[j].low, range: domain[j].high - domain[j].low });
  let next = 0;
  const bentPlaces = grouped(mask).map((j): Bent => {
    const firstOutput = next;
    next += outputsPerCoordinate(architecture, topologies[j]);
    return { ...place(j), firstOutput };
  });
  const featureOf = (j: number): number => featureCount(domain, rest.filter((i) => i < j));
  const seenPlaces = grouped(rest).map((j): Seen => ({ ...place(j), feature: featureOf(j) }));
  return {
    dimension: domain.length, seen: count(rest), bent: count(mask), seenPlaces, bentPlaces,
    features: marginal ? 0 : Math.max(1, featureCount(domain, rest)), hidden: marginal ? 0 : hidden, bins, activation,
    outputs: outputCount(architecture, mask), coupling,
  };
}

/** What two layers that share code agree in. */
export const kindName = (
  { dimension, seen, bent, features, hidden, outputs, bins, activation, coupling }: LayerKind
): string => JSON.stringify([dimension, seen, bent, features, hidden, outputs, bins, activation, coupling]);

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

export const bentCount = ({ bent }: LayerKind): number => bent.line + bent.interval + bent.circle;
export const isConditioned = ({ hidden }: LayerKind): boolean => hidden > 0;
export const seenCount = ({ seen }: LayerKind): number => seen.line + seen.interval + seen.circle;

export function blockLayout(kind: LayerKind, rowBytes: number): BlockLayout {
  let next = 0;
  const rows = (count: number): number => {
    const at = next;
    next += count * rowBytes;
    return at;
  };
  const { features, hidden, outputs } = kind;
  return {
    features: rows(features), h1: rows(hidden), slope1: rows(hidden), h2: rows(hidden), slope2: rows(hidden),
    raw: rows(outputs), state: rows(bentCount(kind) * stateRows(kind)), size: next,
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

export function weightLayout({ features, hidden, outputs }: LayerKind): WeightLayout {
  const sizes = [features * hidden, hidden, hidden * hidden, hidden, hidden * outputs, outputs];
  const starts = sizes.map((_, k) => sizes.slice(0, k).reduce((sum, size) => sum + size, 0));
  const [weight1, bias1, weight2, bias2, weight3, bias3] = starts;
  return { weight1, bias1, weight2, bias2, weight3, bias3, size: bias3 + outputs };
}
