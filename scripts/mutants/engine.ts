/** Faults in how array programs are rewritten, and in functions of np. */
import type { Mutant } from './mutant.ts';

const expand = 'test/engine/expand.test.ts';
const numpy = 'test/engine/numpy.test.ts';

export const engine: readonly Mutant[] = [
  {
    name: 'index-from-the-end-off-by-one',
    file: 'src/engine/expand/fixed.ts',
    find: 'return index < 0 ? index + length : index;',
    replace: 'return index < 0 ? index + length - 1 : index;',
    test: expand,
  },
  {
    name: 'scatter-without-the-rows-that-repeat',
    file: 'src/engine/expand/scatter.ts',
    find: 'const longest = Math.max(1, ...lists.map((list) => list.length));',
    replace: 'const longest = 1;',
    test: expand,
  },
  {
    name: 'gather-beyond-the-axis-in-silence',
    file: 'src/engine/expand/gather.ts',
    find: "if (valid === null || x.dtype !== 'float')",
    replace: 'if (valid !== undefined)',
    test: expand,
  },
  {
    name: 'sort-with-ties-of-one-rank',
    file: 'src/engine/expand/sort.ts',
    find: '(k % length > Math.floor(k / length) ? 1 : 0)',
    replace: '(k % length >= 0 ? 1 : 0)',
    test: expand,
  },
  {
    name: 'sort-of-what-is-not-a-number-by-itself',
    file: 'src/engine/expand/sort.ts',
    find: "emitter.map('where', emitter.compare('equal', x, x), x, splat(Infinity))",
    replace: 'x',
    test: expand,
  },
  {
    name: 'lu-without-pivots',
    file: 'src/engine/expand/lu.ts',
    find: "const pivot = largest(emitter, block(emitter, rest.rows, [0, m - j], [j, j + 1]));",
    replace: "const pivot = splat(0, 'float', [...batch, 1, 1]);",
    test: expand,
  },
  {
    name: 'triangular-solution-with-the-diagonal-taken-for-ones',
    file: 'src/engine/expand/triangularSolve.ts',
    find: 'const x = hasUnitDiagonal ? side',
    replace: 'const x = hasUnitDiagonal || i > 0 ? side',
    test: expand,
  },
  {
    name: 'derivative-of-erf-in-half-its-digits',
    file: 'src/engine/trace.ts',
    find: 'ROUNDED.get(number) ?? number',
    replace: 'number',
    test: numpy,
  },
  {
    name: 'interpolation-that-hides-what-is-not-a-number',
    file: 'src/engine/numpy/tables.ts',
    find: 'plain.where(points.equal(points), y, points)',
    replace: 'plain.where(points.equal(points), y, y)',
    test: numpy,
  },
  {
    name: 'einsum-with-dots-from-the-front',
    file: 'src/engine/numpy/einsum.ts',
    find: 'letters.length + most - own + i',
    replace: 'letters.length + i + (own === most ? 1 : 0)',
    test: numpy,
  },
  {
    name: 'variance-of-a-sample-unasked',
    file: 'src/engine/numpy/exact.ts',
    find: 'sum.div(x.size / sum.size - correction)',
    replace: 'sum.div(x.size / sum.size - 1 - correction)',
    test: numpy,
  },
  {
    name: 'derivative-by-hand-differentiated-twice',
    file: 'src/engine/derivative.ts',
    find: 'if (isDifferentiated(pair.primal))',
    replace: 'if (!isPair(pair))',
    test: 'test/engine/derivative.test.ts',
  },
];
