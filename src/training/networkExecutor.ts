/** Which executor runs a network: a matter of its size and of the device, never of the machine's threads. */
import type { OnnxOptions } from '../engine/onnx/executor.ts';
import { InputError } from '../errors.ts';
import type { Architecture } from '../flows/architecture.ts';

/** `fused`: the flow in WebAssembly, both losses and gradients by hand. `onnx`: graphs in onnxruntime. */
export const networkExecutors = ['auto', 'fused', 'onnx'] as const;
export type NetworkExecutor = (typeof networkExecutors)[number];

export interface NetworkOptions extends OnnxOptions {
  /** Default auto. */
  readonly executor?: NetworkExecutor;
}

/**
 * Wider networks run faster in onnxruntime, whose matrix products use wider vectors than WebAssembly has
 * (docs/performance.md); more bins would make the unrolled splines long to compile.
 */
const LARGEST_HIDDEN = 128;
const MOST_BINS = 64;

/** @throws InputError when `fused` is asked for and cannot be */
export function chooseExecutor({ hidden, bins }: Pick<Architecture, 'hidden' | 'bins'>, { executor = 'auto', device = 'cpu' }: NetworkOptions): 'fused' | 'onnx' {
  if (executor !== 'fused') return executor === 'onnx' || device !== 'cpu' || hidden > LARGEST_HIDDEN || bins > MOST_BINS ? 'onnx' : 'fused';
  if (device !== 'cpu') throw new InputError(`setting executor: fused runs on the cpu only, got device ${device}; leave executor at auto`);
  if (bins > MOST_BINS) throw new InputError(`setting executor: fused takes at most ${MOST_BINS} bins, got ${bins}; leave executor at auto`);
  return 'fused';
}
