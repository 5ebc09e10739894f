/**
 * `einsum`, with its letters made into the lists of axes that jax-js takes as well: its own reading of letters needs
 * iterator helpers, which Node 20 lacks.
 */
import type { Array } from '../arrayProxy.ts';
import type * as jax from '../jax.ts';
import { userError } from '../userLine.ts';
import { plain } from './plain.ts';

/** Axes of one operand or of the result: letters, with '...' for any number of others. */
type Labels = readonly string[];

function labelsOf(text: string, expression: string): Labels {
  const labels = text.match(/\.\.\.|\S/g) ?? [];
  const wrong = labels.find((label) => !/^(?:\.\.\.|\p{ID_Start})$/u.test(label));
  if (wrong !== undefined) throw userError(`np.einsum: '${expression}' has a ${wrong} where a letter is due`);
  return labels;
}

/** Without an arrow the result has the letters that occur once, in alphabetical order. */
function resultOf(operands: readonly Labels[]): Labels {
  const all = operands.flat();
  const once = [...new Set(all)].filter((label) => label !== '...' && all.indexOf(label) === all.lastIndexOf(label));
  return [...(all.includes('...') ? ['...'] : []), ...once.sort()];
}

/** Checks one operand. @returns the number of axes that its dots stand for */
function dotsOf(labels: Labels, shape: readonly number[], sizes: Map<string, number>, expression: string): number {
  const dots = labels.includes('...') ? shape.length - labels.length + 1 : 0;
  if (dots < 0 || (!labels.includes('...') && labels.length !== shape.length)) throw userError(
    `np.einsum: '${labels.join('')}' of '${expression}' stands for an array of shape [${shape.join(', ')}]`
  );
  let axis = 0;
  for (const label of labels) {
    if (label === '...') {
      axis += dots;
      continue;
    }
    const size = shape[axis++];
    const known = sizes.get(label) ?? size;
    if (known !== size && known !== 1 && size !== 1) throw userError(
      `np.einsum: ${label} of '${expression}' has ${known} entries in one array and ${size} in another`
    );
    sizes.set(label, Math.max(known, size));
  }
  return dots;
}

function byLetters(expression: string, arrays: readonly Array[]): Array {
  const [left, right, ...more] = expression.split('->');
  const operands = left.split(',').map((part) => labelsOf(part, expression));
  if (more.length > 0 || operands.length !== arrays.length) throw userError(
    `np.einsum: '${expression}' is of ${operands.length} arrays, got ${arrays.length}`
  );
  const result = right === undefined ? resultOf(operands) : labelsOf(right, expression);
  const sizes = new Map<string, number>();
  const dots = operands.map((labels, i) => dotsOf(labels, arrays[i].shape, sizes, expression));
  const most = Math.max(0, ...dots);
  const letters = [...sizes.keys()].sort();
  const unknown = result.find((label) => label !== '...' && !sizes.has(label));
  if (unknown !== undefined) throw userError(`np.einsum: ${unknown} of the result of '${expression}' is in no array`);
  const twice = result.find((label, i) => result.indexOf(label) !== i);
  if (twice !== undefined) throw userError(`np.einsum: the result of '${expression}' has ${twice} twice`);
  const numbered = (labels: Labels, own: number): number[] => labels.flatMap((label) => (label === '...'
    ? globalThis.Array.from({ length: own }, (_, i) => letters.length + most - own + i) : [letters.indexOf(label)]));
  const summing = plain.einsum as unknown as (...args: readonly unknown[]) => Array;
  return summing(...operands.flatMap((labels, i) => [arrays[i], numbered(labels, dots[i])]), numbered(result, most));
}

/**
 * Sums of products of entries, by letters: `np.einsum('ij,jk->ik', a, b)`.
 * Also with lists of axes: `np.einsum(a, [0, 1], b, [1, 2], [0, 2])`.
 * @throws InputError when letters and shapes do not fit
 */
export const einsum = ((...args: readonly unknown[]): Array => {
  const [expression, ...arrays] = args;
  if (typeof expression === 'string') return byLetters(expression, arrays as Array[]);
  return (plain.einsum as unknown as (...rest: readonly unknown[]) => Array)(...args);
}) as typeof jax.numpy.einsum;

/** Products of matrices and vectors, the last axes of their arrays. */
export const matvec = (a: Array, x: Array): Array => byLetters('...mn,...n->...m', [a, x]);
/** Products of vectors and matrices, the last axes of their arrays. */
export const vecmat = (x: Array, a: Array): Array => byLetters('...n,...nm->...m', [x, a]);
