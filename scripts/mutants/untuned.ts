/** Faults in what untuned targets are held against. */
import type { Mutant } from './mutant.ts';

const judged = 'test/benchmarks/untuned/judge.test.ts';

export const untuned: readonly Mutant[] = [
  {
    name: 'not-knowing-an-error-is-right',
    file: 'src/benchmarks/untuned/judge.ts',
    find: 'Math.abs(worst.errors) <= MOST_ERRORS',
    replace: '!(Math.abs(worst.errors) > MOST_ERRORS)',
    test: judged,
  },
  {
    name: 'not-knowing-an-error-is-better-than-any',
    file: 'src/benchmarks/untuned/judge.ts',
    find: '(!(Math.abs(a.errors) >= Math.abs(b.errors)) && !Number.isNaN(a.errors) ? b : a)',
    replace: '(Math.abs(b.errors) > Math.abs(a.errors) ? b : a)',
    test: judged,
  },
  {
    name: 'a-mass-of-nought-without-an-error-is-no-figure',
    file: 'src/benchmarks/untuned/judge.ts',
    find: 'error === 0 ? 0 : error / standardError',
    replace: 'standardError === 0 ? 0 : error / standardError',
    test: judged,
  },
  {
    name: 'planted-failures-that-claim-to-be-sound-pass',
    file: 'src/benchmarks/untuned/judge.ts',
    find: 'limits.planted === true && standing !== null && !sound',
    replace: 'limits.planted === true',
    test: judged,
  },
  {
    name: 'untuned-targets-are-told-their-answer',
    file: 'src/benchmarks/untuned/untold.ts',
    find: "Reflect.deleteProperty(definition, 'logZ');",
    replace: '',
    test: judged,
  },
  {
    name: 'cells-of-centres-whose-edges-lose-their-side',
    file: 'src/benchmarks/untuned/nearestMasses.ts',
    find: 'Math.sign(distance) * inside',
    replace: 'inside',
    test: 'test/benchmarks/untuned/exact.test.ts',
  },
  {
    name: 'horseshoe-without-the-jacobian-of-a-log-scale',
    file: 'src/benchmarks/untuned/targets/horseshoe13.ts',
    find: 'Math.log1p(Math.exp(2 * log)) - log - Math.log(2 / Math.PI)',
    replace: 'Math.log1p(Math.exp(2 * log)) - Math.log(2 / Math.PI)',
    test: 'test/benchmarks/untuned/targets.test.ts',
  },
  {
    name: 'evidence-without-the-prior-of-the-coefficients',
    file: 'src/benchmarks/untuned/targets/regression20.ts',
    find: 'Math.log(l / priorPrecision)',
    replace: 'Math.log(l)',
    test: 'test/benchmarks/untuned/targets.test.ts',
  },
];
