/** The layout as a rule: who may import whom, who touches disk and clock, and that the catalogue tells the truth. */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, normalize, sep } from 'node:path';
import { after, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Linter } from 'eslint';
import ts from 'typescript';
import { parser } from 'typescript-eslint';
import { importCircles, importGraph, noImportCircles } from '../scripts/importCircles.mjs';
import { catalogue } from '../src/targets/catalogue.ts';

const root = fileURLToPath(new URL('../src/', import.meta.url));

/**
 * A module may import from its own folder and from rows above its own. Folders in one row do not know of each other:
 * samplers and flows above all.
 */
const order: readonly (readonly string[])[] = [
  ['errors.ts', 'nearestName.ts', 'pausing.ts'],
  ['records'],
  ['numerics'],
  ['engine'],
  ['targets'],
  ['estimators'],
  ['samplers', 'flows'],
  ['objectives'],
  ['training'],
  ['settings'],
  ['verdict'],
  ['pipeline'],
  ['report'],
  ['experiments'],
  ['store', 'benchmarks', 'library.ts', 'deprecated.ts'],
  ['index.ts'],
  ['cli'],
];

/** Against the order, for types only: quadrature is told of a domain and an energy in the targets' own words. */
const typesOnly = new Set(['numerics → targets']);

/** Circles of imports that are still there; the linter's settings name their files too. To become none. */
const circlesLeft: readonly (readonly string[])[] = [];

/** Packages that only one folder imports. */
const packages: Readonly<Record<string, readonly string[]>> = {
  '@jax-js/jax': ['engine'],
  'onnxruntime-node': ['engine'],
  protobufjs: ['engine'],
  'node:fs': ['store', 'cli'],
  'node:fs/promises': ['store', 'cli'],
  'node:child_process': ['cli'],
  '@observablehq/plot': ['report', 'experiments'],
  linkedom: ['report'],
  fflate: ['store'],
  'csv-parse/sync': ['store'],
  commander: ['cli'],
  jiti: ['cli'],
};

/** Words of the world outside, and who may use them. */
const world: readonly { readonly what: string; readonly pattern: RegExp; readonly may: readonly string[] }[] = [
  { what: 'chance', pattern: /^Math\.random$/, may: [] },
  { what: 'the clock', pattern: /^(Date\.now|Date|performance\.now)$/, may: ['cli', 'store', 'library.ts'] },
  { what: 'the process', pattern: /^process\.\w+$/, may: ['cli', 'store'] },
  { what: 'the console', pattern: /^console\.\w+$/, may: [] },
  // ECMAScript leaves their last digits to the engine: numerics/power.ts has others.
  { what: 'a power of the engine', pattern: /^Math\.pow$|^\*\*$/, may: ['report', 'benchmarks'] },
];

/** Squares and powers of two have the same bits in V8 11.3 to 13.6, interpreted and compiled; other powers have not. */
function isExactPower({ left, right }: ts.BinaryExpression): boolean {
  const isTwo = (node: ts.Expression): boolean => ts.isNumericLiteral(node) && node.text === '2';
  const isInteger = (node: ts.Expression): boolean => (ts.isNumericLiteral(node) && /^\d+$/.test(node.text))
    || (ts.isPrefixUnaryExpression(node) && node.operator === ts.SyntaxKind.MinusToken && isInteger(node.operand));
  return isTwo(right) || (isTwo(left) && isInteger(right));
}

const isPower = (node: ts.Node): node is ts.BinaryExpression =>
  ts.isBinaryExpression(node) && ['**', '**='].includes(node.operatorToken.getText());

/** The names that `const { exp, log: ln } = Math` takes out of Math. */
function fromMath(node: ts.Node): string[] {
  if (!ts.isVariableDeclaration(node) || !ts.isObjectBindingPattern(node.name)) return [];
  if (node.initializer?.getText() !== 'Math') return [];
  return node.name.elements.map(({ propertyName, name }) => `Math.${(propertyName ?? name).getText()}`);
}

interface Import {
  readonly from: string;
  readonly name: string;
  readonly type: boolean;
}

interface Module {
  readonly file: string;
  readonly folder: string;
  readonly imports: readonly Import[];
  /** `object.member` expressions, the classes that `new` makes, and `**` for powers but squares and those of two. */
  readonly uses: readonly string[];
}

function read(file: string, text = readFileSync(join(root, file), 'utf8')): Module {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.ES2022, true);
  const imports: Import[] = [];
  const uses: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node) && ts.isStringLiteral(node.moduleSpecifier)) {
      const { importClause } = node;
      const bindings = importClause?.namedBindings;
      const named = bindings !== undefined && ts.isNamedImports(bindings) && bindings.elements.length > 0 && bindings.elements.every(({ isTypeOnly }) => isTypeOnly) && importClause?.name === undefined;
      imports.push({ from: file, name: node.moduleSpecifier.text, type: importClause?.isTypeOnly === true || named });
    } else if (ts.isExportDeclaration(node) && node.moduleSpecifier !== undefined && ts.isStringLiteral(node.moduleSpecifier)) {
      imports.push({ from: file, name: node.moduleSpecifier.text, type: node.isTypeOnly });
    } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      const [name] = node.arguments;
      assert.ok(ts.isStringLiteral(name), `${file}: import() of a name that is not written out`);
      imports.push({ from: file, name: name.text, type: false });
    } else if (ts.isPropertyAccessExpression(node) && ts.isIdentifier(node.expression)) {
      uses.push(`${node.expression.text}.${node.name.text}`);
    } else if (ts.isNewExpression(node) && ts.isIdentifier(node.expression) && (node.arguments ?? []).length === 0) {
      uses.push(node.expression.text);
    } else if (isPower(node) && !isExactPower(node)) {
      uses.push('**');
    } else {
      uses.push(...fromMath(node));
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return { file, folder: file.split(sep)[0], imports, uses };
}

const modules = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => read(name));
const rowOf = (folder: string): number => order.findIndex((row) => row.includes(folder));

describe('architecture', () => {
  it('has a place for every folder, and no folder that is gone', () => {
    const folders = [...new Set(modules.map(({ folder }) => folder))].sort();
    assert.deepEqual(folders, order.flat().sort(), 'folders and files of src/');
  });

  it('imports point up', () => {
    const wrong: string[] = [];
    const excepted = new Set<string>();
    for (const { folder, imports } of modules) {
      for (const { from, name, type } of imports) {
        if (!name.startsWith('.')) continue;
        const [to] = normalize(join(dirname(from), name)).split(sep);
        if (to === folder || rowOf(to) < rowOf(folder)) continue;
        if (type && typesOnly.has(`${folder} → ${to}`)) excepted.add(`${folder} → ${to}`);
        else wrong.push(`${from} imports ${name}`);
      }
    }
    assert.deepEqual(wrong, [], 'imports against the order of the layout');
    assert.deepEqual([...excepted], [...typesOnly], 'every exception is still needed');
  });

  it('the parts of the public library load no command line', () => {
    for (const { file, folder, imports } of modules) {
      if (folder === 'cli') continue;
      assert.ok(!imports.some(({ name }) => /(^|\/)cli\//.test(name)), `${file} imports from cli/`);
    }
  });

  for (const [name, owners] of Object.entries(packages)) {
    it(`only ${owners.join(' and ')} import ${name}`, () => {
      const importers = new Set(modules.filter(({ imports }) => imports.some((entry) => entry.name === name || entry.name.startsWith(`${name}/`))).map(({ folder }) => folder));
      for (const folder of importers) assert.ok(owners.includes(folder), `${folder}/ imports ${name}`);
    });
  }

  it('relative imports name the .ts file', () => {
    const wrong = modules.flatMap(({ imports }) => imports.filter(({ name }) => name.startsWith('.') && !name.endsWith('.ts')).map(({ from, name }) => `${from}: ${name}`));
    assert.deepEqual(wrong, [], 'imports without their ending');
  });

  it('knows powers when it sees them', () => {
    const powersOf = (text: string): readonly string[] =>
      read('sample.ts', text).uses.filter((use) => use === '**' || use === 'Math.pow');
    const refused = ['x ** 3', 'x ** -1', 'x ** y', 'x **= 3', '2 ** k', '2 ** 0.5', '10 ** 3', 'Math.pow(x, 2)'];
    for (const text of [...refused, 'const { exp, pow } = Math', 'const { pow: p } = Math']) {
      assert.equal(powersOf(text).length, 1, text);
    }
    for (const text of ['(x - y) ** 2', 'x **= 2', '2 ** 27', '2 ** -53', 'Math.exp(x)', 'const { exp } = Math']) {
      assert.deepEqual(powersOf(text), [], text);
    }
  });

  for (const { what, pattern, may } of world) {
    it(`${what} is for ${may.length === 0 ? 'nobody' : may.join(' and ')}`, () => {
      const wrong = modules.filter(({ folder }) => !may.includes(folder)).flatMap(({ file, uses }) => uses.filter((use) => pattern.test(use)).map((use) => `${file}: ${use}`));
      assert.deepEqual(wrong, [], `uses of ${what}`);
    });
  }
});

describe('circles of imports', () => {
  const circlesOf = (graph: Readonly<Record<string, readonly string[]>>): string[][] =>
    importCircles(new Map(Object.entries(graph)));

  it('are only those that are listed', () => {
    const found = importCircles(importGraph(root)).map((circle) => circle.map((file) => file.split(sep).join('/')));
    assert.deepEqual(found, circlesLeft, 'files that import each other, types included');
  });

  it('are known when they are seen', () => {
    assert.deepEqual(circlesOf({ a: ['b'], b: ['a'], c: ['a'] }), [['a', 'b']], 'two files');
    assert.deepEqual(circlesOf({ a: ['b'], b: ['c', 'd'], c: ['a'], d: [] }), [['a', 'b', 'c']], 'over a third');
    assert.deepEqual(circlesOf({ a: ['b', 'd'], b: ['a'], c: ['d'], d: ['c'] }), [['a', 'b'], ['c', 'd']], 'one imports the other');
    assert.deepEqual(circlesOf({ a: ['a'] }), [['a']], 'one file');
    assert.deepEqual(circlesOf({ a: ['b', 'c'], b: ['d'], c: ['d'], d: ['elsewhere'] }), [], 'two ways to one file');
  });

  const folder = mkdtempSync(join(tmpdir(), 'jeffreys-circles-'));
  after(() => rmSync(folder, { recursive: true, force: true }));
  const closing = {
    'a type': "import type { B } from './b.ts';\nexport type A = B;\n",
    'a name': "import { b } from './b.ts';\nexport const a = b;\n",
    'an export': "export * from './b.ts';\n",
    'names of an export': "export { b } from './b.ts';\n",
    'a call': "export const a = import('./b.ts');\n",
  };
  for (const [what, text] of Object.entries(closing)) {
    it(`of ${what} are refused by the linter`, () => {
      writeFileSync(join(folder, 'a.ts'), text);
      writeFileSync(join(folder, 'b.ts'), "import type { A } from './a.ts';\nimport './c.ts';\nexport type B = A;\n");
      writeFileSync(join(folder, 'c.ts'), 'export {};\n');
      const plugin = { rules: { circles: noImportCircles(folder) } };
      const lint = (file: string): string[] => new Linter({ cwd: folder }).verify(
        readFileSync(join(folder, file), 'utf8'),
        [{ files: ['**/*.ts'], languageOptions: { parser }, plugins: { own: plugin }, rules: { 'own/circles': 'error' } }],
        { filename: join(folder, file) },
      ).map(({ line, message }) => `${line}: ${message.split(':')[0]}`);
      assert.deepEqual([lint('a.ts'), lint('b.ts'), lint('c.ts')], [['1: this import closes a circle of a.ts, b.ts'], ['1: this import closes a circle of a.ts, b.ts'], []]);
    });
  }
});
/** Files that name targets of others, and what for. */
const naming: readonly string[] = [
  'targets/catalogue.ts', // the list of them
  'experiments/published.ts', // figures of the paper, by target
  'benchmarks/cases/memory.ts', // what is timed
  'benchmarks/cases/timeToEss.ts', // what is timed
];

/** Names of the catalogue that a file spells out, as text or as a key. */
function namesIn(text: string): string[] {
  const names = new Set(catalogue.map(({ name }) => name));
  const found = new Set<string>();
  if (![...names].some((name) => text.includes(name))) return [];
  const visit = (node: ts.Node): void => {
    const key = (ts.isPropertyAssignment(node) || ts.isShorthandPropertyAssignment(node)) && ts.isIdentifier(node.name);
    if (ts.isStringLiteralLike(node) && names.has(node.text)) found.add(node.text);
    if (key && names.has(node.name.getText())) found.add(node.name.getText());
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile('some.ts', text, ts.ScriptTarget.ES2022, true));
  return [...found];
}

describe('catalogue', () => {
  const sourceOf = (file: string): string => readFileSync(join(root, file), 'utf8');

  it('knows names when it sees them', () => {
    for (const text of ["f('gmm-3d')", "const t = { 'gmm-3d': 1 }", 'const t = { himmelblau: 1 }', 'g(`annulus`)']) {
      assert.equal(namesIn(text).length, 1, text);
    }
    for (const text of ["f('gmm-4d')", "import { himmelblau } from './himmelblau.ts'", 'run(himmelblau)']) {
      assert.deepEqual(namesIn(text), [], text);
    }
  });

  it('targets are named in their own files, and nowhere else', () => {
    const own = new Map(Array.from(
      sourceOf('targets/catalogue.ts').matchAll(/name: '([^']+)'[\s\S]*?import\('\.\/([^']+)'\)/g),
      ([, name, file]) => [name, `targets/${file}`],
    ));
    assert.deepEqual([...own.keys()], catalogue.map(({ name }) => name), 'every target has a file');
    const strangers = modules.map(({ file }) => file.replaceAll(sep, '/'))
      .flatMap((file) => namesIn(sourceOf(file)).map((name) => ({ file, name })))
      .filter(({ file, name }) => own.get(name) !== file);
    const wrong = strangers.filter(({ file }) => !naming.includes(file)).map(({ file, name }) => `${file}: ${name}`);
    assert.deepEqual(wrong, [], 'targets that others know by name');
    const used = naming.filter((file) => strangers.some((stranger) => stranger.file === file));
    assert.deepEqual(used, naming, 'every exception is still needed');
  });

  for (const { name, description, load } of catalogue) {
    it(`${name} is what its line says`, async () => {
      const target = await load();
      assert.deepEqual([target.name, target.description], [name, description], 'name and description');
    });
  }
  it('names every target once', () => assert.equal(new Set(catalogue.map(({ name }) => name)).size, catalogue.length, 'names'));
});
