/** Devices: what is said where one is missing, and a GPU beside the CPU where there is one. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { requireDevice } from '../../src/cli/requireDevice.ts';
import type { ArrayData, Precision } from '../../src/engine/executor.ts';
import { lax, np, type Array as NpArray } from '../../src/engine/numpy.ts';
import { deviceError, type Device } from '../../src/engine/onnx/device.ts';
import { compileOnnx } from '../../src/engine/onnx/executor.ts';
import type { Program } from '../../src/engine/program.ts';
import { trace } from '../../src/engine/trace.ts';
import { InputError } from '../../src/errors.ts';
import { CouplingFlow } from '../../src/flows/couplingFlow.ts';
import { REPORT } from '../../src/training/trainingStep.ts';
import { mixed, plane, problem } from '../training/problem.ts';
import { distance } from './executors.ts';
import { randomPrograms } from './randomPrograms.ts';

/** Why a device cannot be used here, or false. */
function missing(device: Device): string | false {
  try {
    requireDevice(device);
    return false;
  } catch (error) {
    if (error instanceof InputError) return error.message;
    throw error;
  }
}

async function runOn(device: Device, program: Program, inputs: readonly ArrayData[], precision: Precision = 'float32'): Promise<number[][]> {
  const executable = await compileOnnx(program, { device, precision });
  try {
    return (await executable.run(inputs)).map((output) => Array.from(output));
  } finally {
    await executable.dispose();
  }
}

const farthest = (found: readonly number[][], expected: readonly number[][]): number => Math.max(...expected.map((output, k) => distance(found[k], output)));

const gap = async (device: Device, program: Program, inputs: readonly ArrayData[]): Promise<number> => farthest(await runOn(device, program, inputs), await runOn('cpu', program, inputs));

/** The device's distance from float64, and that of the CPU's own float32: a spline's inverse magnifies rounding on both alike. */
async function rounding(device: Device, program: Program, inputs: readonly ArrayData[], exactly: readonly ArrayData[] = inputs): Promise<{ there: number; here: number }> {
  const exact = await runOn('cpu', program, exactly, 'float64');
  return { there: farthest(await runOn(device, program, inputs), exact), here: farthest(await runOn('cpu', program, exactly), exact) };
}

const described = ({ there, here }: { there: number; here: number }): string => `off float64 by ${there.toExponential(1)}, the CPU's float32 by ${here.toExponential(1)}`;

/** Rounding in another order; an error of another kind is larger. */
const isRounding = ({ there, here }: { there: number; here: number }): boolean => there < 10 * Math.max(here, 1e-6);

describe('a device that cannot be used', () => {
  const says: readonly (readonly [what: string, device: Device, said: string, message: RegExp])[] = [
    ['no CUDA libraries', 'cuda', 'FAIL : Failed to load library /x/libonnxruntime_providers_shared.so with error: /x/libonnxruntime_providers_shared.so: cannot open shared object file: No such file or directory\nFailed to load shared library', /not installed; fetch them with `ONNXRUNTIME_NODE_INSTALL=cuda12 npm rebuild onnxruntime-node`/],
    ['no CUDA toolkit', 'cuda', 'FAIL : Failed to load library /x/libonnxruntime_providers_cuda.so with error: libcublasLt.so.12: cannot open shared object file: No such file or directory\nFailed to load shared library', /libcublasLt\.so\.12 is missing; install CUDA 12 and cuDNN 9/],
    ['CUDA libraries, told by the exception alone', 'cuda', 'OrtSessionOptionsAppendExecutionProvider_Cuda: Failed to load shared library', /cannot be loaded; fetch them with `ONNXRUNTIME_NODE_INSTALL=cuda12/],
    ['no NVIDIA GPU', 'cuda', 'cuda_call.cc:129 CUDA failure 100: no CUDA-capable device is detected ; GPU=-1 ; hostname=x ; expr=cudaSetDevice(0);', /\(CUDA failure 100: no CUDA-capable device is detected\); it needs an NVIDIA GPU/],
    ['another platform', 'cuda', "Invalid argument: sessionOptions.executionProviders[0] is unsupported: 'cuda'.", /on Linux x64 only; use device webgpu/],
    ['no Vulkan driver', 'webgpu', 'Warning: vkCreateInstance: Found no drivers!\nFailed to get a WebGPU adapter: No supported adapters', /no GPU adapter was found; install a Vulkan driver .*mesa-vulkan-drivers/],
    ['an old Vulkan driver', 'webgpu', 'Warning: Vulkan shaderUniform*ArrayDynamicIndexing required.\n - While initializing adapter\nFailed to get a WebGPU adapter: No supported adapters', /driver lacks shaderUniform\*ArrayDynamicIndexing; install a newer one/],
    ['a driver that crashes', 'webgpu', 'noise\nits driver crashed with SIGSEGV', /did not start \(its driver crashed with SIGSEGV\)/],
    ['a loss without words', 'webgpu', '', /did not start \(no reason given\)/],
  ];
  for (const [what, device, said, message] of says) {
    it(`${what}: one line that says what to do`, () => {
      const error = deviceError(device, said);
      assert.match(error.message, new RegExp(`^device ${device}: [^\\n]+; or use device cpu$`));
      assert.match(error.message, message);
      assert.equal(error.exitCode, 2, 'exit code');
    });
  }

  it('is refused in the same process too: never the CPU instead', async (t) => {
    for (const device of ['webgpu', 'cuda'] as const) {
      const reason = missing(device);
      t.diagnostic(`${device}: ${reason === false ? 'usable' : reason}`);
      if (reason !== false) await assert.rejects(compileOnnx(trace((x) => x.mul(2), [{ shape: [2] }]), { device }), (error: unknown) => error instanceof InputError && error.message.startsWith(`device ${device}: `), device);
    }
  });

  it('WebGPU with float64 is refused before anything is loaded', async () => {
    await assert.rejects(compileOnnx(trace((x) => x.mul(2), [{ shape: [2] }]), { device: 'webgpu', precision: 'float64' }), (error: unknown) => error instanceof InputError && /webgpu computes in float32 only/.test(error.message));
  });
});

describe('onnxruntime', () => {
  it('is loaded with the first program, not with the executor', () => {
    const script = `
      const { compileOnnx } = await import(${JSON.stringify(new URL('../../src/engine/onnx/executor.ts', import.meta.url).href)});
      const { trace } = await import(${JSON.stringify(new URL('../../src/engine/trace.ts', import.meta.url).href)});
      const loaded = () => process.report.getReport().sharedObjects.some((name) => /onnxruntime/.test(name));
      const before = loaded();
      await (await compileOnnx(trace((x) => x.mul(2), [{ shape: [2] }]))).dispose();
      process.stdout.write(before + ' ' + loaded());`;
    const { stdout, stderr } = spawnSync(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', script], { encoding: 'utf8' });
    assert.equal(stdout, 'false true', stderr);
  });

  it('takes arrays of any kind for every kind of input', async () => {
    const value = (id: number, dtype: 'float' | 'int32' | 'bool') => ({ id, shape: [3], dtype }) as const;
    const [x, n, b, nAsFloat, sum, chosen] = [value(0, 'float'), value(1, 'int32'), value(2, 'bool'), value(3, 'float'), value(4, 'float'), value(5, 'float')];
    const program: Program = {
      inputs: [x, n, b], constants: [], outputs: [chosen],
      equations: [
        { primitive: 'cast', inputs: [n], parameters: {}, outputs: [nAsFloat] },
        { primitive: 'add', inputs: [x, nAsFloat], parameters: {}, outputs: [sum] },
        { primitive: 'where', inputs: [b, sum, x], parameters: {}, outputs: [chosen] },
      ],
    };
    for (const inputs of [[Float32Array.of(0.5, 1, 2), Int32Array.of(1, -2, 3), Uint8Array.of(1, 1, 0)], [Float64Array.of(0.5, 1, 2), Float64Array.of(1, -2, 3), Float32Array.of(1, 1, 0)]]) {
      assert.deepEqual(await runOn('cpu', program, inputs), [[1.5, -1, 2]]);
    }
  });
});

for (const device of ['webgpu', 'cuda'] as const) {
  const reason = missing(device);
  describe(`${device} beside the CPU`, { skip: reason }, () => {
    for (const [name, target, settings] of [
      ['a line', plane, { theta: 0.5, kappa: 0.5, renyiOrder: 1, variationPairings: 1 }],
      ['a circle and a line', mixed, { theta: 0.25, kappa: 1.5, renyiOrder: 1.5, variationPairings: 2 }],
    ] as const) {
      const p = problem(target, settings, { layers: 2, hidden: 16, bins: 6, batch: 64 });

      it(`${name}: a training step agrees within float32, and one from parameters slightly moved does not`, async (t) => {
        const program = trace(p.step.f, p.step.specs);
        const found = await rounding(device, program, p.inputs);
        t.diagnostic(`a training step: ${described(found)}`);
        assert.ok(isRounding(found), described(found));
        const moved = p.inputs.map((array, i) => (i === 0 ? array.map((value, k) => (k === 5 ? value + 1e-3 : value)) : array));
        assert.ok(!isRounding(await rounding(device, program, moved, p.inputs)), 'a different step is seen to be different');
      });

      it(`${name}: both directions of the flow agree within float32`, async (t) => {
        for (const direction of ['forward', 'inverse'] as const) {
          const program = trace((parameters, x) => new CouplingFlow(p.architecture, parameters)[direction](x), [{ shape: [p.inputs[0].length] }, { shape: [p.batch, 2] }]);
          const found = await rounding(device, program, [p.inputs[0], p.inputs[4]]);
          t.diagnostic(`${direction}: ${described(found)}`);
          assert.ok(isRounding(found), `${direction}: ${described(found)}`);
        }
      });
    }

    it('a step that is not finite is refused there too', async () => {
      const p = problem(plane, { theta: 0.5, kappa: 0.5, renyiOrder: 1, variationPairings: 1 }, { hidden: 16, bins: 6, batch: 64 });
      const executable = await compileOnnx(trace(p.step.f, p.step.specs), { device });
      for (const [what, input, bad] of [['NaN among the base samples', 4, NaN], ['an infinite energy', 6, Infinity]] as const) {
        const report = (await executable.run(p.inputs.map((array, i) => (i === input ? array.map((entry, k) => (k === 3 ? bad : entry)) : array))))[3];
        const taken = report[REPORT.accepted] === 1 && Number.isFinite(report[REPORT.loss]) && Number.isFinite(report[REPORT.gradientNorm]);
        assert.equal(taken, false, `${what}: ${report.join(' ')}`);
      }
      await executable.dispose();
    });

    it('random programs agree', async () => {
      await fc.assert(fc.asyncProperty(randomPrograms, async ({ program, inputs }) => {
        const found = await gap(device, program, inputs.map((data) => Float32Array.from(data)));
        assert.ok(found < 1e-5, `off by ${found}`);
      }), { seed: 5, numRuns: 30 });
    });

    it('inverse functions, integers, conditions and indices agree', async () => {
      const x = Float32Array.from({ length: 12 }, (_, i) => Math.sin(1.7 * i));
      const table = (v: NpArray): NpArray => v.reshape([3, 4]);
      const functions: Readonly<Record<string, (v: NpArray) => NpArray>> = {
        asin: np.asin, acos: np.acos, atan: (v) => np.atan(v.mul(20)), erf: lax.erf, erfc: lax.erfc,
        'integers and back': (v) => v.mul(9).astype(np.int32).astype(np.float32),
        argmax: (v) => np.argmax(table(v), 1),
        'a row by a computed index': (v) => np.take(table(v), np.argmax(table(v), 0), 0),
        'a sign': np.sign, 'rounding down': (v) => np.floor(v.mul(5)),
      };
      for (const [name, f] of Object.entries(functions)) {
        const found = await gap(device, trace(f, [{ shape: [12] }]), [x]);
        assert.ok(found < 3e-6, `${name}: off by ${found}`);
      }
    });
  });
}

