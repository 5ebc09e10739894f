/** Metropolis-adjusted Langevin with truncated drift, step by step as in `samplers/mala.ts`. */
import {
  logDensityRatio, metropolis, slopeFactor, slopes, slopesHere, type ChainHalf, type ChainKernel,
  type HalfWork, type StepWriter
} from './kernel.ts';
import { drawnStepSize } from './stepDecades.ts';
import type { V128 } from '../../wasm/instructions.ts';

const TRUNCATION = 4;

export interface MalaOptions {
  readonly stepDecades?: number;
  /**
   * Whether the Metropolis ratio has the ratio of the proposals' densities, and U0 of a reference. False is wrong, for
   * tests of the tests.
   */
  readonly hastings?: boolean;
  readonly referenceDrop?: boolean;
}

export const mala = (
  { stepDecades = 0, hastings = true, referenceDrop = true }: MalaOptions = {}
): ChainKernel => ({
  uniforms: true,
  prepare(write, halves) {
    const { f, lanes } = write;
    const constants = stepDecades === 0 ? halves.map((half) => proposalOf(write, half, half.stepSize)) : null;
    return (draws) => write.run(halves.map(function* (half, side): HalfWork {
      const { width, scale } = constants?.[side]
        ?? proposalOf(write, half, drawnStepSize(write, half, draws[side].side, stepDecades));
      const { normals, logUniform } = draws[side];
      const drifts = slopesHere(write, half).map((slope) => truncated(write, lanes.mul(scale, slope)));
      // y = x − hβ∇U(x) + √(2h) z
      const y = write.wrap(
        half.positions.map(({ get }, j) => lanes.add(get, lanes.mul(width, lanes.sub(normals[j], drifts[j]))))
      );
      const at = yield y;
      let logRatio = logDensityRatio(referenceDrop ? write : { ...write, reference: null }, half, y, at.energy);
      const slopesThere = slopes(write, half, y, at.gradients);
      // log q(x|y) − log q(y|x) = −½ Σ [(e − z)² − z²], e = the two drifts together, in units of the noise.
      normals.forEach((z, j) => {
        const there = truncated(write, lanes.mul(scale, slopesThere[j]));
        const both = f.let(lanes.add(drifts[j], there));
        if (hastings)
          logRatio = lanes.add(logRatio, lanes.mul(both, lanes.sub(z, lanes.mul(lanes.constant(0.5), both))));
      });
      metropolis(write, half, logRatio, logUniform, y, at);
    }));
  },
});

/** The noise's deviation √(2h), and what slopes are multiplied by in units of it. */
function proposalOf(
  write: StepWriter, half: ChainHalf, stepSize: V128
): { readonly width: V128; readonly scale: V128 } {
  const { f, lanes } = write;
  const width = f.let(lanes.sqrt(lanes.mul(lanes.constant(2), stepSize)));
  return { width, scale: f.let(lanes.mul(lanes.mul(lanes.constant(0.5), width), slopeFactor(write, half))) };
}

/** Between ∓TRUNCATION; NaN stays NaN. */
function truncated({ f, lanes }: StepWriter, drift: V128): V128 {
  return f.let(lanes.pmin(lanes.pmax(drift, lanes.constant(-TRUNCATION)), lanes.constant(TRUNCATION)));
}
