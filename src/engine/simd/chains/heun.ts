/** Stochastic Heun for overdamped Langevin with tamed drifts, step by step as in `samplers/heun.ts`. */
import { acceptFinite, tamedFactor, type ChainKernel } from './kernel.ts';

export const heun = (): ChainKernel => ({
  uniforms: false,
  prepare(write, halves) {
    const { f, lanes } = write;
    const constants = halves.map(({ beta, stepSize }) => ({
      width: f.let(lanes.sqrt(lanes.mul(lanes.constant(2), stepSize))),
      scale: f.let(lanes.mul(stepSize, beta)),
    }));
    return (draws) => halves.forEach((half, side) => {
      const { width, scale } = constants[side];
      const noise = draws[side].normals.map((z) => f.let(lanes.mul(width, z)));
      const factor = tamedFactor(write, half.gradients.map(({ get }) => get), scale);
      const predicted = write.wrap(half.positions.map(({ get }, j) =>
        lanes.add(lanes.sub(get, lanes.mul(factor, half.gradients[j].get)), noise[j])));
      const slopes = write.energyAt(predicted).gradients;
      const here = f.let(lanes.mul(lanes.constant(0.5), factor));
      const there = f.let(lanes.mul(lanes.constant(0.5), tamedFactor(write, slopes, scale)));
      const y = write.wrap(half.positions.map(({ get }, j) =>
        lanes.add(lanes.sub(lanes.sub(get, lanes.mul(here, half.gradients[j].get)), lanes.mul(there, slopes[j])), noise[j])));
      acceptFinite(write, half, y, write.energyAt(y));
    });
  },
});
