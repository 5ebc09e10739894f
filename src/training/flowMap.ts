/** Points through a trained flow, in either direction, on whichever executor suits the network. */
import { compileOnnx, type OnnxOptions } from '../engine/onnx/executor.ts';
import { machineThreads } from '../engine/threads.ts';
import type { Pause } from '../pausing.ts';
import { trace } from '../engine/trace.ts';
import { parameterCount, type Architecture } from '../flows/architecture.ts';
import type { Direction } from '../flows/bijections/rationalQuadratic.ts';
import { CompiledFlow, type PointBatch } from '../flows/compiled/compiledFlow.ts';
import { CouplingFlow } from '../flows/couplingFlow.ts';
import { pointsTogether } from './microBatch.ts';
import { chooseExecutor, onnxOptions, type NetworkOptions } from './networkExecutor.ts';

/** Network parameters, in the precision they are trained in. */
export type ParameterArray = Float32Array | Float64Array;

/** A flow compiled in one direction: made by `FlowMap.compile`, given back by `dispose`. */
export interface FlowMap {
  /** Points that are best given at once: a fraction of a second of work. */
  readonly together: number;
  /**
   * Any number of points. @param x points [n, d] @param image receives [n, d] @param logDet receives [n]
   * @param pause called between pieces; default: none
   */
  map(
    parameters: ParameterArray, x: Float64Array, n: number, image: Float64Array, logDet: Float64Array, pause?: Pause,
  ): Promise<void>;
  dispose(): Promise<void>;
}

/** @param chunk points per call of the network: bounds its memory, and changes no result */
async function compile(
  architecture: Architecture, direction: Direction, chunk: number, options: NetworkOptions
): Promise<FlowMap> {
  if (chooseExecutor(architecture, options) === 'onnx')
    return onnxMap(architecture, direction, chunk, onnxOptions(options));
  const { precision = 'float32', threads = machineThreads() } = options;
  const together = pointsTogether(architecture);
  const points = Math.min(chunk, together);
  const flow = new CompiledFlow(architecture, { precision, threads, gradient: false, points });
  const map = fusedMap(flow, flow.batch(direction, points, false), architecture.domain.length);
  return { ...map, together, dispose: () => { flow.dispose(); return Promise.resolve(); } };
}

export const FlowMap = { compile };

/** A map that runs in the memory of a compiled flow, which stays the caller's. */
export function fusedMap(flow: CompiledFlow, batch: PointBatch, d: number): FlowMap {
  const capacity = batch.logDet.length;
  return {
    together: capacity,
    map: async (parameters, x, n, image, logDet, pause) => {
      for (let start = 0; start < n; start += capacity) {
        if (start > 0) await pause?.();
        // Others may use the flow's memory in a pause.
        flow.parameters.set(parameters);
        const count = Math.min(capacity, n - start);
        batch.x.set(x.subarray(start * d, (start + count) * d));
        batch.run(count);
        image.set(batch.image.subarray(0, count * d), start * d);
        logDet.set(batch.logDet.subarray(0, count), start);
      }
    },
    dispose: () => Promise.resolve(),
  };
}

/** One graph of `chunk` points; the last chunk is filled up with its first point. */
async function onnxMap(
  architecture: Architecture, direction: Direction, chunk: number, options: OnnxOptions
): Promise<FlowMap> {
  const d = architecture.domain.length;
  const program = trace((parameters, x) => new CouplingFlow(architecture, parameters)[direction](x), [
    { shape: [parameterCount(architecture)] }, { shape: [chunk, d] }
  ]);
  const executable = await compileOnnx(program, options);
  const block = new Float64Array(chunk * d);
  return {
    together: Math.max(chunk, pointsTogether(architecture)),
    map: async (parameters, x, n, image, logDet, pause) => {
      for (let start = 0; start < n; start += chunk) {
        if (start > 0) await pause?.();
        const count = Math.min(chunk, n - start);
        block.set(x.subarray(start * d, (start + count) * d));
        for (let i = count; i < chunk; i++) block.copyWithin(i * d, 0, d);
        const [y, gain] = await executable.run([parameters, block]);
        for (let i = 0; i < count * d; i++) image[start * d + i] = y[i];
        for (let i = 0; i < count; i++) logDet[start + i] = gain[i];
      }
    },
    dispose: () => executable.dispose(),
  };
}
