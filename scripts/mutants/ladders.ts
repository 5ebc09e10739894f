/** Faults in ladders of flows and in their particles. */
import type { Mutant } from './mutant.ts';

export const ladders: readonly Mutant[] = [
  {
    name: 'ladder-weights-without-the-log-determinant',
    file: 'src/generators/ladderChain.ts',
    find: 'addTo(logWeights, i, gains[i]);',
    replace: 'addTo(logWeights, i, 0 * gains[i]);',
    test: 'test/pipeline/smc.test.ts',
  },
  {
    name: 'ladder-energies-of-before-the-moves',
    file: 'src/generators/ladderChain.ts',
    find: `pause);
          ends = await endEnergiesOf(target, energy, x, pause);
        }
        before`,
    replace: `pause);
        }
        before`,
    test: 'test/pipeline/smc.test.ts',
  },
  {
    name: 'ladder-moves-at-the-lambda-before',
    file: 'src/generators/ladderChain.ts',
    find: 'const own = { lambda, stepSize, steps: moves',
    replace: 'const own = { lambda: before, stepSize, steps: moves',
    test: 'test/pipeline/smc.test.ts',
  },
  {
    name: 'ladder-moves-share-their-noise-over-stages',
    file: 'src/generators/ladderChain.ts',
    find: "key: foldIn(foldIn(key, 'moves'), k), first };",
    replace: "key: foldIn(key, 'moves'), first };",
    test: 'test/pipeline/smc.test.ts',
  },
  {
    name: 'energy-halfway-with-lambda-the-other-way-round',
    file: 'src/generators/ladderChain.ts',
    find: 'u0 + lambda * (u1 - u0))',
    replace: 'u1 + lambda * (u0 - u1))',
    test: 'test/pipeline/smc.test.ts',
  },
  {
    name: 'particles-pushed-without-the-energy-they-come-from',
    file: 'src/generators/pushStep.ts',
    find: 'increments[i] += mixedEnergy(u0[i], u1[i], from) - mixedEnergy(there.u0[i], there.u1[i], to);',
    replace: 'increments[i] += mixedEnergy(u0[i], u1[i], 0) - mixedEnergy(there.u0[i], there.u1[i], to);',
    test: 'test/pipeline/smc.test.ts',
  },
  {
    name: 'resampled-groups-lose-their-mean-weight',
    file: 'src/samplers/particles.ts',
    find: 'next.fill(means[g], from, to);',
    replace: 'next.fill(0, from, to);',
    test: 'test/pipeline/particles.test.ts',
  },
  {
    name: 'groups-resampled-with-the-same-numbers',
    file: 'src/samplers/particles.ts',
    find: 'to - from, scheme, foldIn(key, g))',
    replace: 'to - from, scheme, key)',
    test: 'test/pipeline/particles.test.ts',
  },
  {
    name: 'error-of-groups-too-small-by-root-two',
    file: 'src/samplers/particles.ts',
    find: 'standardError: Math.sqrt(variance / groups)',
    replace: 'standardError: Math.sqrt(variance / groups / 2)',
    test: 'test/pipeline/particles.test.ts',
  },
  {
    name: 'masses-of-groups-all-of-one-share',
    file: 'src/samplers/particles.ts',
    find: 'const value = masses.reduce((sum, mass, g) => sum + shares[g] * mass[k], 0);',
    replace: 'const value = masses.reduce((sum, mass) => sum + mass[k] / groups, 0);',
    test: 'test/pipeline/particles.test.ts',
  },
  {
    name: 'next-lambda-without-caution',
    file: 'src/pipeline/transport/schedule.ts',
    find: 'const allowed = CAUTION * lossOf(target);',
    replace: 'const allowed = lossOf(target);',
    test: 'test/pipeline/interpolation.test.ts',
  },
  {
    name: 'langevin-steps-of-twice-the-time',
    file: 'src/samplers/bridgeFigures.ts',
    find: 'length ** 2 / 2)',
    replace: 'length ** 2)',
    test: 'test/pipeline/pathFigures.test.ts',
  },
  {
    name: 'way-of-the-ladder-by-accepted-swaps',
    file: 'src/samplers/bridgeFigures.ts',
    find: '+ 1 - (rate ?? 0) + 1e-6',
    replace: '+ (rate ?? 0) + 1e-6',
    test: 'test/pipeline/pathFigures.test.ts',
  },
  {
    name: 'pieces-of-a-ladder-move-with-the-same-noise',
    file: 'src/generators/ladderChain.ts',
    find: 'k), first };',
    replace: 'k), first: 0 };',
    test: 'test/pipeline/smc.test.ts',
  },
  {
    name: 'coverage-of-a-stage-the-other-way-round',
    file: 'src/verdict/stageCoverage.ts',
    find: 'modeCoverage(masses(particles.points, particles.logWeights), expected)',
    replace: 'modeCoverage(expected, masses(particles.points, particles.logWeights))',
    test: 'test/pipeline/stageCoverage.test.ts',
  },
  {
    name: 'coverage-of-a-stage-without-weights',
    file: 'src/verdict/stageCoverage.ts',
    find: 'masses(particles.points, particles.logWeights)',
    replace: 'masses(particles.points, null)',
    test: 'test/pipeline/stageCoverage.test.ts',
  },
  {
    name: 'noisy-runs-ignore-the-lattice',
    file: 'src/generators/noisyChain.ts',
    find: "baseSamplers[settings.baseSampling](base, foldIn(key, 'base')",
    replace: "baseSamplers.independent(base, foldIn(key, 'base')",
    test: 'test/contracts/proposals.test.ts',
  },
];
