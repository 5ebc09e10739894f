/** A target of one's own, from definition to weighted expectation, as a library. Run: node --import tsx examples/01-own-target.ts */
import { defineTarget, effectiveSampleSize, np, sample, weightedMean } from 'jeffreys-flow';

const target = defineTarget({
  name: 'tilted-double-well',
  dimension: 2,
  energy: (point) => {
    const [x, y] = [point.slice(0), point.slice(1)];
    return np.square(np.square(x).sub(1)).mul(4).add(x.mul(0.3)).add(np.square(y.sub(x)).mul(2));
  },
  box: [-4, 4],
  base: { mean: 0, standardDeviation: 1.2 },
  modes: { centres: [[-1, -1], [1, 1]], names: ['left', 'right'] },
});

const { result, ensemble } = await sample(target, {
  preset: 'quick',
  seed: 1,
  settings: { samples: 20_000 },
});

const x = ensemble.samples.filter((_, i) => i % 2 === 0);
const mean = weightedMean(x, ensemble.logWeights);
console.log(`ESS ${(100 * effectiveSampleSize(ensemble.logWeights).fraction).toFixed(1)} %`);
console.log(`<x> = ${mean.value.toFixed(4)} ± ${mean.standardError.toFixed(4)}`);
console.log(`log Z = ${result.generation.logZ.value?.toFixed(4)} (exact ${result.generation.logZ.exact?.toFixed(4)})`);
