/** Hamiltonian Monte Carlo, step by step as in `samplers/hmc.ts`: leapfrog, unit masses, Metropolis at the end. */
import { i32, v128, type V128 } from '../../wasm/instructions.ts';
import {
  localCell, logDensityRatio, metropolis, slopeFactor, slopes, slopesHere, type Cell, type ChainHalf,
  type ChainKernel, type HalfWork, type StepWriter
} from './kernel.ts';
import { drawnStepSize } from './stepDecades.ts';

/** Step sizes vary by ± this fraction from trajectory to trajectory. */
const JITTER = 0.2;

export interface HmcOptions {
  readonly leapfrogSteps: number;
  readonly stepDecades?: number;
}

export const hmc = ({ leapfrogSteps, stepDecades = 0 }: HmcOptions): ChainKernel => ({
  uniforms: true,
  prepare(write, halves) {
    const { f, lanes } = write;
    return (draws) => {
      const moving = halves.map((half, side) => {
        const jitter = lanes.mul(
          lanes.constant(JITTER), lanes.sub(lanes.mul(lanes.constant(2), draws[side].side), lanes.constant(1))
        );
        const stepSize = drawnStepSize(write, half, draws[side].side, stepDecades);
        const epsilon = f.let(lanes.mul(stepSize, lanes.add(lanes.constant(1), jitter)));
        const kick = f.let(lanes.mul(epsilon, slopeFactor(write, half)));
        const halfKick = f.let(lanes.mul(lanes.constant(0.5), kick));
        return {
          epsilon,
          kick,
          kinetic: kineticEnergy(write, draws[side].normals),
          q: half.positions.map(({ get }) => localCell(f, get)),
          p: slopesHere(write, half)
            .map((slope, j) => localCell(f, lanes.sub(draws[side].normals[j], lanes.mul(halfKick, slope)))),
          energy: localCell(f, half.energy.get),
          gradients: half.gradients.map(({ get }) => localCell(f, get)),
          left: maskCell(write, half),
        };
      });
      const share = localCell(f, lanes.constant(1));
      f.for(i32.constant(1), i32.constant(leapfrogSteps + 1), 1, (leap) => {
        f.if(i32.eq(leap, i32.constant(leapfrogSteps)), () => share.set(lanes.constant(0.5)));
        write.run(moving.map(function* ({ epsilon, kick, q, p, energy, gradients, left }, side): HalfWork {
          const x = write.wrap(q.map(({ get }, j) => lanes.add(get, lanes.mul(epsilon, p[j].get))));
          const outside = write.outside(x);
          if (outside !== null) left?.set(v128.or(left.get, outside));
          const at = yield x;
          const scale = f.let(lanes.mul(share.get, kick));
          const along = slopes(write, halves[side], x, at.gradients);
          p.forEach((cell, j) => cell.set(lanes.sub(cell.get, lanes.mul(scale, along[j]))));
          q.forEach((cell, j) => cell.set(x[j]));
          gradients.forEach((cell, j) => cell.set(at.gradients[j]));
          energy.set(at.energy);
        }));
      });
      halves.forEach((half, side) => {
        const { kinetic, p, q, energy, gradients, left } = moving[side];
        const y = q.map(({ get }) => get);
        const potential = logDensityRatio(write, half, y, energy.get);
        const logRatio = lanes.sub(lanes.add(potential, kinetic), kineticEnergy(write, p.map(({ get }) => get)));
        metropolis(
          write, half, logRatio, draws[side].logUniform, y,
          { energy: energy.get, gradients: gradients.map(({ get }) => get) }, left?.get
        );
      });
    };
  },
});

/** Whether trajectories have been beyond a wall: not yet, but for rounding; null without walls. */
function maskCell({ f, outside }: StepWriter, { positions }: ChainHalf): Cell | null {
  const start = outside(positions.map(({ get }) => get));
  return start === null ? null : localCell(f, start);
}

function kineticEnergy({ f, lanes }: StepWriter, momenta: readonly V128[]): V128 {
  return f.let(
    lanes.mul(lanes.constant(0.5), momenta.map((p) => lanes.mul(p, p)).reduce((sum, square) => lanes.add(sum, square)))
  );
}
