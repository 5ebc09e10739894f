/** Files of targets that are wrong: in their spelling, their types, their keys, or in what their energy does. */
import type { Dice } from './dice.ts';

const LITERALS = [
  '0', '-1', '1.5', 'NaN', 'Infinity', '1e9', "'two'", "''", 'null', 'undefined', '[]', '{}', '[1]', '[[1, 2]]',
  '[4, -4]', '[NaN, 1]', '[-Infinity, Infinity]', '() => 1', 'true', 'Symbol()', '10n', 'new Date(0)',
  'np.array([1, 2])',
];

const ENERGIES = [
  "() => { throw new Error('on purpose\\nand more'); }", "() => { throw 'text'; }", '() => { throw null; }',
  '() => undefined', '() => 5', "() => 'text'", '(x) => x', '(x) => np.square(x)', 'async (x) => x.sum()',
  '(x) => x.slice(7)', '(x) => np.log(x.sum().sub(100))', '(x) => np.reciprocal(x.sum().mul(0))',
  '(x) => np.square(x).sum().mul(-1)', '(x) => x.sum()', '(x) => np.exp(np.square(x).sum().mul(1000))',
  '(x) => np.sqare(x).sum()', '(x) => x[0] * x[0]', '(x) => Math.exp(x.slice(1))',
  '(x) => (x.slice(0) > 0 ? x.sum() : x.sum().mul(2))', '(x) => np.sort(x).sum()', '(x) => recursive(x)',
  '(x) => np.square(x).sum().mul(Math.random())', '(x) => np.zeros([])', '(x) => np.array([1, 2, 3]).mul(x).sum()',
  '(x) => x.sum().reshape([1])', '(x) => ({ sum: x.sum() })', '(x) => [x.sum()]',
  '(x) => np.square(x).sum().mul(1e308)', '(x) => np.square(x).sum().mul(1e-308)', '(x) => x.nothing.there', '5',
  'null',
];

const EXTRAS = [
  'modes: { centres: LITERAL }', 'modes: LITERAL', 'modes: { names: LITERAL, assign: () => LITERAL }',
  'observables: LITERAL', "observables: [{ name: 'o', value: () => LITERAL }]",
  'observables: [{ name: LITERAL, value: (p) => p[0] }]', 'torus: LITERAL', 'torus: { 0: LITERAL }',
  'interval: { 1: LITERAL }', 'blocks: LITERAL', 'projections: LITERAL',
  "projections: [{ name: 'p', value: () => LITERAL, low: LITERAL, high: LITERAL }]", 'settings: LITERAL',
  'settings: { hottest: LITERAL }', 'exact: LITERAL', 'logZ: LITERAL', 'base: LITERAL', 'base: { mean: LITERAL }',
  'base: { standardDeviation: LITERAL }', 'noise: LITERAL',
  'noise: { size: LITERAL, draw: () => LITERAL, energy: (x, xi) => x.sum() }', 'sum: LITERAL', 'wrong: LITERAL',
  "sum: { data: { rows: LITERAL, columns: ['a'], data: LITERAL }, batch: LITERAL, term: (x, row) => x.sum() }",
  'dimensions: LITERAL', 'enrgy: LITERAL',
];

const EXPORTS = [
  'export default LITERAL;', 'export default async () => LITERAL;', 'export const target = LITERAL;',
  'module.exports = LITERAL;', "import x from './nowhere.ts';\nexport default x;",
  "import x from 'no-such-package';\nexport default x;", "throw new Error('at import');", 'throw LITERAL;', '',
  'export default class {}',
];

type Fields = Readonly<Record<string, string>>;
const listed = (fields: Fields): string =>
  Object.entries(fields)
    .map(([name, value]) => `  ${name}: ${value},\n`)
    .join('');

/** @returns the text of a file */
export function wildDefinition(dice: Dice): string {
  const literal = (text: string): string => text.replaceAll('LITERAL', () => dice.pick(LITERALS));
  const head = [
    "import { defineTarget, np, definePathIntegral, readTable } from 'jeffreys-flow';",
    'const recursive = (x) => recursive(x);\n',
  ].join('\n');
  const define = (fields: Fields, extra = ''): string =>
    `${head}export default defineTarget({\n${listed(fields)}  ${extra}\n});\n`;
  const fields: Record<string, string> = {
    name: "'mine'",
    dimension: '2',
    box: '[-4, 4]',
    energy: '(x) => np.square(np.square(x).sub(1)).sum()',
  };
  switch (dice.below(7)) {
    case 0:
      return define({ ...fields, energy: dice.pick(ENERGIES) });
    case 1:
      return define({ ...fields, [dice.pick(['name', 'dimension', 'box'])]: dice.pick(LITERALS) });
    case 2:
      return define(fields, literal(dice.pick(EXTRAS)));
    case 3:
      return define({ ...fields, energy: dice.pick(ENERGIES) }, literal(dice.pick(EXTRAS)));
    case 4:
      return head + literal(dice.pick(EXPORTS));
    case 5: {
      const potential = dice.pick(['(q) => np.square(q).sum()', ...ENERGIES]);
      const [box, more] = [dice.pick(['[-2, 2]', 'LITERAL']), dice.pick(['beads', 'beta', 'mass', 'wells', 'modes'])];
      const ring = listed({ name: "'mine'", potential, box, [more]: 'LITERAL' });
      return literal(`${head}export default definePathIntegral({\n${ring}});\n`);
    }
    default:
      return misspelt(define(fields, 'modes: { centres: [[-1, -1], [1, 1]] },'), dice);
  }
}

/** A text with a few characters lost, doubled or put in. */
function misspelt(text: string, dice: Dice): string {
  let result = text;
  for (let mistakes = 1 + dice.below(4); mistakes > 0; mistakes--) {
    const place = dice.below(result.length);
    const length = 1 + dice.below(12);
    const put = dice.pick([
      '', '',
      dice.pick(['{', '}', '(', "'", '`', ';', '\u0000', '💥', '\\', '/*', '=>', '#', '@']),
      result.slice(place, place + 2 * length),
    ]);
    result = result.slice(0, place) + put + result.slice(place + length);
  }
  return dice.chance(0.1) ? result.slice(0, dice.below(result.length)) : result;
}
