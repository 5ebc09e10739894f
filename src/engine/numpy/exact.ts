/** Functions whose constants jax-js rounds to float32, written with exact ones. */
import type { Array } from '../arrayProxy.ts';
import { plain, type Axis, type Operand } from './plain.ts';

/** What `np.var` and `np.std` may be told. */
export interface VarianceOptions {
  /** What is taken off the count: 1 of a sample. NumPy's `ddof`. */
  readonly correction?: number;
  readonly keepdims?: boolean;
}

const arccos = (x: Operand): Array => plain.subtract(Math.PI / 2, plain.asin(x));
const log2 = (x: Operand): Array => plain.log(x).mul(Math.LOG2E);
const toRadians = (x: Operand): Array => plain.multiply(x, Math.PI / 180);
const toDegrees = (x: Operand): Array => plain.multiply(x, 180 / Math.PI);

const mean = (x: Array, axis: Axis = null, options?: { keepdims?: boolean }): Array => x.mean(axis, options);

function variance(x: Array, axis: Axis = null, { correction = 0, keepdims = false }: VarianceOptions = {}): Array {
  const sum = plain.square(x.sub(mean(x, axis, { keepdims: true }))).sum(axis, { keepdims });
  return sum.div(x.size / sum.size - correction);
}

/** sin πx / πx; its slope at zero is zero. */
function sinc(x: Operand): Array {
  const isZero = plain.equal(x, 0);
  const angle = plain.where(isZero, 1, plain.multiply(x, Math.PI));
  return plain.where(isZero, 1, plain.sin(angle).div(angle));
}

export const EXACT = {
  log2,
  log10: (x: Operand): Array => plain.log(x).mul(Math.LOG10E),
  exp2: (x: Operand): Array => plain.exp(plain.multiply(x, Math.LN2)),
  logaddexp2: (x: Operand, y: Operand): Array =>
    plain.logaddexp(plain.multiply(x, Math.LN2), plain.multiply(y, Math.LN2)).mul(Math.LOG2E),
  cbrt: (x: Operand): Array => plain.sign(x).mul(plain.exp(plain.log(plain.absolute(x)).mul(1 / 3))),
  acos: arccos, arccos,
  deg2rad: toRadians, radians: toRadians, rad2deg: toDegrees, degrees: toDegrees,
  sinc, mean,
  var_: variance, var: variance,
  std: (x: Array, axis: Axis = null, options: VarianceOptions = {}): Array =>
    plain.sqrt(variance(x, axis, options)),
};
