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
  /**
   * Default: as many as the machine has for `fused`, whose results do not depend on it; two for `onnx`, on any machine,
   * since onnxruntime cuts some sums by the number of its threads.
   */
  readonly threads?: number;
}

const ONNX_THREADS = 2;

/** What onnxruntime is asked for. */
export const onnxOptions = (network: NetworkOptions): OnnxOptions =>
  ({ ...network, threads: network.threads ?? ONNX_THREADS });

/**
 * Wider networks run faster in onnxruntime, whose matrix products use wider vectors than WebAssembly has
 * (docs/performance.md); more bins would make the unrolled splines long to compile.
 */
const LARGEST_HIDDEN = 96;
const MOST_BINS = 64;

/** @throws InputError when `fused` is asked for and cannot be */
export function chooseExecutor(
  { hidden, bins }: Pick<Architecture, 'hidden' | 'bins'>, { executor = 'auto', device = 'cpu' }: NetworkOptions
): 'fused' | 'onnx' {
  if (executor !== 'fused')
    return executor === 'onnx' || device !== 'cpu' || hidden > LARGEST_HIDDEN || bins > MOST_BINS ? 'onnx' : 'fused';
  if (device !== 'cpu')
    throw new InputError(`setting executor: fused runs on the cpu only, got device ${device}; leave executor at auto`);
  if (bins > MOST_BINS) throw new InputError(
    `setting executor: fused takes at most ${MOST_BINS} bins, got ${bins}; leave executor at auto`
  );
  return 'fused';
}
