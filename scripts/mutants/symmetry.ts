/** Faults in what is made of like particles: coordinates, groups, and proposals that are summed over images. */
import type { Mutant } from './mutant.ts';

const body = 'test/targets/symmetry/body.test.ts';
const group = 'test/targets/symmetry/group.test.ts';
const detect = 'test/targets/symmetry/detect.test.ts';
const proposal = 'test/pipeline/proposal/symmetrised.test.ts';

export const symmetry: readonly Mutant[] = [
  {
    name: 'volume-of-bodies-by-a-power-too-few',
    file: 'src/targets/symmetry/body.ts',
    find: "{ entry: 0, kind: 'exp', power: p }",
    replace: "{ entry: 0, kind: 'exp', power: p - 1 }",
    test: body,
  },
  {
    name: 'orientations-of-space-counted-as-directions',
    file: 'src/targets/symmetry/body.ts',
    find: 'Math.log(8 * Math.PI * Math.PI)',
    replace: 'Math.log(4 * Math.PI)',
    test: body,
  },
  {
    name: 'axes-of-space-mirrored',
    file: 'src/targets/symmetry/body.ts',
    find: 'y * ez - z * ey, z * ex - x * ez, x * ey - y * ex',
    replace: 'z * ey - y * ez, x * ez - z * ex, y * ex - x * ey',
    test: body,
  },
  {
    name: 'slope-of-bodies-without-its-volume',
    file: 'src/targets/charts/bodyChart.ts',
    find: 'v[entry] * scale - power',
    replace: 'v[entry] * scale',
    test: body,
  },
  {
    name: 'quaternions-of-two-equal-parts',
    file: 'src/targets/symmetry/orientation.ts',
    find: '[Math.sqrt(1 - u), Math.sqrt(u), 2 * Math.PI * w]',
    replace: '[Math.sqrt(0.5), Math.sqrt(0.5), 2 * Math.PI * w]',
    test: body,
  },
  {
    name: 'mirrored-images-left-as-they-are',
    file: 'src/targets/symmetry/group.ts',
    find: 'out[next++] = sign * x[from + p - 1];',
    replace: 'out[next++] = x[from + p - 1];',
    test: group,
  },
  {
    name: 'representatives-of-either-hand',
    file: 'src/targets/symmetry/group.ts',
    find: 'if (reflections && handedness(out, i, count, p) < 0)',
    replace: 'if (false)',
    test: group,
  },
  {
    name: 'shuffle-that-never-leaves-one-where-it-is',
    file: 'src/targets/symmetry/group.ts',
    find: 'Math.floor(uniform(key, index, set[k]) * (k + 1))',
    replace: 'Math.floor(uniform(key, index, set[k]) * k)',
    test: group,
  },
  {
    name: 'blocks-that-contain-everything',
    file: 'src/targets/symmetry/group.ts',
    find: 'particle === j || blockOf[particle] === blockOf[j]',
    replace: 'true',
    test: [group, proposal],
  },
  {
    name: 'assignment-without-prices',
    file: 'src/numerics/assignment.ts',
    find: 'cost[row * n + j] - rowPrice[row] - columnPrice[j]',
    replace: 'cost[row * n + j]',
    test: 'test/numerics/assignment.test.ts',
  },
  {
    name: 'turns-of-energies-not-looked-at',
    file: 'src/targets/symmetry/detect.ts',
    find: '&& look((x, i) => { turnPoint(randomRotation(p, key, i), p, x, i, d); })',
    replace: '',
    test: detect,
  },
  {
    name: 'particles-that-do-not-keep-apart',
    file: 'src/targets/symmetry/detect.ts',
    find: 'const APART = 0.5;',
    replace: 'const APART = 5;',
    test: detect,
  },
  {
    name: 'mean-over-images-taken-for-their-sum',
    file: 'src/pipeline/proposal/symmetrised.ts',
    find: 'logSumOfInverses(logWeights, i * order, order) - group.logOrder',
    replace: 'logSumOfInverses(logWeights, i * order, order)',
    test: proposal,
  },
  {
    name: 'mean-over-blocks-taken-for-that-over-all-images',
    file: 'src/pipeline/proposal/symmetrised.ts',
    find: 'logSumOfInverses(logWeights, i * order, order) - group.logOrder',
    replace: 'logSumOfInverses(logWeights, i * order, order) - Math.log(order)',
    test: proposal,
  },
  {
    name: 'axes-of-particles-upon-each-other-are-no-numbers',
    file: 'src/targets/symmetry/body.ts',
    find: 'const [c, s] = r > 0 ? [v[0] / r, v[1] / r] : [1, 0];',
    replace: 'const [c, s] = [v[0] / r, v[1] / r];',
    test: 'test/targets/symmetry/body.test.ts',
  },
  {
    name: 'no-weight-wherever-a-density-cannot-be-told',
    file: 'src/pipeline/proposal/symmetrised.ts',
    find: '(!(logDensity > -Infinity) && !(energy <= hopeless) ?',
    replace: '(!(logDensity > -Infinity) ?',
    test: proposal,
  },
  {
    name: 'energy-of-another-image-than-the-one-drawn',
    file: 'src/pipeline/proposal/symmetrised.ts',
    find: `group.scatter(key, first, count, samples);
        const energies = new Float64Array(count);
        await energiesOf(energy, samples, count, energies, cuts?.pause ?? noPause);`,
    replace: `const energies = new Float64Array(count);
        await energiesOf(energy, samples, count, energies, cuts?.pause ?? noPause);
        group.scatter(key, first, count, samples);`,
    test: proposal,
  },
  {
    name: 'walls-that-let-through',
    file: 'src/targets/charts/walled.ts',
    find: 'if (!group.represents(x, i)) energies[i] = Infinity;',
    replace: 'if (!group.contains(x, i)) energies[i] = Infinity;',
    test: proposal,
  },
  {
    name: 'charted-points-weighed-without-their-volume',
    file: 'src/pipeline/proposal/charted.ts',
    find: 'u - logVolume[i]',
    replace: 'u',
    test: proposal,
  },
];
