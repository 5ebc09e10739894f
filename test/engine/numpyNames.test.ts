/** Every line of docs/numpy.md: what is written here gives what NumPy gives, with its gradient, on every executor. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { runInThisContext } from 'node:vm';
import { page, SECTIONS } from '../../scripts/numpy/page.ts';
import { lax, nn, np, valueAndGradient, type Array as NpArray } from '../../src/engine/numpy.ts';
import { sizeOf } from '../../src/engine/program.ts';
import { trace } from '../../src/engine/trace.ts';
import { checkEverywhere, distance, TOLERANCE, type ExecutorName } from './executors.ts';
import { interpret, type Tensor } from './interpreter.ts';

const read = <T>(path: string): T => JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8')) as T;
const inputs = read<Record<string, Tensor>>('../../scripts/numpy/inputs.json');
const values = read<Record<string, Tensor | undefined>>('./numpyValues.json');
const names = Object.keys(inputs);
const args = Object.values(inputs);

const rows = SECTIONS.flatMap((section) => section.rows)
  .flatMap(({ numpy, here }) => (here === null ? [] : [{ numpy, here, expected: values[numpy] }]));

type Formula = (...arrays: readonly NpArray[]) => NpArray;

/** The expression as a function of the arrays of the page, in their order. */
const formulaOf = (here: string): Formula => {
  const made = runInThisContext(`(np, nn, lax, ${names.join(', ')}) => ${here}`) as (...all: unknown[]) => NpArray;
  return (...arrays) => made(np, nn, lax, ...arrays);
};

/** Weights that no symmetry hides behind. */
const weights = (count: number): number[] => Array.from({ length: count }, (_, i) => Math.cos(1 + 1.3 * i));

/** The gradient by one of the arrays of the weighted sum of all entries, and what differences of fourth order say. */
function gradients(formula: Formula, which: number, count: number): { actual: readonly number[]; expected: number[] } {
  const factors = weights(count);
  const total = (arrays: readonly NpArray[]): NpArray => formula(...arrays).astype(np.float64).reshape([-1]).mul(np.array(factors)).sum();
  const gradient = trace((...arrays) => valueAndGradient((x) => total(arrays.map((each, i) => (i === which ? x : each))))(arrays[which])[1], args);
  const program = trace((...arrays) => total(arrays), args);
  const at = (k: number, by: number): number => interpret(program, args.map(({ data }, i) =>
    (i === which ? data.map((entry, j) => (j === k ? entry + by : entry)) : data)))[0].data[0];
  const h = 2e-4;
  return {
    actual: interpret(gradient, args.map(({ data }) => data))[0].data,
    expected: Array.from({ length: sizeOf(args[which].shape) }, (_, k) => (8 * (at(k, h) - at(k, -h)) - (at(k, 2 * h) - at(k, -2 * h))) / (12 * h)),
  };
}

describe('docs/numpy.md', () => {
  it('is what its table gives', () => {
    assert.equal(readFileSync(new URL('../../docs/numpy.md', import.meta.url), 'utf8'), page(), 'write it with node --import tsx scripts/numpyPage.ts');
  });

  it('says what NumPy says, line by line', () => {
    for (const { numpy, here, expected } of rows) {
      assert.ok(expected !== undefined, `no numbers of ${numpy}: scripts/numpyPage.ts says how to make them`);
      const [{ shape, data }] = interpret(trace(formulaOf(here), args), args.map((each) => each.data));
      assert.deepEqual(shape, expected.shape, here);
      assert.ok(distance(data, expected.data) < 1e-13, `${here} gives ${data.join()}, and NumPy ${expected.data.join()}`);
    }
  });

  it('has gradients that differences confirm', () => {
    for (const { here, expected = args[0] } of rows) {
      const formula = formulaOf(here);
      for (const which of names.keys()) {
        if (!new RegExp(`\\b${names[which]}\\b`).test(here)) continue;
        const { actual, expected: differences } = gradients(formula, which, sizeOf(expected.shape));
        assert.ok(distance(actual, differences) < 1e-8, `${here} by ${names[which]}: ${actual.join()}, and by differences ${differences.join()}`);
      }
    }
  });

  it('holds on every executor', async () => {
    const all = (...arrays: NpArray[]): NpArray[] => rows.map(({ here }) => formulaOf(here)(...arrays).astype(np.float64));
    const exact: readonly ExecutorName[] = ['onnx float64', 'scalar', 'simd', 'reference'];
    for (const name of exact) {
      await checkEverywhere('all lines', all, args, rows.map(({ expected }) => expected?.data ?? []), { names: [name], slack: name === 'reference' ? 10 : 1e-12 / TOLERANCE[name] });
    }
  });
});
