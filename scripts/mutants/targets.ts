/** Faults in bases, paths and energies. */
import type { Mutant } from './mutant.ts';

export const targets: readonly Mutant[] = [
  {
    name: 'base-not-normalised-by-its-deviation',
    file: 'src/targets/base.ts',
    find: '0.5 * Math.log(2 * Math.PI) + Math.log(base.standardDeviation[j])',
    replace: '0.5 * Math.log(2 * Math.PI)',
    test: 'test/targets/target.test.ts',
  },
  {
    name: 'base-gradient-by-the-deviation',
    file: 'src/targets/base.ts',
    find: '1 / standardDeviation[j] ** 2;',
    replace: '1 / standardDeviation[j];',
    test: ['test/targets/path.test.ts', 'test/targets/target.test.ts'],
  },
  {
    name: 'circles-and-intervals-share-the-numbers-of-lines',
    file: 'src/targets/base.ts',
    find: 'fillUniformRows({ k0: ~key.k0, k1: key.k1 }, first, n, d, uniforms)',
    replace: 'fillUniformRows(key, first, n, d, uniforms)',
    test: 'test/targets/base.test.ts',
  },
  {
    name: 'path-of-gradients-without-the-base',
    file: 'src/targets/path.ts',
    find: 'mix(gradients, slopes);',
    replace: '',
    test: 'test/targets/path.test.ts',
  },
  {
    name: 'path-with-its-ends-exchanged',
    file: 'src/targets/path.ts',
    find: 'atBase.add(ofTarget(x).sub(atBase).mul(lambda))',
    replace: 'atBase.add(ofTarget(x).sub(atBase).mul(1 - lambda))',
    test: 'test/targets/path.test.ts',
  },
  {
    name: 'circles-wrapped-to-the-wrong-end',
    file: 'src/targets/domain.ts',
    find: 'Math.floor((value - low) / period)',
    replace: 'Math.floor(value / period)',
    test: 'test/targets/target.test.ts',
  },
  {
    name: 'ring-action-without-the-power-of-beta-in-its-spreads',
    file: 'src/targets/ringPolymer.ts',
    find: 'Math.sqrt(beads / (beta * (mass * square + stiff)))',
    replace: 'Math.sqrt(beads / (mass * square + stiff))',
    test: 'test/targets/ringPolymer.test.ts',
  },
  {
    name: 'ring-action-without-its-jacobian',
    file: 'src/targets/ringPolymer.ts',
    find: 'total + ratio + (k < modes',
    replace: 'total + (k < modes',
    test: 'test/targets/ringPolymer.test.ts',
  },
  {
    name: 'ring-potential-not-shared-by-its-beads',
    file: 'src/targets/ringPolymer.ts',
    find: 'perBead(x).sum().mul(beta / beads)',
    replace: 'perBead(x).sum().mul(beta)',
    test: 'test/targets/ringPolymer.test.ts',
  },
  {
    name: 'gradient-check-that-refutes-nothing',
    file: 'src/targets/slopeJudgement.ts',
    find: 'const SHARP = 5e-6;',
    replace: 'const SHARP = 0;',
    test: 'test/targets/checkGradient.test.ts',
  },
  {
    name: 'gradient-check-with-larger-errors',
    file: 'src/targets/slopeJudgement.ts',
    find: 'const NEGLIGIBLE = 1e-6;',
    replace: 'const NEGLIGIBLE = 1e-3;',
    test: 'test/targets/checkGradient.test.ts',
  },
  {
    name: 'gradient-check-that-looks-beyond-walls',
    file: 'src/targets/checkGradient.ts',
    find: 'const TO_WALL = 0.9;',
    replace: 'const TO_WALL = 9;',
    test: 'test/targets/checkGradient.test.ts',
  },
];
