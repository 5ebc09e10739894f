/** The kernels that can be compiled, by the names and options that `samplers/kernels.ts` gives them. */
import type { ChainKernel } from './kernel.ts';
import { heun } from './heun.ts';
import { hmc } from './hmc.ts';
import { mala } from './mala.ts';
import { tamedEuler } from './tamedEuler.ts';

const kernels: Readonly<Record<string, (options: Readonly<Record<string, number>>) => ChainKernel>> = {
  mala: ({ stepDecades = 0 }) => mala({ stepDecades }),
  hmc: ({ leapfrogSteps, stepDecades = 0 }) => hmc({ leapfrogSteps, stepDecades }),
  tamedEuler: () => tamedEuler(),
  heun: () => heun(),
};

/** @returns undefined for a kernel that only plain JavaScript can run */
export function chainKernel(name: string, options: Readonly<Record<string, number>>): ChainKernel | undefined {
  return Object.hasOwn(kernels, name) ? kernels[name](options) : undefined;
}
