/** The `onnx` executor: a program as one graph in onnxruntime. */
import * as ort from 'onnxruntime-node';
import type { ArrayData, Executable, Precision } from '../executor.ts';
import { isSplat, type Dtype, type Program } from '../program.ts';
import { lower } from './lower.ts';
import { encodeModel } from './model.ts';

export interface OnnxOptions {
  /** Default float32. */
  readonly precision?: Precision;
  /** Threads within an operator; results on more than one thread may differ in the last digits. Default 1. */
  readonly threads?: number;
}

function tensorOf(dtype: Dtype, precision: Precision, data: ArrayData, shape: readonly number[]): ort.Tensor {
  if (dtype === 'float') {
    const floats = precision === 'float32'
      ? (data instanceof Float32Array ? data : Float32Array.from(data))
      : (data instanceof Float64Array ? data : Float64Array.from(data));
    return new ort.Tensor(precision, floats, [...shape]);
  }
  if (dtype === 'bool') return new ort.Tensor('bool', Uint8Array.from(data), [...shape]);
  return new ort.Tensor(dtype, dtype === 'int32' ? Int32Array.from(data) : Uint32Array.from(data), [...shape]);
}

/** Compile a program for onnxruntime. */
export async function compileOnnx(program: Program, { precision = 'float32', threads = 1 }: OnnxOptions = {}): Promise<Executable> {
  const bytes = encodeModel(lower(program, precision));
  const session = await ort.InferenceSession.create(bytes, {
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    // Further fusions make nodes that exist in float32 only (QuickGelu of x · sigmoid(x), for one).
    graphOptimizationLevel: precision === 'float32' ? 'all' : 'basic',
    logSeverityLevel: 3,
  });
  const fetched = program.outputs.map((_, i) => `out${i}`);
  return {
    async run(inputs) {
      const feeds: Record<string, ort.Tensor> = {};
      program.inputs.forEach((value, i) => {
        // An input that no output depends on is not part of the graph's interface.
        if (session.inputNames.includes(`in${i}`)) feeds[`in${i}`] = tensorOf(value.dtype, precision, inputs[i], value.shape);
      });
      const results = await session.run(feeds, fetched);
      return program.outputs.map((atom, i) => {
        const { data } = results[`out${i}`];
        if (typeof data === 'string' || Array.isArray(data)) throw new Error(`onnx: output ${i} of kind ${isSplat(atom) ? 'splat' : atom.dtype} is not numeric`);
        return data as ArrayData;
      });
    },
    dispose: () => session.release(),
  };
}
