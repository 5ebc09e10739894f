/** Stochastic Heun for overdamped Langevin with tamed drifts, step by step as in `samplers/heun.ts`. */
import {
  acceptFinite, slopeFactor, slopes, slopesHere, tamedFactor, type ChainKernel, type HalfWork
} from './kernel.ts';

export const heun = (): ChainKernel => ({
  uniforms: false,
  prepare(write, halves) {
    const { f, lanes } = write;
    const constants = halves.map((half) => ({
      width: f.let(lanes.sqrt(lanes.mul(lanes.constant(2), half.stepSize))),
      scale: f.let(lanes.mul(half.stepSize, slopeFactor(write, half))),
    }));
    return (draws) => write.run(halves.map(function* (half, side): HalfWork {
      const { width, scale } = constants[side];
      const noise = draws[side].normals.map((z) => f.let(lanes.mul(width, z)));
      const along = slopesHere(write, half);
      const factor = tamedFactor(write, along, scale);
      const predicted = write.wrap(half.positions.map(({ get }, j) =>
        lanes.add(lanes.sub(get, lanes.mul(factor, along[j])), noise[j])));
      const left = write.outside(predicted);
      const alongThere = slopes(write, half, predicted, (yield predicted).gradients);
      const here = f.let(lanes.mul(lanes.constant(0.5), factor));
      const there = f.let(lanes.mul(lanes.constant(0.5), tamedFactor(write, alongThere, scale)));
      const y = write.wrap(half.positions.map(({ get }, j) =>
        lanes.add(lanes.sub(lanes.sub(get, lanes.mul(here, along[j])), lanes.mul(there, alongThere[j])), noise[j])));
      acceptFinite(write, half, y, yield y, left);
    }));
  },
});
