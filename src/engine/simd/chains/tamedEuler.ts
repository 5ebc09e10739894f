/** Tamed Euler–Maruyama for overdamped Langevin, step by step as in `samplers/tamedEuler.ts`. */
import { acceptFinite, slopeFactor, slopesHere, tamedFactor, type ChainKernel, type HalfWork } from './kernel.ts';

export const tamedEuler = (): ChainKernel => ({
  uniforms: false,
  prepare(write, halves) {
    const { f, lanes } = write;
    const constants = halves.map((half) => ({
      width: f.let(lanes.sqrt(lanes.mul(lanes.constant(2), half.stepSize))),
      scale: f.let(lanes.mul(half.stepSize, slopeFactor(write, half))),
    }));
    return (draws) => write.run(halves.map(function* (half, side): HalfWork {
      const { width, scale } = constants[side];
      const here = slopesHere(write, half);
      const factor = tamedFactor(write, here, scale);
      const y = write.wrap(half.positions.map(({ get }, j) =>
        lanes.add(lanes.sub(get, lanes.mul(factor, here[j])), lanes.mul(width, draws[side].normals[j]))));
      acceptFinite(write, half, y, yield y);
    }));
  },
});
