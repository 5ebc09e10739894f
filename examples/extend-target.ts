/**
 * Targets that are no array programs: a table of free energies, and an evaluator of one's own.
 * Run: node --import tsx examples/extend-target.ts
 */
import { evaluatedTarget, sample, tabulatedTarget, type EnergyEvaluator } from 'jeffreys-flow';

const POINTS = 41;

/** A free energy of one coordinate in units of kT, as another program may have found it: values on a regular grid. */
const table = Float64Array.from({ length: POINTS }, (_, i) => {
  const x = -2.5 + (5 * i) / (POINTS - 1);
  return 4 * (x * x - 1) ** 2 + 0.7 * x;
});

export const tabulated = tabulatedTarget({
  name: 'tabulated-free-energy',
  axes: [{ low: -2.5, high: 2.5, points: POINTS }],
  values: table,
});

/** A rough trough, x² + sin²(3x) across and y² along: values and gradients of batches, whatever computes them. */
export const trough: EnergyEvaluator = {
  dimension: 2,
  energies: (x, n, energies) => {
    for (let i = 0; i < n; i++) {
      const [a, b] = [x[2 * i], x[2 * i + 1]];
      energies[i] = a * a + Math.sin(3 * a) ** 2 + (b - a) ** 2;
    }
  },
  energiesAndGradients: (x, n, energies, gradients) => {
    trough.energies(x, n, energies);
    for (let i = 0; i < n; i++) {
      const [a, b] = [x[2 * i], x[2 * i + 1]];
      gradients[2 * i] = 2 * a + 3 * Math.sin(6 * a) - 2 * (b - a);
      gradients[2 * i + 1] = 2 * (b - a);
    }
  },
};

export const evaluated = evaluatedTarget({
  name: 'evaluated-trough', dimension: 2, box: [-5, 5], base: { mean: 0, standardDeviation: 1 },
}, trough);

/** Small, for a first look. */
const settings = {
  'sampling.ladders': 16, 'sampling.rounds': 640, 'sampling.replicas': 4, 'sampling.warmupRounds': 60,
  'training.steps': 150, 'training.evaluateEvery': 50, 'output.samples': 5000,
};

/** @param say what takes its lines */
export async function main(say: (line: string) => void): Promise<void> {
  for (const target of [tabulated, evaluated]) {
    const { result: { generation: { ess, logZ }, standing } } = await sample(target, { preset: 'quick', settings });
    say(`${target.name}: ESS ${(100 * (ess ?? 0)).toFixed(1)} %, ${standing}`);
    say(`log Z = ${logZ.value?.toFixed(4)} ± ${logZ.standardError?.toFixed(4)} (exact ${logZ.exact?.toFixed(4)})`);
  }
}

if (process.argv[1]?.endsWith('extend-target.ts') === true) await main(console.log);
