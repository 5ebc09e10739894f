/** The networks φ, ψ of learned weights: shape, start, and ψ(z) − φ(x) as an array program. */
import { np, type Array } from '../engine/numpy.ts';
import { fillUniform, foldIn, type Key } from '../engine/random.ts';
import { silu } from '../flows/activations.ts';

export interface WeightNetworkShape {
  /** d, of x and of z. */
  readonly dimension: number;
  readonly hiddenLayers: number;
  /** Width of these. */
  readonly hidden: number;
}

/** Layers of one network: [inputs, outputs] each. */
function layersOf({ dimension, hiddenLayers, hidden }: WeightNetworkShape): [number, number][] {
  const widths = [dimension, ...new globalThis.Array<number>(hiddenLayers).fill(hidden), 1];
  return widths.slice(1).map((width, k) => [widths[k], width]);
}

/** Parameters of φ and ψ together. */
export const weightParameterCount = (shape: WeightNetworkShape): number => 2 * countOf(shape);

const countOf = (shape: WeightNetworkShape): number =>
  layersOf(shape).reduce((sum, [inputs, outputs]) => sum + inputs * outputs + outputs, 0);

/** Hidden layers uniform of scale 1/√fan-in, last layers zero; φ, then ψ. */
export function initialWeights(shape: WeightNetworkShape, key: Key): Float32Array {
  const count = countOf(shape);
  const parameters = new Float32Array(2 * count);
  const layers = layersOf(shape);
  for (const network of [0, 1]) {
    let at = network * count;
    layers.forEach(([inputs, outputs], k) => {
      if (k < layers.length - 1) {
        const draws = new Float64Array(inputs * outputs + outputs);
        fillUniform(foldIn(foldIn(key, network), k), 0, draws);
        draws.forEach((u, i) => { parameters[at + i] = (2 * u - 1) / Math.sqrt(inputs); });
      }
      at += inputs * outputs + outputs;
    });
  }
  return parameters;
}

/** ψ(z) − φ(x) of standardised pairs. @param parameters [2P] @param x @param z [B, d] @returns [B] */
export function difference(shape: WeightNetworkShape, parameters: Array, x: Array, z: Array): Array {
  const count = countOf(shape);
  const network = (weights: Array, points: Array): Array => {
    let at = 0;
    let h = points.transpose();
    const layers = layersOf(shape);
    layers.forEach(([inputs, outputs], k) => {
      const weight = weights.slice([at, at + inputs * outputs]).reshape([inputs, outputs]);
      const bias = weights.slice([at + inputs * outputs, at + inputs * outputs + outputs]).reshape([outputs, 1]);
      at += inputs * outputs + outputs;
      h = np.matmul(weight.transpose(), h).add(bias);
      if (k < layers.length - 1) h = silu(h);
    });
    return h.reshape([points.shape[0]]);
  };
  return network(parameters.slice([count, 2 * count]), z).sub(network(parameters.slice([0, count]), x));
}
