/** What a name that `np` and its arrays lack most likely stands for: `np.sqare` for `np.square`. */
import { nearestName } from '../nearestName.ts';
import { METHODS } from './functionKinds.ts';
import * as jax from './jax.ts';

/** Every namespace that users see, and its names. */
const namespaces: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries({
    np: jax.numpy,
    nn: jax.nn,
    lax: jax.lax,
    'np.linalg': jax.numpy.linalg,
    'np.fft': jax.numpy.fft,
    'lax.linalg': jax.lax.linalg,
  }).map(([path, members]) => [path, Object.keys(members)]),
);

/** What is spelt otherwise in NumPy, PyTorch or JavaScript. */
const FUNCTIONS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    fabs: 'np.absolute',
    asarray: 'np.array',
    empty: 'np.zeros',
    amax: 'np.max',
    amin: 'np.min',
    concat: 'np.concatenate',
    cat: 'np.concatenate',
    norm: 'np.linalg.norm',
    inv: 'np.linalg.inv',
    det: 'np.linalg.det',
    solve: 'np.linalg.solve',
    slogdet: 'np.linalg.slogdet',
    logdet: 'np.linalg.slogdet(x)[1]',
    cholesky: 'np.linalg.cholesky',
    solveTriangular: 'np.linalg.solveTriangular',
    solve_triangular: 'np.linalg.solveTriangular',
    trapz: 'np.trapezoid',
    ln: 'np.log',
    sqr: 'np.square',
    clamp: 'np.clip',
    lt: 'np.less',
    gt: 'np.greater',
    le: 'np.lessEqual',
    ge: 'np.greaterEqual',
    eq: 'np.equal',
    ne: 'np.notEqual',
    neg: 'np.negative',
    sub: 'np.subtract',
    mul: 'np.multiply',
    div: 'np.divide',
    rsqrt: 'np.reciprocal(np.sqrt(x))',
    newaxis: 'np.expandDims',
    slice: 'x.slice',
    cond: 'np.where',
  }),
);

const METHODS_ELSEWHERE: ReadonlyMap<string, string> = new Map(
  Object.entries({
    multiply: 'x.mul(y)',
    times: 'x.mul(y)',
    plus: 'x.add(y)',
    minus: 'x.sub(y)',
    subtract: 'x.sub(y)',
    divide: 'x.div(y)',
    dividedBy: 'x.div(y)',
    trueDivide: 'x.div(y)',
    remainder: 'x.mod(y)',
    negate: 'x.neg()',
    negative: 'x.neg()',
    pow: 'np.power(x, y), or np.square(x)',
    power: 'np.power(x, y), or np.square(x)',
    lt: 'x.less(y)',
    gt: 'x.greater(y)',
    le: 'x.lessEqual(y)',
    ge: 'x.greaterEqual(y)',
    eq: 'x.equal(y)',
    ne: 'x.notEqual(y)',
    T: 'x.transpose()',
    view: 'x.reshape(shape)',
    at: 'x.slice(i)',
    get: 'x.slice(i)',
    norm: 'np.linalg.norm(x)',
  }),
);

/** Members of JavaScript's own lists. */
const OF_LISTS = new Set([
  'map',
  'forEach',
  'reduce',
  'filter',
  'some',
  'every',
  'entries',
  'keys',
  'values',
  'join',
  'find',
  'findIndex',
  'indexOf',
  'includes',
]);
/** What tells an array's numbers. */
const OF_NUMBERS = new Set(['item', 'js', 'jsAsync', 'data', 'dataSync', 'tolist', 'toFixed', 'numpy']);

const plain = (name: string): string => name.replaceAll('_', '').toLowerCase();

/** A name of the namespaces that differs from `word` by case and underscores alone, its own namespace first. */
function sameName(word: string, first: string): string | null {
  for (const [path, names] of [...namespaces].sort(([a], [b]) => Number(b === first) - Number(a === first))) {
    const found = names.find((name) => plain(name) === plain(word));
    if (found !== undefined) return `${path}.${found}`;
  }
  return null;
}

/**
 * Why there is no `path.word`, in one line.
 * @param path `np`, `lax`, `nn` or one within @param names of what is there
 */
export function missingFunction(path: string, word: string, names: readonly string[]): string {
  const near = nearestName(word, names);
  const meant = FUNCTIONS.get(word) ?? sameName(word, path) ?? (near === null ? null : `${path}.${near}`);
  const why = word === 'random' ? ': an energy may depend on its point alone' : '';
  const hint = meant === null ? `Object.keys(${path}) lists what it has` : `did you mean ${meant}?`;
  return `${path} has no "${word}"${why}; ${hint}`;
}

/** Why an array has no `word`, in one line. */
export function missingMember(word: string): string {
  const fail = (hint: string): string => `an array has no "${word}"${hint}`;
  if (OF_NUMBERS.has(word)) return fail(': its numbers are not known while a formula is traced');
  if (OF_LISTS.has(word)) return fail(': functions of np act on all entries at once, and [...x] is a list of them');
  const elsewhere = METHODS_ELSEWHERE.get(word) ?? FUNCTIONS.get(word);
  if (elsewhere !== undefined) return fail(`; did you mean ${elsewhere}?`);
  const method = METHODS.find((name) => plain(name) === plain(word));
  if (method !== undefined) return fail(`; did you mean x.${method}?`);
  const same = sameName(word, 'np');
  if (same !== null) return fail(`; did you mean ${same}(x)?`);
  const ownNear = nearestName(word, METHODS);
  if (ownNear !== null) return fail(`; did you mean x.${ownNear}?`);
  const near = nearestName(word, namespaces.get('np') ?? []);
  return fail(near === null ? `; it has ${METHODS.join(', ')}` : `; did you mean np.${near}(x)?`);
}

/** What to write instead of a built-in function of JavaScript, such as `Math.exp`; null where np has none. */
export function insteadOfBuiltIn(name: string): string | null {
  const [owner, word] = name.includes('.') ? name.split('.') : ['', name];
  if (owner === 'Math') return { max: 'np.maximum', min: 'np.minimum', pow: 'np.power' }[word] ?? sameName(word, 'np');
  return word === 'isNaN' || word === 'isFinite' ? sameName(word, 'np') : null;
}
