/** Metropolis-adjusted Langevin with truncated drift, step by step as in `samplers/mala.ts`. */
import { metropolis, type ChainKernel, type StepWriter } from './kernel.ts';
import type { V128 } from '../../wasm/instructions.ts';

const TRUNCATION = 4;

/** @param hastings false leaves out the ratio of the proposals' densities: wrong, for tests of the tests */
export const mala = ({ hastings = true }: { readonly hastings?: boolean } = {}): ChainKernel => ({
  uniforms: true,
  prepare(write, halves) {
    const { f, lanes } = write;
    const constants = halves.map(({ beta, stepSize }) => {
      const width = f.let(lanes.sqrt(lanes.mul(lanes.constant(2), stepSize)));
      return { width, scale: f.let(lanes.mul(lanes.mul(lanes.constant(0.5), width), beta)) };
    });
    return (draws) => halves.forEach((half, side) => {
      const { width, scale } = constants[side];
      const { normals, logUniform } = draws[side];
      const drifts = half.gradients.map(({ get }) => truncated(write, lanes.mul(scale, get)));
      // y = x − hβ∇U(x) + √(2h) z
      const y = write.wrap(half.positions.map(({ get }, j) => lanes.add(get, lanes.mul(width, lanes.sub(normals[j], drifts[j])))));
      const at = write.energyAt(y);
      let logRatio = lanes.mul(half.beta, lanes.sub(half.energy.get, at.energy));
      // log q(x|y) − log q(y|x) = −½ Σ [(e − z)² − z²], e = the two drifts together, in units of the noise.
      normals.forEach((z, j) => {
        const there = truncated(write, lanes.mul(scale, at.gradients[j]));
        const both = f.let(lanes.add(drifts[j], there));
        if (hastings) logRatio = lanes.add(logRatio, lanes.mul(both, lanes.sub(z, lanes.mul(lanes.constant(0.5), both))));
      });
      metropolis(write, half, logRatio, logUniform, y, at);
    });
  },
});

/** Between ∓TRUNCATION; NaN stays NaN. */
function truncated({ f, lanes }: StepWriter, drift: V128): V128 {
  return f.let(lanes.pmin(lanes.pmax(drift, lanes.constant(-TRUNCATION)), lanes.constant(TRUNCATION)));
}
