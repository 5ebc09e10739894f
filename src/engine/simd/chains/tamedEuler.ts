/** Tamed Euler–Maruyama for overdamped Langevin, step by step as in `samplers/tamedEuler.ts`. */
import { acceptFinite, tamedFactor, type ChainKernel } from './kernel.ts';

export const tamedEuler = (): ChainKernel => ({
  uniforms: false,
  prepare(write, halves) {
    const { f, lanes } = write;
    const constants = halves.map(({ beta, stepSize }) => ({
      width: f.let(lanes.sqrt(lanes.mul(lanes.constant(2), stepSize))),
      scale: f.let(lanes.mul(stepSize, beta)),
    }));
    return (draws) => halves.forEach((half, side) => {
      const { width, scale } = constants[side];
      const factor = tamedFactor(write, half.gradients.map(({ get }) => get), scale);
      const y = write.wrap(half.positions.map(({ get }, j) =>
        lanes.add(lanes.sub(get, lanes.mul(factor, half.gradients[j].get)), lanes.mul(width, draws[side].normals[j]))));
      acceptFinite(write, half, y, write.energyAt(y));
    });
  },
});
