/** Where the networks run: the CPU, or a GPU through one of onnxruntime's execution providers. */
import { InputError } from '../../errors.ts';
import type { Precision } from '../executor.ts';

export const devices = ['cpu', 'webgpu', 'cuda'] as const;
export type Device = (typeof devices)[number];

/**
 * ONNX operators that WebGPU computes to less than float32: WGSL allows asin and atan an error of 4096 units in the
 * last place (asin was off by 1e-4 on Mesa's lavapipe). Their nodes stay on the CPU.
 */
export const inexactOnWebgpu: readonly string[] = ['Asin', 'Atan'];

const FETCH_CUDA = '`ONNXRUNTIME_NODE_INSTALL=cuda12 npm rebuild onnxruntime-node`';
const NEEDED_BY_CUDA = 'an NVIDIA GPU with its driver, CUDA 12 and cuDNN 9';
const VULKAN = 'a Vulkan driver for the GPU (Debian, Ubuntu: `apt-get install libvulkan1 mesa-vulkan-drivers`, or the '
  + 'one that comes with NVIDIA\'s driver)';

/** @throws InputError when the device has no arithmetic of that precision */
export function checkPrecision(device: Device, precision: Precision): void {
  if (device === 'webgpu' && precision === 'float64') throw new InputError(
    'setting device: webgpu computes in float32 only, and precision is float64; set precision=float32, or '
      + 'device=cpu or device=cuda'
  );
}

/** What does not work and what to do about it. @param said what onnxruntime and the drivers wrote */
export function deviceError(device: Device, said: string, cause?: unknown): InputError {
  const problem =
    { cpu: `onnxruntime did not start: ${gist(said)}`, cuda: cudaProblem(said), webgpu: webgpuProblem(said) }[device];
  return new InputError(`device ${device}: ${problem}${device === 'cpu' ? '' : '; or use device cpu'}`, { cause });
}

function cudaProblem(said: string): string {
  if (/is unsupported/.test(said)) return 'onnxruntime has it on Linux x64 only; use device webgpu';
  const unloaded =
    /Failed to load library \S*libonnxruntime_providers_(\w+)\.so with error: (\S+): cannot open shared object/.exec(
      said
    );
  if (unloaded !== null && !unloaded[2].includes('libonnxruntime_providers'))
    return `${unloaded[2]} is missing; install CUDA 12 and cuDNN 9 where the loader finds them (LD_LIBRARY_PATH)`;
  if (unloaded !== null)
    return `onnxruntime's CUDA libraries are not installed; fetch them with ${FETCH_CUDA} (it needs ${NEEDED_BY_CUDA})`;
  if (/Failed to load/.test(said))
    return `onnxruntime's CUDA libraries cannot be loaded; fetch them with ${FETCH_CUDA}, and have ${NEEDED_BY_CUDA}`;
  const failure = /CU\w+ failure \d+: [^;\n]+/.exec(said);
  return `it did not start (${failure === null ? gist(said) : failure[0].trim()}); it needs ${NEEDED_BY_CUDA}`;
}

function webgpuProblem(said: string): string {
  if (/is unsupported/.test(said)) return 'onnxruntime-node has no WebGPU on this platform';
  if (!/adapter/i.test(said)) return `it did not start (${gist(said)}); it needs a GPU with a current driver`;
  const lacking = /Vulkan (\S+) required/.exec(said);
  if (lacking !== null)
    return `no GPU adapter was found: the Vulkan driver lacks ${lacking[1]}; install a newer one (Mesa 25 is known `
      + 'to work)';
  return `no GPU adapter was found; install ${VULKAN}`;
}

/** The last line that says something, without source locations, at a length that fits a line. */
function gist(said: string): string {
  const lines =
    said.split('\n').map((line) => line.replace(/^\S*onnxruntime_src\S+ /, '').trim()).filter((line) => line !== '');
  return (lines.at(-1) ?? 'no reason given').slice(0, 200);
}
