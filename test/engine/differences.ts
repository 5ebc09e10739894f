/** Values and gradients of a function of arrays against the same function in plain JavaScript, by central differences. */
import { np, valueAndGradient, type Array as NpArray } from '../../src/engine/numpy.ts';
import { sizeOf } from '../../src/engine/program.ts';
import { executors, checkEverywhere, type ExecutorName } from './executors.ts';

export type Plain = (x: readonly number[]) => number | readonly number[];

const flat = (value: number | readonly number[]): readonly number[] => (typeof value === 'number' ? [value] : value);
/** Weights that no symmetry hides behind. */
const weight = (i: number): number => Math.sin(1 + 1.7 * i);

/** The gradient of Σ wᵢ fᵢ by differences of fourth order: good to about 1e-10. */
export function gradientOf(f: Plain, x: readonly number[], step = 1e-3): number[] {
  const total = (at: readonly number[]): number => flat(f(at)).reduce((sum, value, i) => sum + weight(i) * value, 0);
  return x.map((_, k) => {
    const moved = (by: number): number => total(x.map((value, i) => (i === k ? value + by * step : value)));
    return (8 * (moved(1) - moved(-1)) - (moved(2) - moved(-2))) / (12 * step);
  });
}

const exact: readonly ExecutorName[] = executors.filter((name) => name !== 'onnx float32');

/**
 * Every entry of f, and the gradient of their weighted sum, on every executor.
 * @param slack how much the values may be off more than usual @param differentiable false where there is no gradient
 */
export async function checkAgainst(
  what: string, f: (x: NpArray) => NpArray, plain: Plain, { shape, data }: { shape: readonly number[]; data: readonly number[] },
  { slack = 1, differentiable = true, names = exact }: { slack?: number; differentiable?: boolean; names?: readonly ExecutorName[] } = {},
): Promise<void> {
  const argument = { shape, data };
  await checkEverywhere(what, (x) => f(x).reshape([-1]), [argument], [flat(plain(data))], { names, slack });
  if (!differentiable) return;
  const count = flat(plain(data)).length;
  const weights = Array.from({ length: count }, (_, i) => weight(i));
  const gradient = (x: NpArray): NpArray => valueAndGradient((v) => f(v).reshape([-1]).mul(np.array(weights)).sum())(x)[1];
  const expected = gradientOf(plain, data);
  if (expected.length !== sizeOf(shape)) throw new Error(`${what}: ${expected.length} entries of shape ${shape.join()}`);
  // Differences know ten digits.
  for (const name of names) {
    await checkEverywhere(`${what}: gradient`, gradient, [argument], [expected], { names: [name], slack: name === 'reference' ? 3 * slack : 3e4 * slack });
  }
}
