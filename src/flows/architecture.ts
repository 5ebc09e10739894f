/** The shape of a coupling flow: what is fixed before training and stored with the weights. */
import { InputError } from '../errors.ts';
import type { Coordinate, Domain } from '../targets/domain.ts';
import type { ActivationName } from './activations.ts';
import { affineParameterCount } from './bijections/affine.ts';
import { splineParameterCount, type Topology } from './bijections/rationalQuadratic.ts';

export const couplingNames = ['spline', 'affine'] as const;
/**
 * `spline`: what a coupling does to a coordinate is a spline of its box. `affine`: after the spline an affine map given
 * the other coordinates (bijections/affine.ts), and a layer that transforms every coordinate has no network at all.
 */
export type CouplingName = (typeof couplingNames)[number];

/** All that the shape of a flow depends on: with it, a flat vector of parameters is a map. */
export interface Architecture {
  readonly domain: Domain;
  /** Per layer, the coordinates it transforms given all the others. */
  readonly masks: readonly (readonly number[])[];
  /** Width of the two hidden layers of every conditioner. */
  readonly hidden: number;
  /** K, bins per spline. */
  readonly bins: number;
  readonly activation: ActivationName;
  /** Default: `spline`. */
  readonly coupling?: CouplingName;
}

/** One weight matrix or bias within the flat parameter vector. */
export interface ParameterSlot {
  readonly name: string;
  readonly shape: readonly number[];
  readonly fanIn: number;
  /** Output layers start at zero, so that the flow starts as the identity. */
  readonly startsAtZero: boolean;
}

/** `layers` masks that alternate between the coordinates' halves (for d = 2: {0}, {1}, {0}, …). */
export function alternatingMasks(dimension: number, layers: number): number[][] {
  const all = Array.from({ length: dimension }, (_, j) => j);
  return Array.from({ length: layers }, (_, layer) => all.filter((j) => dimension === 1 || j % 2 === layer % 2));
}

export const topologyOf = ({ kind }: Coordinate): Topology =>
  (kind === 'torus' ? 'circle' : kind === 'real' ? 'line' : 'interval');

/** Inputs of a conditioner that sees coordinate `j`: one number, or cos and sin on a circle. */
export const featureCount = (domain: Domain, coordinates: readonly number[]): number =>
  coordinates.reduce((sum, j) => sum + (domain[j].kind === 'torus' ? 2 : 1), 0);

type Outputs = Pick<Architecture, 'bins' | 'coupling'>;

/** Outputs of a conditioner per coordinate: the spline's parameters, then the affine map's. */
export const outputsPerCoordinate = ({ bins, coupling }: Outputs, topology: Topology): number =>
  splineParameterCount(bins, topology) + (coupling === 'affine' ? affineParameterCount(topology) : 0);

export const outputCount = (architecture: Outputs & Pick<Architecture, 'domain'>, transformed: readonly number[]):
number => transformed.reduce(
  (sum, j) => sum + outputsPerCoordinate(architecture, topologyOf(architecture.domain[j])), 0
);

/** Whether the layer depends on no coordinate: its parameters are then the outputs themselves. */
export const isMarginal = ({ coupling, domain }: Pick<Architecture, 'coupling' | 'domain'>, mask: readonly number[]):
boolean => coupling === 'affine' && mask.length === domain.length;

/** The parameters of a flow in the order of its flat vector. */
export const parameterSlots = (architecture: Architecture): ParameterSlot[] =>
  architecture.masks.flatMap((_, layer) => layerSlots(architecture, layer));

/** Those of one layer: two hidden layers and the outputs, or the outputs alone where the layer is marginal. */
export function layerSlots(architecture: Architecture, layer: number): ParameterSlot[] {
  const { domain, masks, hidden } = architecture;
  const transformed = masks[layer];
  const conditions = domain.map((_, j) => j).filter((j) => !transformed.includes(j));
  const inputs = Math.max(1, featureCount(domain, conditions));
  const outputs = outputCount(architecture, transformed);
  const slot = (name: string, shape: readonly number[], fanIn: number, startsAtZero = false): ParameterSlot =>
    ({ name: `layer${layer}.${name}`, shape, fanIn, startsAtZero });
  if (isMarginal(architecture, transformed)) return [slot('bias3', [outputs], 1, true)];
  return [
    slot('weight1', [inputs, hidden], inputs), slot('bias1', [hidden], inputs),
    slot('weight2', [hidden, hidden], hidden), slot('bias2', [hidden], hidden),
    slot('weight3', [hidden, outputs], hidden, true), slot('bias3', [outputs], hidden, true),
  ];
}

export const parameterCount = (architecture: Architecture): number =>
  parameterSlots(architecture).reduce((sum, { shape }) => sum + shape.reduce((product, n) => product * n, 1), 0);

/** @throws InputError naming the setting that cannot be */
export function validateArchitecture({ domain, masks, hidden, bins }: Architecture): void {
  const whole = (name: string, value: number, least: number): void => {
    if (!Number.isInteger(value) || value < least)
      throw new InputError(`flow: ${name} must be an integer of at least ${least}, got ${value}`);
  };
  whole('hidden', hidden, 1);
  whole('bins', bins, 2);
  if (bins > 200) throw new InputError(`flow: bins must be at most 200, got ${bins}`);
  whole('layers', masks.length, 1);
  const touched = new Set(masks.flat());
  domain.forEach((_, j) => { if (!touched.has(j)) throw new InputError(`flow: no layer transforms coordinate ${j}`); });
}
