/** A trained flow as an ONNX model that any runtime can sample from. */
import { np } from '../engine/numpy.ts';
import { encodeModel } from '../engine/onnx/model.ts';
import { lower } from '../engine/onnx/lower.ts';
import { trace } from '../engine/trace.ts';
import { batchBaseEnergy } from '../targets/compile.ts';
import type { Base } from '../targets/base.ts';
import type { Architecture } from './architecture.ts';
import { CouplingFlow } from './couplingFlow.ts';

/**
 * Input `base` [batch, d]; outputs `samples` [batch, d] and `log_density` [batch], the flow's own density at them, so
 * that log w = −U(samples) − log_density.
 * @param batch points per call, fixed in the model
 */
export function exportFlow(
  architecture: Architecture, base: Base, parameters: Float32Array | Float64Array, batch: number
): Uint8Array {
  const energy = batchBaseEnergy(base);
  const constant = Array.from(parameters);
  const program = trace((x) => {
    const [samples, logDet] = new CouplingFlow(architecture, np.array(constant)).forward(x);
    return [samples, energy(x).add(logDet).neg()];
  }, [{ shape: [batch, base.domain.length] }]);
  return encodeModel(lower(
    program, parameters instanceof Float64Array ? 'float64' : 'float32',
    { inputs: ['base'], outputs: ['samples', 'log_density'] }
  ));
}
