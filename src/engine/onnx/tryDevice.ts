/** Whether a device computes: one addition on it. */
import type { Program } from '../program.ts';
import { compileOnnx } from './executor.ts';
import { deviceError, type Device } from './device.ts';

const x = { id: 0, shape: [4], dtype: 'float' } as const;
const sum = { id: 1, shape: [4], dtype: 'float' } as const;
const doubling: Program = {
  inputs: [x], constants: [], equations: [{ primitive: 'add', inputs: [x, x], parameters: {}, outputs: [sum] }],
  outputs: [sum]
};

/** @throws InputError that says what is missing and how to get it */
export async function tryDevice(device: Device): Promise<void> {
  const executable = await compileOnnx(doubling, { device });
  const [result] = await executable.run([Float32Array.of(1, 2, 3, 4)]);
  await executable.dispose();
  if (result.join() !== '2,4,6,8') throw deviceError(device, `1 2 3 4, doubled, came out as ${result.join(' ')}`);
}
