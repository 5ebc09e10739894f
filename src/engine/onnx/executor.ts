/** The `onnx` executor: a program as one graph in onnxruntime. */
import type * as Onnxruntime from 'onnxruntime-node';
import type { ArrayData, Executable, Precision } from '../executor.ts';
import { InputError } from '../../errors.ts';
import { isSplat, type Dtype, type Program } from '../program.ts';
import { checkPrecision, deviceError, inexactOnWebgpu, type Device } from './device.ts';
import { lower } from './lower.ts';

/** How onnxruntime runs a program. */
export interface OnnxOptions {
  /** Default float32. */
  readonly precision?: Precision;
  /** Threads within an operator; results on more than one thread may differ in the last digits. Default 1. */
  readonly threads?: number;
  /** Default cpu. On another device onnxruntime may still give single nodes to the CPU. */
  readonly device?: Device;
}

type ElementArray = Float32Array | Float64Array | Int32Array | Uint32Array | Uint8Array;

/** The array itself where it has the right kind, else a copy of the right kind. */
function elements(dtype: Dtype, precision: Precision, data: ArrayData): ElementArray {
  const Kind = {
    float: precision === 'float32' ? Float32Array : Float64Array, int32: Int32Array, uint32: Uint32Array,
    bool: Uint8Array
  }[dtype];
  return data instanceof Kind ? data : new Kind(data);
}

/**
 * Compile a program for onnxruntime, which is loaded with the first one, as is the encoder of its models.
 * @throws InputError when the device cannot be used: never falls back to another
 */
export async function compileOnnx(
  program: Program, { precision = 'float32', threads = 1, device = 'cpu' }: OnnxOptions = {}
): Promise<Executable> {
  checkPrecision(device, precision);
  const graph = lower(program, precision);
  const [{ InferenceSession, Tensor }, { encodeModel, nodeName }] =
    await Promise.all([import('onnxruntime-node'), import('./model.ts')]);
  const inexact = device === 'webgpu'
    ? graph.nodes.flatMap((node, i) => (inexactOnWebgpu.includes(node.type) ? [nodeName(node, i)] : []))
    : [];
  let session: Onnxruntime.InferenceSession;
  try {
    session = await InferenceSession.create(encodeModel(graph), {
      executionProviders: [inexact.length === 0 ? device : { name: 'webgpu', forceCpuNodeNames: inexact }],
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      executionMode: 'sequential',
      // Further fusions make nodes that exist in float32 only (QuickGelu of x · sigmoid(x), for one).
      graphOptimizationLevel: precision === 'float32' ? 'all' : 'basic',
      logSeverityLevel: 3,
    });
  } catch (error) {
    throw device !== 'cpu' && error instanceof Error ? deviceError(device, error.message, error) : error;
  }
  const fetched = program.outputs.map((_, i) => `out${i}`);
  // An input that no output depends on is not part of the graph's interface.
  const fed = program.inputs.flatMap(({ dtype, shape }, i) => (
    session.inputNames.includes(`in${i}`)
      ? [{ i, name: `in${i}`, dtype, type: dtype === 'float' ? precision : dtype, shape }]
      : []
  ));
  return {
    async run(inputs) {
      const feeds: Record<string, Onnxruntime.Tensor> = {};
      for (const { i, name, dtype, type, shape } of fed)
        feeds[name] = new Tensor(type, elements(dtype, precision, inputs[i]), shape);
      const results = await session.run(feeds, fetched).catch((error: unknown) => {
        throw device !== 'cpu' && error instanceof Error
          ? new InputError(`device ${device}: ${error.message.split('\n')[0]}`, { exitCode: 1, cause: error })
          : error;
      });
      return program.outputs.map((atom, i) => {
        const { data } = results[`out${i}`];
        if (typeof data === 'string' || Array.isArray(data))
          throw new Error(`onnx: output ${i} of kind ${isSplat(atom) ? 'splat' : atom.dtype} is not numeric`);
        return data as ArrayData;
      });
    },
    dispose: () => session.release(),
  };
}
