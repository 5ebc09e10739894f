/** Whether the device of a run can be used, found out before anything is written. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { deviceError, type Device } from '../engine/onnx/device.ts';
import { packageRoot } from './packageRoot.ts';

const PROBE = `
const { tryDevice } = await import(process.argv[1]);
await tryDevice(process.argv[2]).catch((error) => {
  process.stderr.write('\\n' + String(error.cause?.message ?? error.message));
  process.exitCode = 1;
});`;

/**
 * Computes something on the device in a process of its own: drivers write to standard error, say there what is missing,
 * and broken ones crash.
 * @throws InputError that says what is missing and how to get it
 */
export function requireDevice(device: Device): void {
  if (device === 'cpu') return;
  // onnxruntime's CUDA provider multiplies in TF32 (11 bits) unless told otherwise, and its binding for Node has no
  // option for it.
  if (device === 'cuda') process.env.NVIDIA_TF32_OVERRIDE ??= '0';
  const isSource = import.meta.url.endsWith('.ts');
  const probed = join(packageRoot, isSource ? 'src/engine/onnx/tryDevice.ts' : 'dist/engine/onnx/tryDevice.js');
  const { href } = pathToFileURL(probed);
  // Sources need the loader that this process was started with.
  const loader = isSource ? process.execArgv : [];
  const { status, signal, stderr } = spawnSync(
    process.execPath, [...loader, '--input-type=module', '--eval', PROBE, href, device], { encoding: 'utf8' },
  );
  if (status !== 0)
    throw deviceError(device, signal === null ? stderr : `${stderr}\nits driver crashed with ${signal}`);
}
