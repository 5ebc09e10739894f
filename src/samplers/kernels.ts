/** The registry of kernels: what the property tests run over, and how settings name one. */
import { InputError } from '../errors.ts';
import { heun } from './heun.ts';
import { hmc } from './hmc.ts';
import type { Kernel } from './kernel.ts';
import { mala, malaOver } from './mala.ts';
import { tamedEuler } from './tamedEuler.ts';

/** Every kernel by name, with its default options. */
export const kernels = { mala, hmc: hmc(), tamedEuler, heun } as const satisfies Record<string, Kernel>;

export type KernelName = keyof typeof kernels;

export interface KernelOptions {
  /** hmc only: leapfrog steps per trajectory. */
  readonly leapfrogSteps?: number;
  /**
   * mala and hmc only: each step of a chain draws its size, log-uniformly, from so many decades below the chain's step
   * size, which warm-up then adapts as the largest. Default 0: one step size.
   */
  readonly stepDecades?: number;
}

/** The kernel of a name and options. @throws InputError for an unknown name, or options the kernel does not have */
export function createKernel(name: string, options: KernelOptions = {}): Kernel {
  if (!Object.hasOwn(kernels, name))
    throw new InputError(`kernel must be one of ${Object.keys(kernels).join(', ')}, got ${name}`);
  if (name === 'hmc') return hmc(options);
  if (options.leapfrogSteps !== undefined) throw new InputError(`${name}: leapfrogSteps is an option of hmc only`);
  if (name === 'mala') return malaOver(options);
  if ((options.stepDecades ?? 0) !== 0)
    throw new InputError(`${name}: stepDecades is an option of mala and hmc only (others are biased by their steps)`);
  return kernels[name as KernelName];
}

/**
 * Whether a kernel is one of this registry, and not one of the same name: then its name and options say what it does.
 */
export function isRegistered(kernel: Kernel): boolean {
  return Object.hasOwn(kernels, kernel.name) && createKernel(kernel.name, kernel.options) === kernel;
}
