/** Energies that would give a wrong density without a word: conditions that decide nothing, and changing functions. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { runInThisContext } from 'node:vm';
import { np, type Array as NpArray } from '../../src/engine/numpy.ts';
import { InputError } from '../../src/errors.ts';
import { checkTarget } from '../../src/targets/checkTarget.ts';
import { compileEnergy } from '../../src/targets/compile.ts';
import { compileNoisyEnergy } from '../../src/targets/noisyEnergy.ts';
import { definePathIntegral } from '../../src/targets/pathIntegral.ts';
import { defineTarget } from '../../src/targets/target.ts';

type F = (x: NpArray, other?: NpArray) => NpArray;

const FILE = '/home/user/energy.js';
const javascript = (text: string): F =>
  (runInThisContext(`(np) => (x, other) => ${text}`, { filename: FILE, lineOffset: 6 }) as (n: typeof np) => F)(np);

const common = { name: 'bad', dimension: 2, box: [-4, 4] } as const;
const square = (x: NpArray): NpArray => np.square(x).sum();
const data = { rows: 3, columns: ['a'], data: Float64Array.of(1, 2, 3) };
const sum = { data, batch: 2, term: (x: NpArray, row: NpArray): NpArray => np.square(x.sub(row)).sum() };

/** Every function of a definition that takes arrays, by the name that messages give it. */
const places: Readonly<Record<string, (f: F) => unknown>> = {
  energy: (f) => compileEnergy(defineTarget({ ...common, energy: f })),
  'noise.energy': (f) =>
    compileNoisyEnergy(defineTarget({ ...common, noise: { size: 1, draw: () => [0], energy: f } })),
  'sum.term': (f) => compileEnergy(defineTarget({ ...common, sum: { ...sum, term: f } })),
  'sum.prior': (f) => compileEnergy(defineTarget({ ...common, sum: { ...sum, prior: f } })),
  'sum.features': (f) =>
    compileEnergy(defineTarget({ ...common, sum: { ...sum, features: (x) => np.stack([f(x), f(x)]) } })),
  batchedEnergy: (f) => {
    const batchedEnergy = (x: NpArray): NpArray => np.stack([f(x.slice(0)), f(x.slice(1))]);
    const target = defineTarget({ ...common, energy: square, batchedEnergy });
    checkTarget(target, compileEnergy(target));
  },
  potential: (f) => definePathIntegral({ ...common, potential: f }),
};

function refused(what: string, act: () => unknown, says: RegExp): void {
  assert.throws(
    act,
    (error: unknown) => {
      assert.ok(error instanceof InputError, `${what}: ${String(error)}`);
      assert.match(error.message, says, what);
      assert.match(error.message, /^target "bad": [^\n]*$/, `${what}: one line that names the target`);
      return true;
    },
    `${what} is refused`,
  );
}

describe('conditions that JavaScript takes for true', () => {
  const texts = [
    '{ if (x.slice(0).less(0)) return np.square(x).sum(); return x.sum(); }',
    'x.slice(0).less(0) ? np.square(x).sum() : x.sum()',
    '{ let u = x.sum(); while (x.sum().greater(0)) { u = np.square(u); break; } return u; }',
    'np.where(!x.slice(0).less(0), x.sum(), 1)',
    'np.where(x.slice(0).less(0) && x.slice(1).less(0), x.sum(), 1)',
    '{ switch (np.isnan(x.sum())) { case true: return x.sum(); default: return x.prod(); } }',
    '{ const inside = np.less(x.sum(), 1); return np.square(x).sum(); }',
    'np.less(np.array(1), 2) ? x.sum() : x.prod()',
  ];
  const says = new RegExp(`${FILE}:7: a condition is made here and used by nothing; .*np\\.where\\(condition, a, b\\)`);
  for (const text of texts) it(text, () => refused(text, places['energy'].bind(null, javascript(text)), says));
  for (const [place, compile] of Object.entries(places)) {
    it(`in ${place}`, () =>
      refused(place, () => compile(javascript('x.slice(0).less(0) ? np.square(x).sum() : x.sum()')), says));
  }
  it('are fine where they are used, or where there are none', () => {
    const fine = [
      'np.where(x.less(0), np.square(x), x).sum()',
      'np.where(np.logicalAnd(x.slice(0).less(0), np.logicalNot(x.slice(1).less(0))), x.sum(), 1)',
      'x.less(0).sum().mul(x.sum())',
      '{ const c = x.sum().less(0); return np.where(c, 1, 2).add(np.where(c, x.sum(), x.prod())); }',
      '{ const [a, b] = x; const unused = b.mul(2); return np.square(a); }',
    ];
    for (const text of fine) assert.doesNotThrow(() => places['energy'](javascript(text)), text);
  });
  it('are no energies', () =>
    refused(
      'bool',
      () => places['energy'](javascript('x.sum().less(0)')),
      /energy must return a number, got a condition; choose with np\.where/,
    ));
});

describe('functions that give something else each time', () => {
  let calls = 0;
  let turned = false;
  const changing: Readonly<Record<string, F>> = {
    'Math.random()': (x) => square(x).mul(Math.random()),
    'a clock': (x) => square(x).mul(performance.now()),
    'a counter': (x) => square(x).mul(++calls),
    'a switch': (x) => {
      turned = !turned;
      return turned ? square(x) : square(x).mul(2);
    },
    'other operations': (x) => (Math.random() < 2 ** -30 || ++calls % 3 === 0 ? square(x) : np.absolute(x).sum()),
  };
  for (const [what, f] of Object.entries(changing)) {
    it(what, () =>
      refused(
        what,
        () => places['energy'](f),
        /^target "bad": its energy is not the same function whenever it is called .*; it must depend on its arguments/,
      ),
    );
  }
  for (const [place, compile] of Object.entries(places)) {
    // A potential is told of as the energy of its classical particle.
    const said = place === 'potential' ? 'energy' : place.replace('.', '\\.');
    it(`in ${place}`, () =>
      refused(place, () => compile(changing['Math.random()']), new RegExp(`its ${said} is not the same function`)));
  }
  it('but not those with a constant that was drawn once', () => {
    const constant = Math.random();
    for (const [place, compile] of Object.entries(places))
      assert.doesNotThrow(() => compile((x) => square(x).mul(1 + constant)), place);
  });
  it('an array that is kept from an earlier call', () => {
    let kept: NpArray | undefined;
    refused(
      'kept',
      () => places['energy']((x) => (kept ??= square(x))),
      /its energy throws on a point of shape \[2\]: it uses an array that an earlier call of it made; keep numbers/,
    );
  });
});

describe('what goes wrong in an energy is told with its line', () => {
  it('of jax-js, and of our own', () => {
    refused(
      'shapes',
      () => places['energy'](javascript('np.matmul(x, np.zeros([3]))')),
      new RegExp(`its energy throws on a point of shape \\[2\\]: Incompatible .* \\(${FILE}:7\\)$`),
    );
    refused(
      'name',
      () => places['energy'](javascript('np.sqare(x).sum()')),
      new RegExp(`^target "bad": ${FILE}:7: np has no "sqare"; did you mean np\\.square\\?$`),
    );
    refused(
      'operator',
      () => places['sum.term'](javascript('x * other')),
      new RegExp(`^target "bad": ${FILE}:7: operators such as`),
    );
  });
  it('a batched energy gives one number for each point', () => {
    const batched = (batchedEnergy: F) => (): void => {
      const target = defineTarget({ ...common, energy: square, batchedEnergy });
      checkTarget(target, compileEnergy(target));
    };
    const says = /must return an array of shape \[n\] for points of shape \[n, 2\], got shape \[\] for n = 2$/;
    refused('a sum', batched(square), says);
    const throws = /its batchedEnergy throws on points of shape \[2, 2\]/;
    refused('shapes', batched(javascript('np.matmul(x, np.zeros([3]))')), throws);
    assert.doesNotThrow(batched((x) => np.square(x).sum(1)));
  });
  it('an energy must be an array, not only look like one', () => {
    refused(
      'object',
      () => places['energy'](() => ({ shape: [], dtype: 'float64' }) as unknown as NpArray),
      /energy must return an array of shape \[\], got object$/,
    );
  });
});
