/**
 * A kernel of one's own: random-walk Metropolis, held against a Gaussian, and then in tempering.
 * Run: node --import tsx examples/extend-kernel.ts
 */
import {
  checkAdvance, compileEnergy, createChains, createParallelTempering, defineTarget, fillNoise, fillNormal, foldIn,
  isOutside, keyFromSeed, np, referenceDrop, targetTruth, termsOf, wallsOf, wrapCircles, type Kernel,
} from 'jeffreys-flow';

/**
 * y = x + √(2h) z, accepted with min(1, exp(−β(U(y) − U(x)))): exact at every step size.
 * @see Metropolis et al. 1953; Gelman, Gilks & Roberts 1997 for the rate
 */
export const randomWalk: Kernel = {
  name: 'randomWalk',
  options: {},
  exact: true,
  defaultStepSize: 0.1,
  stepSizeUnit: 'time',
  targetAcceptance: 0.234,
  advance(state, energy, domain, steps) {
    checkAdvance('randomWalk', state, energy, domain, steps);
    const { chains, dimension: d, positions, energies, gradients, inverseTemperatures: beta, stepSizes } = state;
    const [z, u] = [new Float64Array(chains * d), new Float64Array(chains)];
    const [y, yGradients] = [new Float64Array(chains * d), new Float64Array(chains * d)];
    const yEnergies = new Float64Array(chains);
    const walls = wallsOf(domain);
    // On a bridge chain i samples exp(−U0 − λ_i D): λ and D stand in β and U, and U0 is the reference's.
    const reference = termsOf(state);
    for (let s = 0; s < steps; s++, state.step++) {
      // Functions of (key of the chain, state.step): so that bits depend on no split of steps or chains.
      fillNoise(state, z, u);
      for (let j = 0; j < chains * d; j++) y[j] = positions[j] + Math.sqrt(2 * stepSizes[Math.floor(j / d)]) * z[j];
      wrapCircles(domain, y, chains);
      // The rule needs no gradient, but a state holds that of its positions.
      energy.energiesAndGradients(y, chains, yEnergies, yGradients);
      for (let i = 0; i < chains; i++) {
        const [from, to] = [i * d, (i + 1) * d];
        state.proposed[i] += 1;
        if (isOutside(walls, y, i, d)) continue;
        const drop = reference === null ? 0 : referenceDrop(reference, positions, y, i);
        const logRatio = beta[i] * (energies[i] - yEnergies[i]) + drop;
        if (!Number.isFinite(logRatio) || !yGradients.subarray(from, to).every(Number.isFinite)) {
          state.nonFinite[i] += 1;
        } else if (u[i] < Math.exp(logRatio)) {
          state.accepted[i] += 1;
          energies[i] = yEnergies[i];
          positions.set(y.subarray(from, to), from);
          gradients.set(yGradients.subarray(from, to), from);
        }
      }
    }
  },
};

/** Of a known Gaussian: x ~ N(0, 1), y = 0.8 x + 0.6 e, so that ⟨x²⟩ = ⟨y²⟩ = 1 and ⟨xy⟩ = 0.8. */
export const gaussian = defineTarget({
  name: 'known-gaussian', dimension: 2, box: [-6, 6],
  energy: (point) => {
    const [x, y] = [point.slice(0), point.slice(1)];
    return np.square(x).add(np.square(y.sub(x.mul(0.8)).div(0.6))).div(2);
  },
});
const moments: readonly { readonly exact: number; readonly at: (x: number, y: number) => number }[] = [
  { exact: 0, at: (x) => x }, { exact: 0, at: (_, y) => y }, { exact: 1, at: (x) => x * x },
  { exact: 0.8, at: (x, y) => x * y }, { exact: 1, at: (_, y) => y * y },
];

/** Independent chains start from exact draws; an exact kernel leaves every moment where it was, at any step size. */
export function largestScore(kernel: Kernel): { readonly z: number; readonly rate: number } {
  const [chains, steps] = [20_000, 10];
  const key = keyFromSeed(3);
  const draws = new Float64Array(2 * chains);
  fillNormal(foldIn(key, 'exact'), 0, draws);
  for (let i = 0; i < 2 * chains; i += 2) draws[i + 1] = 0.8 * draws[i] + 0.6 * draws[i + 1];
  const energy = compileEnergy(gaussian);
  const state = createChains({
    energy, positions: draws, inverseTemperatures: 1, stepSizes: 0.3, key: foldIn(key, 'chains'),
  });
  kernel.advance(state, energy, gaussian.domain, steps);
  const scores = moments.map(({ exact, at }) => {
    const errors = Float64Array.from({ length: chains }, (_, i) =>
      at(state.positions[2 * i], state.positions[2 * i + 1]) - exact);
    const mean = errors.reduce((sum, error) => sum + error, 0) / chains;
    const variance = errors.reduce((sum, error) => sum + (error - mean) ** 2, 0) / (chains - 1);
    return Math.abs(mean) / Math.sqrt(variance / chains);
  });
  const total = (counts: Float64Array): number => counts.reduce((sum, count) => sum + count, 0);
  return { z: Math.max(...scores), rate: total(state.accepted) / total(state.proposed) };
}

/** @param say what takes its lines */
export function main(say: (line: string) => void): void {
  const { z, rate } = largestScore(randomWalk);
  const accepted = `${(100 * rate).toFixed(0)} % accepted`;
  say(`${moments.length} moments of the Gaussian within ${z.toFixed(1)} standard errors; ${accepted}`);
  const well = defineTarget({
    name: 'double-well', dimension: 1, box: [-3, 3],
    energy: (point) => np.square(np.square(point.slice(0)).sub(1)).mul(6).add(point.slice(0).mul(0.5)),
  });
  const energy = compileEnergy(well);
  const run = createParallelTempering({
    energy, base: well.base, kernel: randomWalk, inverseTemperatures: { hottest: 0.1, replicas: 4 }, ladders: 32,
    warmupRounds: 100, rounds: 200, stepsPerRound: 5, key: keyFromSeed(1),
  });
  while (run.progress.phase !== 'done') run.advance(50);
  const { logZ } = run.result().figures;
  const exact = targetTruth(well, energy).logZ;
  say(`log Z = ${logZ?.value?.toFixed(4)} ± ${logZ?.standardError?.toFixed(4)} (exact ${exact?.toFixed(4)})`);
}

if (process.argv[1]?.endsWith('extend-kernel.ts') === true) main(console.log);
