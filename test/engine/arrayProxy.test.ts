/** What JavaScript may do to an array of np: what works, what is an error, and what the error says. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inspect } from 'node:util';
import { runInThisContext } from 'node:vm';
import { METHODS } from '../../src/engine/functionKinds.ts';
import { lax, nn, np, type Array as NpArray } from '../../src/engine/numpy.ts';
import { trace } from '../../src/engine/trace.ts';
import { InputError } from '../../src/errors.ts';
import { checkEverywhere } from './executors.ts';

type Use = (p: NpArray, n: typeof np, l: typeof lax, m: typeof nn) => unknown;

/** JavaScript as a user writes it, without types, on line 7 of a file. */
const FILE = '/home/user/energy.js';
const javascript = (text: string): Use =>
  runInThisContext(`(p, np, lax, nn) => ${text}`, { filename: FILE, lineOffset: 6 }) as Use;

const traced = (use: Use): void => {
  trace(
    (p) => {
      use(p, np, lax, nn);
      return np.zeros([]);
    },
    [{ shape: [2] }],
  );
};
const known = (use: Use): unknown => use(np.array([1, 2]), np, lax, nn);

/** `text` of a traced point of shape [2] and of two known numbers is refused in one line that names the user's. */
function refused(
  text: string,
  says: RegExp,
  kinds: readonly ['traced' | 'known', (use: Use) => unknown][] = [
    ['traced', traced],
    ['known', known],
  ],
): void {
  for (const [kind, act] of kinds) {
    assert.throws(
      () => act(javascript(text)),
      (error: unknown) => {
        assert.ok(error instanceof InputError, `${text}, ${kind}: ${String(error)}`);
        assert.match(error.message, new RegExp(`^${FILE}:7: ${says.source}`), `${text}, ${kind}`);
        assert.doesNotMatch(error.message, /\n/, `${text}, ${kind}: one line`);
        return true;
      },
      `${text}, ${kind}, is refused`,
    );
  }
}

describe('arrays where JavaScript wants a number or text', () => {
  const got = String.raw`got an array of shape \[2\]`;
  for (const text of [
    'p * p',
    'p - 1',
    '1 / p',
    'p ** 2',
    'p % 2',
    '-p',
    '+p',
    'p > 0',
    '0 <= p',
    'p > 0 ? p : 1',
    'p | 0',
    '[1, 2][0] * p',
    'p++',
  ]) {
    it(text, () =>
      refused(
        text,
        new RegExp(
          `operators such as -, \\*, .* take numbers, ${got}; ` +
            'write x\\.sub\\(y\\), x\\.mul\\(y\\), .*np\\.where\\(x\\.less\\(y\\), a, b\\)',
        ),
      ),
    );
  }
  for (const text of ['p + 1', '1 + p', "p + 'a'", 'p == 1', '1 != p']) {
    it(text, () =>
      refused(
        text,
        new RegExp(
          `the operators \\+ and == take numbers, ${got}; ` +
            'write x\\.add\\(y\\), or np\\.where\\(x\\.equal\\(y\\), a, b\\)',
        ),
      ),
    );
  }
  for (const text of ['`${p}`', 'String(p)', '[1, 2][p]', '({})[p]', '[p].join()', 'parseFloat(p)']) {
    it(text, () =>
      refused(text, new RegExp(`text and names of properties cannot be made of arrays, ${got}; console\\.log\\(x\\)`)),
    );
  }
  const builtIns: readonly (readonly [string, string])[] = [
    ['Math.exp(p)', 'write np\\.exp$'],
    ['Math.abs(p)', 'write np\\.abs$'],
    ['Math.max(p, 0)', 'write np\\.maximum$'],
    ['Math.pow(p, 2)', 'write np\\.power$'],
    ['Math.log10(p)', 'write np\\.log10$'],
    ['isNaN(p)', 'write np\\.isnan$'],
    ['Number(p)', 'functions of np take arrays$'],
  ];
  for (const [text, instead] of builtIns) {
    it(text, () => refused(text, new RegExp(`${text.replace(/\(.*/, '')} takes numbers, ${got}; ${instead}`)));
  }
  it('one entry of a traced point', () => {
    refused('p.slice(0) > 0 ? p.sum() : p.prod()', /operators such as .*, got an array of shape \[\]; /, [
      ['traced', traced],
    ]);
    refused('Math.exp(p.slice(1))', /Math\.exp takes numbers, got an array of shape \[\]; write np\.exp$/, [
      ['traced', traced],
    ]);
    refused('Math.max(...p)', /Math\.max takes numbers, /, [['traced', traced]]);
    refused('Float64Array.from(p)', /(Function|Float64Array)\.from takes numbers, /, [['traced', traced]]);
  });
  it('one known number is that number', () => {
    for (const [text, value] of [
      ['p.slice(1) * 3', 6],
      ['p.slice(0) > 0', true],
      ['Math.exp(p.slice(0))', Math.E],
      ['`${p.sum()}`', '3'],
      ['p.slice(1) + 1', 3],
    ] as const) {
      assert.equal(known(javascript(text)), value, text);
    }
  });
  it('before and after differentiation and in a batch', () => {
    refused('np.where(np.greater(-p, 0), 1, 0)', /operators such as/);
    assert.throws(() => {
      trace((p) => np.zeros([]).add(Number(p.slice(0))), [{ shape: [1] }]);
    }, /arrayProxy\.test\.ts:\d+: Number takes numbers/);
  });
});

describe('members of arrays', () => {
  const missing: readonly (readonly [string, string])[] = [
    ['p.sqare()', 'an array has no "sqare"; did you mean np\\.square\\(x\\)\\?'],
    ['p.multiply(2)', 'an array has no "multiply"; did you mean x\\.mul\\(y\\)\\?'],
    ['p.pow(2)', '.*np\\.power\\(x, y\\), or np\\.square\\(x\\)\\?'],
    ['p.abs()', '.*did you mean np\\.abs\\(x\\)\\?'],
    ['p.exp()', '.*did you mean np\\.exp\\(x\\)\\?'],
    ['p.lessequal(2)', '.*did you mean x\\.lessEqual\\?'],
    ['p.sumn()', '.*did you mean x\\.sum\\?'],
    ['p.logsumexp()', '.*did you mean nn\\.logsumexp\\(x\\)\\?'],
    ['p.map((v) => v)', '.*functions of np act on all entries at once'],
    ['p.zzzzzz', 'an array has no "zzzzzz"; it has add, sub, mul'],
  ];
  for (const [text, says] of missing) it(text, () => refused(text, new RegExp(says)));
  it('that tell numbers are there where the numbers are', () => {
    refused('p.item()', /an array has no "item": its numbers are not known while a formula is traced$/, [
      ['traced', traced],
    ]);
    assert.deepEqual(known(javascript('p.js()')), [1, 2], 'of a known array');
  });
  it('cannot be set', () => {
    for (const text of ['p[0] = 1', 'p.x = 1', '(delete p.mul)', 'Object.defineProperty(p, "x", { value: 1 })'])
      refused(text, /arrays do not change; /);
  });
  it('every method that suggestions name is one', () => {
    trace(
      (p) => {
        for (const name of METHODS) assert.equal(typeof p[name as keyof NpArray], 'function', name);
        return p;
      },
      [{ shape: [2] }],
    );
  });
});

describe('functions of np, lax and nn', () => {
  const missing: readonly (readonly [string, string])[] = [
    ['np.sqare(p)', 'np has no "sqare"; did you mean np\\.square\\?$'],
    ['np.arcsine(p)', '.*did you mean np\\.arcsin\\?$'],
    ['np.logical_and(p, p)', '.*did you mean np\\.logicalAnd\\?$'],
    ['np.sigmoid(p)', '.*did you mean nn\\.sigmoid\\?$'],
    ['np.erf(p)', '.*did you mean lax\\.erf\\?$'],
    ['np.asarray([1])', '.*did you mean np\\.array\\?$'],
    ['np.linalg.invv(p)', 'np\\.linalg has no "invv"; did you mean np\\.linalg\\.inv\\?$'],
    ['lax.erff(p)', 'lax has no "erff"; did you mean lax\\.erf\\?$'],
    ['nn.sigmod(p)', 'nn has no "sigmod"; did you mean nn\\.sigmoid\\?$'],
    ['np.random.normal()', 'np has no "random": an energy may depend on its point alone; '],
    ['np.zzzzzz', 'np has no "zzzzzz"; Object\\.keys\\(np\\) lists what it has$'],
  ];
  for (const [text, says] of missing) it(text, () => refused(text, new RegExp(says)));
  it('refuse what is no array and no number', () => {
    refused('np.exp(undefined)', /np\.exp takes arrays and numbers, got undefined$/);
    refused("p.mul('3')", /\.mul takes arrays and numbers, got "3"$/);
    refused('np.add(p, null)', /np\.add takes arrays and numbers, got null$/);
    refused('np.stack([p, undefined])', /np\.stack takes arrays and numbers, got undefined$/);
    refused('np.clip(p, () => 1, 2)', /np\.clip takes arrays and numbers, got a function$/);
  });
  it('clip between bounds of which either may be left out', async () => {
    const upTo = javascript('np.clip(p, undefined, 1)') as (p: NpArray, n: typeof np) => NpArray;
    await checkEverywhere(
      'clip',
      (p) => [upTo(p, np), np.clip(p, 0.1, 0.9)],
      [{ shape: [2], data: [-3, 5] }],
      [
        [-3, 1],
        [0.1, 0.9],
      ],
    );
  });
});

describe('arrays go through', () => {
  it('indices, lengths, destructuring, for…of and spread, with every part used more than once', async () => {
    type Program = (p: NpArray, n: typeof np) => NpArray;
    const of = (text: string): Program => javascript(text) as Program;
    const programs = [
      of('{ const [x, y] = p; return x.mul(x).add(y).sub(x); }'),
      of('p[0].mul(p[0]).add(p[1]).sub(p[0])'),
      of('p[-2].mul(p[0]).add(p[-1]).sub(p[0])'),
      of(
        '{ let s = p[1].sub(p[0]); for (const v of p) s = s.add(v.mul(v)); return s.sub(p[1].mul(p[1])); }',
      ),
      of(
        '{ let s = p[0].mul(p[0]); for (let i = 0; i < p.length; i++) s = s.add(p[i].mul(2 * i - 1)); return s; }',
      ),
    ];
    await checkEverywhere(
      'parts',
      (p) => [...programs.map((program) => program(p, np)), np.stack([...p, ...p])],
      [{ shape: [2], data: [3, 5] }],
      [[11], [11], [11], [11], [11], [3, 5, 3, 5]],
    );
    await checkEverywhere(
      'rows',
      (p) => {
        const [a, b] = p;
        return b.sub(a);
      },
      [{ shape: [2, 3], data: [1, 2, 3, 5, 7, 9] }],
      [[4, 5, 6]],
    );
  });
  it('but not one number, nor an index beyond the end', () => {
    refused(
      '{ const [x] = p.sum(); }',
      /an array of shape \[\] is one number, which has no parts to go through$/,
    );
    refused('p.sum().length', /an array of shape \[\] is one number and has no length$/);
    refused('p[2]', /there is no \[2\] in an array of shape \[2\]; the first is \[0\]$/);
    refused('p[-3]', /there is no \[-3\] in an array of shape \[2\]/);
    refused('p.sum()[0]', /there is no \[0\] in an array of shape \[\], which is one number$/);
  });
});

describe('what looks at any object', () => {
  it('sees kind and shape of a traced array, and the numbers of a known one', () => {
    traced((p) => {
      assert.equal(inspect({ p }), '{ p: float64 array of shape [2], traced }', 'inspect');
      assert.equal(p.toString(), 'float64 array of shape [2], traced', 'toString');
      assert.equal(JSON.stringify([p]), '["float64 array of shape [2], traced"]', 'JSON');
    });
    const a = np.array([
      [1, 2],
      [3, 4],
    ]);
    assert.equal(inspect(a), 'float64 array of shape [2, 2] [[1,2],[3,4]]', 'inspect');
    assert.equal(inspect(np.zeros([101])), 'float64 array of shape [101]', 'inspect a long one');
    assert.equal(JSON.stringify({ a }), '{"a":[[1,2],[3,4]]}', 'JSON');
  });
  it('is not misled: promises, asserts, freezing, spread', async () => {
    const a = np.array([1, 2]);
    assert.equal(await Promise.resolve(a), a, 'a promise of an array');
    assert.equal(await Promise.resolve(np), np, 'a promise of np');
    assert.equal(a.valueOf(), a, 'valueOf');
    assert.deepEqual([a, 1], [a, 1], 'deepEqual');
    assert.notEqual(a, np.array([1, 2]), 'two arrays are two objects');
    assert.throws(() => assert.equal(a, 3), { name: 'AssertionError' });
    assert.deepEqual(Object.keys(a), [], 'keys');
    assert.equal(Object.freeze(a), a, 'freeze');
    assert.equal('mul' in a && !('sqare' in a), true, 'in');
  });
});
