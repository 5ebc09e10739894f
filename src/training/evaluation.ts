/** Both directions of a flow on held-out points: the programs, and the two ESS figures that training is judged by. */
import { trace } from '../engine/trace.ts';
import { compileOnnx, type OnnxOptions } from '../engine/onnx/executor.ts';
import type { Executable } from '../engine/executor.ts';
import { effectiveSampleSize, forwardEss } from '../estimators/ess.ts';
import { parameterCount, type Architecture } from '../flows/architecture.ts';
import { CouplingFlow } from '../flows/couplingFlow.ts';
import { baseEnergies, type Base } from '../targets/base.ts';
import type { EnergyEvaluator } from '../targets/energyEvaluator.ts';
import type { Direction } from '../flows/bijections/rationalQuadratic.ts';

/** Network parameters, in the precision they are trained in. */
export type ParameterArray = Float32Array | Float64Array;

/** Maps batches of points of any number through a flow, in chunks of a fixed size. */
export class FlowMap {
  private constructor(private readonly executable: Executable, private readonly dimension: number, readonly chunk: number) {}

  static async compile(architecture: Architecture, direction: Direction, chunk: number, options: OnnxOptions): Promise<FlowMap> {
    const d = architecture.domain.length;
    const program = trace((parameters, x) => new CouplingFlow(architecture, parameters)[direction](x), [{ shape: [parameterCount(architecture)] }, { shape: [chunk, d] }]);
    return new FlowMap(await compileOnnx(program, options), d, chunk);
  }

  /**
   * @param x points [n, d] @param image receives [n, d] @param logDet receives [n]
   * The last chunk is filled up with its first point.
   */
  async map(parameters: ParameterArray, x: Float64Array, n: number, image: Float64Array, logDet: Float64Array): Promise<void> {
    const { chunk, dimension: d } = this;
    const block = new Float64Array(chunk * d);
    for (let start = 0; start < n; start += chunk) {
      const count = Math.min(chunk, n - start);
      block.set(x.subarray(start * d, (start + count) * d));
      for (let i = count; i < chunk; i++) block.copyWithin(i * d, 0, d);
      const [y, gain] = await this.executable.run([parameters, block]);
      for (let i = 0; i < count * d; i++) image[start * d + i] = y[i];
      for (let i = 0; i < count; i++) logDet[start + i] = gain[i];
    }
  }

  dispose(): Promise<void> {
    return this.executable.dispose();
  }
}

/** log w = −U1(F(x)) + U0(x) + log|det J_F(x)| of base points, in float64. @returns images [n, d] and log-weights [n] */
export async function pushForward(
  flow: FlowMap, parameters: ParameterArray, base: Base, energy: EnergyEvaluator, x: Float64Array, n: number,
): Promise<{ images: Float64Array; logWeights: Float64Array }> {
  const d = energy.dimension;
  const images = new Float64Array(n * d);
  const logWeights = new Float64Array(n);
  await flow.map(parameters, x, n, images, logWeights);
  const u0 = new Float64Array(n);
  const u1 = new Float64Array(n);
  baseEnergies(base, x, n, u0);
  energy.energies(images, n, u1);
  for (let i = 0; i < n; i++) logWeights[i] += u0[i] - u1[i];
  return { images, logWeights };
}

/** log w of given target points, through F⁻¹. @param y [n, d] with energies [n] @returns log-weights [n] */
export async function pullBack(
  inverse: FlowMap, parameters: ParameterArray, base: Base, y: Float64Array, energies: Float64Array, n: number,
): Promise<Float64Array> {
  const d = base.domain.length;
  const preimages = new Float64Array(n * d);
  const logDet = new Float64Array(n);
  await inverse.map(parameters, y, n, preimages, logDet);
  const u0 = new Float64Array(n);
  baseEnergies(base, preimages, n, u0);
  return logDet.map((gain, i) => u0[i] - energies[i] - gain);
}

export interface HeldOut {
  /** Fixed base samples [m, d]. */
  readonly base: Float64Array;
  /** Target samples kept from training [n, d], with their energies [n]. */
  readonly target: Float64Array;
  readonly energies: Float64Array;
}

/** ESS of fresh base samples and of held-out target samples, as fractions. The second falls when a mode is missed. */
export async function heldOutEss(
  forward: FlowMap, inverse: FlowMap, parameters: ParameterArray, base: Base, energy: EnergyEvaluator, heldOut: HeldOut,
): Promise<{ reverseEss: number; forwardEss: number }> {
  const m = heldOut.base.length / energy.dimension;
  const { logWeights } = await pushForward(forward, parameters, base, energy, heldOut.base, m);
  const back = await pullBack(inverse, parameters, base, heldOut.target, heldOut.energies, heldOut.energies.length);
  return { reverseEss: effectiveSampleSize(logWeights).fraction, forwardEss: forwardEss(back).fraction };
}
