/** Fitted networks of learned weights, and what they make of pairs of points. */
import type { Executable } from '../engine/executor.ts';
import { compileOnnx } from '../engine/onnx/executor.ts';
import { trace } from '../engine/trace.ts';
import { InputError } from '../errors.ts';
import { difference, weightParameterCount, type WeightNetworkShape } from './weightNetwork.ts';
import { standardised, type WeightScales } from './weightScales.ts';

/** A pair of fitted networks: plain data. */
export interface FittedWeights {
  readonly shape: WeightNetworkShape;
  readonly parameters: Float32Array;
  readonly scales: WeightScales;
  /**
   * Mean loss on held-out pairs with draws of their own, noise included, and that of the constant that the networks
   * start from.
   */
  readonly heldOutError: number;
  readonly constantError: number;
  /** The step whose parameters these are; 0: the constant. */
  readonly bestStep: number;
  /**
   * Targets, held-out ones too, that were not finite and left out; steps whose loss or gradient was not finite and not
   * taken.
   */
  readonly nonFinite: number;
  readonly skippedSteps: number;
}

/** Points per call of the network. */
const CHUNK = 4096;

/** ψ(z) − φ(x) of standardised pairs, for {@link runNetwork}. */
export function compileNetwork(
  shape: WeightNetworkShape, options: { precision: 'float32'; threads: number }
): Promise<Executable> {
  const points = { shape: [CHUNK, shape.dimension] };
  const parameters = { shape: [weightParameterCount(shape)] };
  return compileOnnx(trace((theta, x, z) => [difference(shape, theta, x, z)], [parameters, points, points]), options);
}

/** In the units of t; NaN where a point is not finite. @param x @param z [n, d] */
export async function runNetwork(
  network: Executable, { dimension: d }: WeightNetworkShape, parameters: Float32Array, scales: WeightScales,
  x: Float64Array, z: Float64Array, n: number
): Promise<Float64Array> {
  const { meanX, deviationX, meanZ, deviationZ, meanT, deviationT } = scales;
  const result = new Float64Array(n);
  const [px, pz] = [new Float32Array(CHUNK * d), new Float32Array(CHUNK * d)];
  for (let first = 0; first < n; first += CHUNK) {
    const count = Math.min(CHUNK, n - first);
    const rows = Int32Array.from({ length: count }, (_, i) => first + i);
    const [values] = await network.run(
      [parameters, standardised(x, rows, meanX, deviationX, px), standardised(z, rows, meanZ, deviationZ, pz)]
    );
    for (let i = 0; i < count; i++) {
      const row = (points: Float64Array): Float64Array => points.subarray((first + i) * d, (first + i + 1) * d);
      const isFinite = row(x).every(Number.isFinite) && row(z).every(Number.isFinite);
      result[first + i] = isFinite ? meanT + deviationT * values[i] : NaN;
    }
  }
  return result;
}

/** ψ(z) − φ(x) of any pairs; NaN where they are not finite. @param x @param z [n, d] @returns [n] */
export async function learnedDifference(
  { shape, parameters, scales }: Pick<FittedWeights, 'shape' | 'parameters' | 'scales'>, x: Float64Array,
  z: Float64Array, n: number, threads = 1
): Promise<Float64Array> {
  if (x.length !== n * shape.dimension || z.length !== x.length) throw new InputError(
    `learned weights: x and z must both hold [${n}, ${shape.dimension}], got ${x.length} and ${z.length} numbers`
  );
  const network = await compileNetwork(shape, { precision: 'float32', threads });
  try {
    return await runNetwork(network, shape, parameters, scales, x, z, n);
  } finally {
    await network.dispose();
  }
}
