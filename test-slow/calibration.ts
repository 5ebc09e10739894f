/** Small targets of every kind with exact answers that a run does not know, and what many runs of them say. */
import { np } from '../src/engine/numpy.ts';
import { settingsFor } from '../src/experiments/presets.ts';
import { memoryJournal } from '../src/pipeline/journal.ts';
import { runPipeline, type PipelineResult } from '../src/pipeline/run.ts';
import { integrateTensor, compositeGaussLegendre } from '../src/numerics/quadrature.ts';
import type { Estimate, Standing } from '../src/records/record.ts';
import { defineTarget, type Target, type TargetDefinition } from '../src/targets/target.ts';

export const SEEDS = Number(process.env['SEEDS'] ?? 40);

/** Two wells along x; y leans on x, and z is free: three coordinates, so that no run looks at a quadrature. */
const [HEIGHT, TILT, LEAN, WIDTH] = [5, 0.6, 0.5, 0.6];
const definition = {
  name: 'two-leaning-wells',
  dimension: 3,
  energy: (point: Parameters<Target['energy']>[0]) => {
    const [x, y, z] = [point.slice(0), point.slice(1), point.slice(2)];
    const well = np.square(np.square(x).sub(1)).mul(HEIGHT).add(x.mul(TILT));
    return well.add(np.square(y.sub(x.mul(LEAN)).div(WIDTH)).mul(0.5)).add(np.square(z).mul(0.5));
  },
  box: [[-4, 4], [-5, 5], [-6, 6]],
  base: { mean: 0, standardDeviation: [0.9, 0.9, 1.1] },
  observables: [{ name: 'y', value: (x: Float64Array) => x[1] }],
  modes: { names: ['left', 'right'], assign: (x: Float64Array) => (x[0] < 0 ? 0 : 1) },
} satisfies TargetDefinition;

export const twoWells = defineTarget(definition);

/** The same, of which nothing is told. */
const { name, dimension, energy, observables, modes } = definition;
export const untoldWells = defineTarget({ name, dimension, energy, observables, modes });

/** The same, seen with a wave of random height. */
export const noisyWells = defineTarget({
  ...definition, name: 'two-noisy-wells',
  noise: {
    size: 1,
    draw: (random) => [random() < 0.5 ? -1 : 1],
    energy: (point, xi) => definition.energy(point).add(xi.slice(0).mul(np.cos(point.slice(0))).mul(2)),
  },
});

export interface Truth {
  readonly logZ: number;
  readonly left: number;
  readonly observable: number;
}

/** From integrals along x. */
export function twoWellsTruth(): Truth {
  const along = (f: (x: number) => number): number => integrateTensor([compositeGaussLegendre(64, 16, -3, 3)], (x, n, values) => {
    for (let i = 0; i < n; i++) values[i] = f(x[i]) * Math.exp(-HEIGHT * (x[i] * x[i] - 1) ** 2 - TILT * x[i]);
  });
  const whole = along(() => 1);
  return { logZ: Math.log(whole) + Math.log(2 * Math.PI * WIDTH), left: along((x) => (x < 0 ? 1 : 0)) / whole, observable: (LEAN * along((x) => x)) / whole };
}

/** Enough for a fair flow in half a second; rounds begin with what they begin with. */
export const small = {
  rounds: 1500, warmupRounds: 150, ladders: 16, replicas: 4, hottest: 0.15, stepsPerRound: 2, steps: 250, batch: 200, layers: 6, hidden: 12, bins: 10, evaluateEvery: 50, samples: 6000,
};

export async function runOf(target: Target, given: Readonly<Record<string, unknown>>, seed: number): Promise<PipelineResult> {
  return runPipeline({
    target, settings: given['generator'] === 'rounds' ? settingsFor(target, 'default', given) : settingsFor(target, 'quick', { ...small, ...given }), seed,
    surroundings: { journal: memoryJournal(), emit: () => undefined, signal: new AbortController().signal, now: () => performance.now(), breathe: () => Promise.resolve() },
  });
}

/** One figure of a run, beside the truth. */
export interface Figure {
  readonly name: string;
  readonly estimate: Estimate;
  readonly truth: number;
}

/** (estimate − truth) / error of those that are sound. */
export const soundErrors = (figures: readonly Figure[]): number[] => figures.flatMap(({ estimate: { value, standardError, standing }, truth }) =>
  (standing === 'sound' && value !== null && standardError !== null ? [(value - truth) / standardError] : []));

export const rootMeanSquare = (values: readonly number[]): number => Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);

export const standingsOf = (results: readonly PipelineResult[]): Record<Standing, number> => {
  const counts = { sound: 0, doubtful: 0, unknown: 0 };
  for (const { result: { standing } } of results) counts[standing ?? 'unknown'] += 1;
  return counts;
};
