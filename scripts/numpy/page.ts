/** docs/numpy.md as the table gives it. */
import { ALGEBRA } from './algebra.ts';
import { ARRAYS } from './arrays.ts';
import { ELEMENTWISE } from './elementwise.ts';
import { MISSING } from './missing.ts';
import type { Row, Section } from './row.ts';

export const SECTIONS: readonly Section[] = [...ELEMENTWISE, ...ARRAYS, ...ALGEBRA, ...MISSING];

const INTRODUCTION = `# From NumPy to \`np\`

What to write here for a piece of NumPy: in an energy, an observable given as a formula, a projection or a network. Below,
\`x\`, \`y\` and \`k\` are arrays of one axis, \`v\` one of three entries, \`a\`, \`b\` and \`s\` matrices (\`s\` positive definite), and \`t\`
has three axes. Every line is run by the tests, against numbers of NumPy and SciPy; gradients against differences.

- Names of several words are in camel case: \`np.linalg.matrix_power\` is \`np.linalg.matrixPower\`. A name that is not there is
  an error that says which one was meant.
- Operators are methods: \`x + y\` is \`x.add(y)\`. Numbers may stand for arrays.
- Everything is float64, and nothing changes in place.
- Shapes are fixed, and numbers unknown, while a formula is traced: what depends on the numbers of a point is chosen with
  \`np.where\`.
`;

const code = (text: string): string => `\`${text.replaceAll('|', '\\|')}\``;

const line = ({ numpy, here, note }: Row): string =>
  `| ${code(numpy)} | ${here === null ? '—' : code(here)} | ${note.replaceAll('|', '\\|')} |`;

const section = ({ title, text, rows }: Section): string => [
  `## ${title}`, '', ...(text === '' ? [] : [text, '']), '| NumPy | here | |', '|---|---|---|', ...rows.map(line), '',
].join('\n');

export const page = (): string => [INTRODUCTION, ...SECTIONS.map(section)].join('\n');
