/** Parallel tempering by itself, with its diagnostics. Run: node --import tsx examples/02-tempering-only.ts */
import { compileEnergy, createParallelTempering, keyFromSeed, loadTargets } from 'jeffreys-flow';

const target = (await loadTargets()).find(({ name }) => name === 'himmelblau');
if (target === undefined) throw new Error('himmelblau is a built-in target');

const run = createParallelTempering({
  energy: compileEnergy(target),
  base: target.base,
  inverseTemperatures: { hottest: 0.01, replicas: 6 },
  ladders: 32,
  warmupRounds: 100,
  rounds: 200,
  stepsPerRound: 5,
  key: keyFromSeed(1),
});
while (run.progress.phase !== 'done') run.advance(50);
const { figures, samples } = run.result();
console.log(`${samples} samples, barrier ${figures.barrier?.toFixed(2)}, ${figures.roundTrips} round trips`);
console.log(`swap rates ${figures.swapRates.map((rate) => rate?.toFixed(2)).join(' ')}`);
console.log(`log Z = ${figures.logZ?.value?.toFixed(3)} ± ${figures.logZ?.standardError?.toFixed(3)}`);
