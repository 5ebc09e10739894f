/** The weighted samples of a run, and what runs the networks. */
import { z } from 'zod';
import { devices } from '../engine/onnx/device.ts';
import { networkExecutors, type NetworkOptions } from '../training/networkExecutor.ts';
import { MOST_SAMPLES, whole } from './values.ts';

export const outputSchema = z.strictObject({
  samples: whole(100).lte(MOST_SAMPLES).describe('weighted samples generated and judged at the end'),
  baseSampling: z.enum(['independent', 'lattice']).describe(
    'base points of the generated samples: independent, or a randomly shifted lattice (means converge faster)'
  ),
  precision:
    z.enum(['float32', 'float64']).describe('arithmetic of the network; weights and estimates are always float64'),
  executor: z.enum(networkExecutors).default('auto')
    .describe('what runs the network: fused (WebAssembly), onnx (onnxruntime), or whichever suits its size'),
  threads: whole(0).lte(1024).describe(
    'threads; 0: as many as the machine has, and two in onnxruntime, whose results may depend on it in the '
      + 'last digits'
  ),
  device: z.enum(devices).default('cpu').describe('where the network runs: the CPU, or a GPU through WebGPU or CUDA'),
});

export type OutputSettings = z.infer<typeof outputSchema>;

/** The number of threads that is asked for; undefined: as many as the machine has. */
export const threadsOf = ({ threads }: Pick<OutputSettings, 'threads'>): number | undefined =>
  (threads === 0 ? undefined : threads);

/** How the settings want their network run. */
export const networkOf = (
  { precision, device, executor, threads }: Pick<OutputSettings, 'precision' | 'device' | 'executor' | 'threads'>,
): NetworkOptions => ({ precision, device, executor, ...(threads === 0 ? {} : { threads }) });
