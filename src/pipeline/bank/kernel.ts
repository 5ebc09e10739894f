/** The kernel that settings name, with those of its options that it has. */
import type { Kernel } from '../../samplers/kernel.ts';
import { createKernel } from '../../samplers/kernels.ts';
import type { SamplingSettings } from '../../settings/sampling.ts';

export function kernelOf({ kernel, leapfrogSteps, stepDecades }: SamplingSettings): Kernel {
  return createKernel(kernel, kernel === 'hmc' ? { leapfrogSteps, stepDecades } : { stepDecades });
}
