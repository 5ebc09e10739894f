/** What acts entry by entry. */
import { row, same, type Section } from './row.ts';

export const ELEMENTWISE: readonly Section[] = [
  {
    title: 'Operators', text: 'JavaScript has no operators for arrays; methods and functions take their place.',
    rows: [
      row('x + y', 'x.add(y)', 'or `np.add(x, y)`; a number may stand on either side of `np.add`'),
      row('x - y', 'x.sub(y)'), row('x * y', 'x.mul(y)'), row('x / y', 'x.div(y)'), row('-x', 'x.neg()'),
      row('2 * x', 'x.mul(2)'), row('1 - x', 'np.subtract(1, x)', 'or `x.neg().add(1)`'),
      row('1 / y', 'np.divide(1, y)', 'or `np.reciprocal(y)`'),
      row('x ** 2', 'np.square(x)'), row('x ** 3', 'np.power(x, 3)'), row('y ** x', 'np.power(y, x)'),
      row('x // y', 'np.floorDivide(x, y)'), row('x % y', 'np.mod(x, y)', 'the sign of y, as in NumPy; `x.mod(y)` has the sign of x'),
      row('a @ b', 'np.matmul(a, b)'), row('a.T', 'a.transpose()'),
      row('x < y', 'x.less(y)'), row('x >= 0.2', 'x.greaterEqual(0.2)'), row('x == y', 'x.equal(y)', '`===` compares objects'),
      row('(x > 0) & (x < 1)', 'np.logicalAnd(x.greater(0), x.less(1))', '`&&` would take the second'),
      row('(x > 0) | (y > 1)', 'np.logicalOr(x.greater(0), y.greater(1))'), row('~(x > 0)', 'np.logicalNot(x.greater(0))'),
    ],
  },
  {
    title: 'Functions of every entry', text: 'Names of several words are in camel case.',
    rows: [
      ...same('np.exp(x)', 'np.expm1(x)', 'np.exp2(x)', 'np.log(y)', 'np.log1p(y)', 'np.log2(y)', 'np.log10(y)', 'np.sqrt(y)',
        'np.cbrt(y)', 'np.square(x)', 'np.abs(x)', 'np.sign(x)', 'np.sin(x)', 'np.cos(x)', 'np.tan(x)', 'np.arcsin(np.tanh(x))',
        'np.arctan(x)', 'np.sinh(x)', 'np.cosh(x)', 'np.tanh(x)', 'np.arcsinh(x)', 'np.floor(x)', 'np.ceil(x)', 'np.trunc(x)',
        'np.reciprocal(y)', 'np.negative(x)', 'np.sinc(x)'),
      row('np.arccos(np.tanh(x))', 'np.arccos(np.tanh(x))'), row('np.arccosh(1 + y)', 'np.arccosh(y.add(1))'),
      row('np.arctanh(np.tanh(x))', 'np.arctanh(np.tanh(x))'),
      row('np.fabs(x)', 'np.absolute(x)'), row('np.round(x)', 'np.round(x)', 'its gradient is zero'), row('np.rint(x)', 'np.rint(x)'),
      row('np.deg2rad(x)', 'np.deg2rad(x)'), row('np.degrees(x)', 'np.degrees(x)'),
      row('np.arctan2(x, y)', 'np.arctan2(x, y)'), row('np.hypot(x, y)', 'np.hypot(x, y)'),
      row('np.logaddexp(x, y)', 'np.logaddexp(x, y)'), row('np.logaddexp2(x, y)', 'np.logaddexp2(x, y)'),
      row('np.maximum(x, y)', 'np.maximum(x, y)'), row('np.minimum(x, 0.5)', 'np.minimum(x, 0.5)'),
      row('np.clip(x, -1, 1)', 'np.clip(x, -1, 1)'), row('np.copysign(y, x)', 'np.copysign(y, x)'),
      row('np.heaviside(x, 0.5)', 'np.heaviside(x, 0.5)'), row('np.nan_to_num(x)', 'np.nanToNum(x)'),
      row('np.float_power(y, x)', 'np.floatPower(y, x)'), row('np.fmod(x, y)', 'np.fmod(x, y)'),
      row('np.polyval(y, x)', 'np.polyval(y, x)'),
      row('scipy.special.erf(x)', 'lax.erf(x)'), row('scipy.special.erfc(x)', 'lax.erfc(x)'),
      row('scipy.special.expit(x)', 'nn.sigmoid(x)'), row('scipy.special.logsumexp(x)', 'nn.logsumexp(x)'),
      row('scipy.special.softmax(x)', 'nn.softmax(x)'), row('np.log1p(np.exp(x))', 'nn.softplus(x)'),
    ],
  },
  {
    title: 'Conditions and choices', text: '',
    rows: [
      row('np.where(x > 0, x, y)', 'np.where(x.greater(0), x, y)', '`? :` always takes the first'),
      row('np.select([x > 1, x > 0], [x, y], 0.0)', 'np.select([x.greater(1), x.greater(0)], [x, y], 0)'),
      row('np.isfinite(x)', 'np.isfinite(x)'), row('np.isnan(x)', 'np.isnan(x)'),
      row('np.any(x > 1)', 'np.any(x.greater(1))'), row('np.all(x > 1)', 'np.all(x.greater(1))'),
      row('np.count_nonzero(x > 0)', 'np.countNonzero(x.greater(0))', 'or `x.greater(0).sum()`'),
      row('np.less_equal(x, y)', 'np.lessEqual(x, y)'), row('np.not_equal(x, y)', 'np.notEqual(x, y)'),
    ],
  },
];
