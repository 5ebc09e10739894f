/**
 * Independent draws of the untuned targets, and their normalised log densities in plain numbers: another route to every
 * exact value that does not use the target's own.
 */
import { fillNormal, fillUniform, foldIn, keyFromSeed } from '../../../src/engine/random.ts';
import { cholesky } from '../../../src/numerics/linearAlgebra.ts';
import { logGamma } from '../../../src/numerics/special.ts';
import { correlation } from '../../../src/benchmarks/untuned/targets/chain100.ts';
import { design, responses } from '../../../src/benchmarks/untuned/targets/regression20.ts';
import { plane } from '../../../src/benchmarks/untuned/targets/ring10.ts';
import { components } from '../../../src/benchmarks/untuned/targets/student4.ts';
import { centres as trapCentres } from '../../../src/benchmarks/untuned/targets/trap12.ts';

export interface Dice {
  readonly normal: () => number;
  readonly uniform: () => number;
}

export function diceOf(seed: number): Dice {
  const stream = (name: string, fill: typeof fillNormal): (() => number) => {
    const key = foldIn(keyFromSeed(seed), name);
    const page = new Float64Array(4096);
    let used = 0;
    return () => {
      if (used % page.length === 0) fill(key, used / page.length, page);
      return page[used++ % page.length];
    };
  };
  return { normal: stream('normal', fillNormal), uniform: stream('uniform', fillUniform) };
}

export interface ExactDraws {
  readonly draw: (dice: Dice) => number[];
  /** log p, normalised. */
  readonly logDensity: (x: readonly number[]) => number;
}

const normals = (dice: Dice, n: number): number[] => Array.from({ length: n }, () => dice.normal());
const logNormal = (x: number, variance: number): number => -0.5 * ((x * x) / variance + Math.log(2 * Math.PI * variance));
const sumOf = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
const times = (a: readonly number[], b: readonly number[]): number => sumOf(a.map((value, j) => value * b[j]));
const logSum = (logs: readonly number[]): number => {
  const most = Math.max(...logs);
  return most + Math.log(sumOf(logs.map((log) => Math.exp(log - most))));
};

/** A density on a line by the trapezoidal rule on a fine grid: its draws invert the sums. */
function onLine(energy: (x: number) => number, low: number, high: number): { draw: (u: number) => number; logDensity: (x: number) => number } {
  const n = 200_000;
  const width = (high - low) / n;
  const sums = new Float64Array(n + 1);
  for (let i = 0; i < n; i++) sums[i + 1] = sums[i] + width * 0.5 * (Math.exp(-energy(low + i * width)) + Math.exp(-energy(low + (i + 1) * width)));
  const logZ = Math.log(sums[n]);
  return {
    draw: (u) => {
      let [a, b] = [0, n];
      while (b - a > 1) {
        const middle = (a + b) >> 1;
        if (sums[middle] <= u * sums[n]) a = middle;
        else b = middle;
      }
      return low + width * (a + (u * sums[n] - sums[a]) / (sums[b] - sums[a]));
    },
    logDensity: (x) => -energy(x) - logZ,
  };
}

/** Round Gaussians with masses. */
function mixture(centres: readonly (readonly number[])[], masses: readonly number[], deviations: readonly number[]): ExactDraws {
  return {
    draw: (dice) => {
      let [k, u] = [0, dice.uniform()];
      while (k + 1 < masses.length && u > masses[k]) u -= masses[k++];
      return centres[k].map((entry) => entry + deviations[k] * dice.normal());
    },
    logDensity: (x) => logSum(centres.map((centre, k) =>
      Math.log(masses[k]) + sumOf(centre.map((entry, j) => logNormal(x[j] - entry, deviations[k] ** 2))))),
  };
}

/** Coordinates that do not know of each other, all alike. */
const copies = (one: ReturnType<typeof onLine>, n: number): ExactDraws => ({
  draw: ({ uniform }) => Array.from({ length: n }, () => one.draw(uniform())),
  logDensity: (x) => sumOf(x.map(one.logDensity)),
});

const funnel = (n: number): ExactDraws => ({
  draw: (dice) => {
    const v = 3 * dice.normal();
    return [v, ...normals(dice, n).map((z) => Math.exp(v / 2) * z)];
  },
  logDensity: ([v, ...x]) => logNormal(v, 9) + sumOf(x.map((value) => logNormal(value, Math.exp(v)))),
});

/** The generator again, in integers of any size. */
function fortyCentres(): number[][] {
  let state = 20240317n;
  const next = (): number => {
    state = (state * 1664525n + 1013904223n) % 4294967296n;
    return (Number(state) / 4294967296 - 0.5) * 80;
  };
  return Array.from({ length: 40 }, () => [next(), next()]);
}

function manyWells(): ExactDraws {
  const well = onLine((a) => a ** 4 - 6 * a ** 2 - 0.5 * a, -6, 6);
  return {
    draw: ({ uniform, normal }) => Array.from({ length: 16 }, () => [well.draw(uniform()), normal()]).flat(),
    logDensity: (x) => sumOf(x.map((value, j) => (j % 2 === 0 ? well.logDensity(value) : logNormal(value, 1)))),
  };
}

/** A Gaussian by the triangle of its precision: no axes, no evidence. */
function regression(): ExactDraws {
  const d = design[0].length;
  const precision = new Float64Array(d * d);
  design.forEach((row) => row.forEach((a, i) => row.forEach((b, j) => { precision[i * d + j] += a * b; })));
  for (let j = 0; j < d; j++) precision[j * d + j] += 0.01;
  const l = cholesky(precision, d);
  const up = (b: readonly number[]): number[] => {
    const x = [...b];
    for (let i = d - 1; i >= 0; i--) {
      for (let k = i + 1; k < d; k++) x[i] -= l[k * d + i] * x[k];
      x[i] /= l[i * d + i];
    }
    return x;
  };
  const down = (b: readonly number[]): number[] => b.reduce<number[]>((x, value, i) =>
    [...x, (value - sumOf(x.map((entry, k) => entry * l[i * d + k]))) / l[i * d + i]], []);
  const mean = up(down(design[0].map((_, j) => sumOf(design.map((row, i) => row[j] * responses[i])))));
  return {
    draw: (dice) => up(normals(dice, d)).map((value, j) => mean[j] + value),
    logDensity: (x) => {
      const away = x.map((value, j) => value - mean[j]);
      return sumOf(away.map((_, j) => {
        const white = sumOf(away.map((value, i) => (i >= j ? l[i * d + j] * value : 0)));
        return logNormal(white, 1) + Math.log(l[j * d + j]);
      }));
    },
  };
}

function studentMixture(): ExactDraws {
  return {
    draw: (dice) => {
      const u = dice.uniform();
      const { centre, factor } = components[u < 0.5 ? 0 : u < 0.8 ? 1 : 2];
      const z = normals(dice, 4);
      const scale = Math.sqrt(3 / sumOf(normals(dice, 3).map((value) => value ** 2)));
      return centre.map((entry, i) => entry + scale * times(factor[i], z));
    },
    logDensity: (x) => logSum(components.map(({ weight, centre, factor }) => {
      const white = x.reduce<number[]>((z, value, i) => [...z, (value - centre[i] - sumOf(z.map((entry, k) => entry * factor[i][k]))) / factor[i][i]], []);
      const logDeterminant = sumOf(factor.map((row, i) => Math.log(row[i])));
      return Math.log(weight) + logGamma(3.5) - logGamma(1.5) - 2 * Math.log(3 * Math.PI) - logDeterminant - 3.5 * Math.log(1 + times(white, white) / 3);
    })),
  };
}

function ring(): ExactDraws {
  const radius = onLine((rho) => (rho ** 2 - 1) ** 2 / (8 * 0.02 ** 2) - Math.log(rho), 0.7, 1.3);
  const inPlane = (x: readonly number[]): number[] => plane.map((axis) => times(axis, x));
  return {
    draw: (dice) => {
      const [rho, angle] = [radius.draw(dice.uniform()), 2 * Math.PI * dice.uniform()];
      const z = normals(dice, 10).map((value) => 0.02 * value);
      const [a, b] = inPlane(z);
      return z.map((value, j) => value + (rho * Math.cos(angle) - a) * plane[0][j] + (rho * Math.sin(angle) - b) * plane[1][j]);
    },
    logDensity: (x) => {
      const [a, b] = inPlane(x);
      const across = times(x, x) - a * a - b * b;
      return radius.logDensity(Math.hypot(a, b)) - Math.log(2 * Math.PI * Math.hypot(a, b)) - across / (2 * 0.02 ** 2) - 4 * Math.log(2 * Math.PI * 0.02 ** 2);
    },
  };
}

function shell(): ExactDraws {
  const radius = onLine((r) => (r ** 2 - 1) ** 2 / (8 * 0.02 ** 2) - 9 * Math.log(r), 0.7, 1.3);
  return {
    draw: (dice) => {
      const [r, z] = [radius.draw(dice.uniform()), normals(dice, 10)];
      return z.map((value) => (r * value) / Math.hypot(...z));
    },
    logDensity: (x) => radius.logDensity(Math.hypot(...x)) - Math.log(2) - 5 * Math.log(Math.PI) + logGamma(5) - 9 * Math.log(Math.hypot(...x)),
  };
}

function circleAndFunnel(): ExactDraws {
  const circle = onLine((phi) => -3 * Math.cos(2 * (phi - 0.7)) - 0.5 * Math.cos(phi), -Math.PI, Math.PI);
  const rest = funnel(5);
  return {
    draw: (dice) => [circle.draw(dice.uniform()), ...rest.draw(dice)],
    logDensity: ([phi, ...x]) => circle.logDensity(phi) + rest.logDensity(x),
  };
}

function curvesOverCurves(): ExactDraws {
  return {
    draw: (dice) => {
      const first = 1 + Math.sqrt(10) * dice.normal();
      const second = normals(dice, 4).map((z) => first ** 2 + Math.sqrt(0.1) * z);
      return [first, ...second, ...normals(dice, 4).map((z, j) => second[j] ** 2 + Math.sqrt(0.1) * z)];
    },
    logDensity: ([first, ...x]) => logNormal(first - 1, 10)
      + sumOf([0, 1, 2, 3].map((j) => logNormal(x[j] - first ** 2, 0.1) + logNormal(x[4 + j] - x[j] ** 2, 0.1))),
  };
}

const cauchys = (): ExactDraws => ({
  draw: (dice) => Array.from({ length: 10 }, () => Math.tan(Math.PI * (dice.uniform() - 0.5))),
  logDensity: (x) => sumOf(x.map((value) => -Math.log(Math.PI * (1 + value * value)))),
});

function gaussianChain(): ExactDraws {
  const variance = 1 - correlation ** 2;
  return {
    draw: (dice) => {
      const x = [dice.normal()];
      while (x.length < 100) x.push(correlation * x[x.length - 1] + Math.sqrt(variance) * dice.normal());
      return x;
    },
    logDensity: (x) => logNormal(x[0], 1) + sumOf(x.slice(1).map((value, j) => logNormal(value - correlation * x[j], variance))),
  };
}

/** A direction and a radius whose fourth power is even. */
const ball = (): ExactDraws => ({
  draw: (dice) => {
    const x = normals(dice, 4);
    const scale = Math.sqrt(Math.sqrt(dice.uniform())) / Math.sqrt(times(x, x));
    return x.map((value) => scale * value);
  },
  logDensity: () => -Math.log(Math.PI ** 2 / 2),
});

/** Of those that can be drawn from. */
export const exactDraws: Readonly<Record<string, () => ExactDraws>> = {
  funnel10: () => funnel(9),
  gmm40: () => mixture(fortyCentres(), Array<number>(40).fill(1 / 40), Array<number>(40).fill(Math.log(1 + Math.E))),
  manywell32: manyWells,
  doublewells64: () => copies(onLine((x) => 3 * (x ** 2 - 1) ** 2 + 0.3 * x, -4, 4), 64),
  regression20: regression,
  student4: studentMixture,
  ring10: ring,
  shell10: shell,
  rosenbrock9: curvesOverCurves,
  circlefunnel7: circleAndFunnel,
  cauchy10: cauchys,
  chain100: gaussianChain,
  ball4: ball,
  farwells2: () => mixture([[1, -1], [25, 17]], [0.3, 0.7], [1, 1]),
  trap12: () => mixture(trapCentres, [0.3, 0.7], [1.2, 0.3]),
};
