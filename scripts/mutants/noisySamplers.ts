/** Faults in chains on energies that are only seen with noise. */
import type { Mutant } from './mutant.ts';

export const noisySamplers: readonly Mutant[] = [
  {
    name: 'noisy-swaps-corrected-by-the-whole-variance',
    file: 'src/samplers/noisySwap.ts',
    find: 'logRatio - 0.5 * correction * variance',
    replace: 'logRatio - correction * variance',
    test: 'test/samplers/noisySwap.test.ts',
  },
  {
    name: 'swap-noise-from-differences-not-halved',
    file: 'src/samplers/noisySwap.ts',
    find: '0.5 * (first - second) ** 2',
    replace: '(first - second) ** 2',
    test: 'test/samplers/noisySwap.test.ts',
  },
  {
    name: 'control-variates-without-the-mean-gradient',
    file: 'src/samplers/svrg.ts',
    find: 'out[i] += anchors[i] - there[i];',
    replace: 'out[i] -= there[i];',
    test: 'test/samplers/svrg.test.ts',
  },
  {
    name: 'base-rung-drawn-once-for-all',
    file: 'src/samplers/resgldSteps.ts',
    find: "foldIn(foldIn(key, 'base rung'), counts.round)",
    replace: "foldIn(key, 'base rung')",
    test: 'test/samplers/resgld.test.ts',
  },
  {
    name: 'swaps-of-noisy-energies-with-a-noise-for-each',
    file: 'src/samplers/resgldSwaps.ts',
    find: 'xi.copyWithin(n * m, 0, n * m);',
    replace: 'noisy.draw(foldIn(key, -1 - r), 0, n, xi.subarray(n * m));',
    test: 'test/samplers/resgld.test.ts',
  },
  {
    name: 'anchors-left-behind-by-swaps',
    file: 'src/samplers/resgldSwaps.ts',
    find: 'for (const array of [references, anchors])',
    replace: 'for (const array of [references])',
    test: 'test/samplers/resgld.test.ts',
  },
  {
    name: 'walls-that-wrap-instead-of-reflecting',
    file: 'src/samplers/noisyLangevin.ts',
    find: 'low + (folded <= width ? folded : 2 * width - folded)',
    replace: 'low + (folded <= width ? folded : folded - width)',
    test: 'test/samplers/resgld.test.ts',
  },
];
