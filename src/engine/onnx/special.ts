/**
 * asin, atan, erf and erfc as ONNX nodes. onnxruntime has the first three in float32 only; elsewhere, rational
 * approximations (Moshier, Cephes: `atan.c`, `ndtr.c`), good to a few units in the last place.
 */
import type { GraphBuilder } from './graphBuilder.ts';

/** Coefficients from the highest power down. */
type Coefficients = readonly number[];

const ATAN_P: Coefficients =
  [-0.8750608600031904, -16.157537187333652, -75.00855792314705, -122.88666844901361, -64.85021904942025];
const ATAN_Q: Coefficients =
  [1, 24.858464901423062, 165.02700983169885, 432.88106049129027, 485.3903996359137, 194.5506571482614];

/** erf(x) = x T(x²)/U(x²) for |x| < 1; erfc(x) = exp(−x²) P(x)/Q(x) up to 8, exp(−x²) R(x)/S(x) beyond. */
const ERF_T: Coefficients =
  [9.604973739870516, 90.02601972038427, 2232.005345946843, 7003.325141128051, 55592.30130103949];
const ERF_U: Coefficients =
  [1, 33.56171416475031, 521.3579497801527, 4594.323829709801, 22629.000061389095, 49267.39426086359];
const ERFC_P: Coefficients = [
  2.461969814735305e-10, 0.5641895648310689, 7.463210564422699, 48.63719709856814, 196.5208329560771,
  526.4451949954773, 934.5285271719576, 1027.5518868951572, 557.5353353693994,
];
const ERFC_Q: Coefficients = [
  1, 13.228195115474499, 86.70721408859897, 354.9377788878199, 975.7085017432055, 1823.9091668790973,
  2246.3376081871097, 1656.6630919416134, 557.5353408177277,
];
const ERFC_R: Coefficients =
  [0.5641895835477551, 1.275366707599781, 5.019050422511805, 6.160210979930536, 7.4097426995044895, 2.9788666537210022];
const ERFC_S: Coefficients = [
  1, 2.2605286322011726, 9.396035249380015, 12.048953980809666, 17.08144507475659, 9.608968090632859, 3.369076451000815
];

class Formula {
  constructor(readonly graph: GraphBuilder) {}

  /** The tensor, or the constant, that an operand stands for. */
  private of(operand: string | number): string {
    return typeof operand === 'string' ? operand : this.graph.scalar(operand, this.graph.float);
  }

  private readonly call = (type: string) =>
    (...operands: (string | number)[]): string => this.graph.node(type, operands.map((operand) => this.of(operand)));
  readonly add = this.call('Add');
  readonly sub = this.call('Sub');
  readonly mul = this.call('Mul');
  readonly div = this.call('Div');
  readonly min = this.call('Min');
  readonly max = this.call('Max');
  readonly less = this.call('Less');
  readonly where = this.call('Where');
  readonly abs = this.call('Abs');
  readonly exp = this.call('Exp');
  readonly sqrt = this.call('Sqrt');

  polynomial(x: string, [first, second, ...rest]: Coefficients): string {
    return rest.reduce<string>(
      (sum, coefficient) => this.add(this.mul(sum, x), coefficient), this.add(this.mul(x, first), second)
    );
  }

  ratio(x: string, p: Coefficients, q: Coefficients): string {
    return this.div(this.polynomial(x, p), this.polynomial(x, q));
  }

  /** `positive` with the sign of x. */
  signed(x: string, positive: string): string {
    return this.where(this.less(x, 0), this.graph.node('Neg', [positive]), positive);
  }
}

export function lowerArctangent(graph: GraphBuilder, x: string): string {
  if (graph.float === 'float32') return graph.node('Atan', [x]);
  const f = new Formula(graph);
  const size = f.abs(x);
  const isLarge = f.less(Math.tan((3 * Math.PI) / 8), size);
  const isMiddle = f.less(0.66, size);
  // π/2 − atan(1/x), π/4 + atan((x − 1)/(x + 1)), or atan(x).
  const reduced =
    f.where(isLarge, f.div(-1, f.max(size, 1)), f.where(isMiddle, f.div(f.sub(size, 1), f.add(size, 1)), size));
  const start = f.where(isLarge, Math.PI / 2, f.where(isMiddle, Math.PI / 4, 0));
  const square = f.mul(reduced, reduced);
  return f.signed(x, f.add(start, f.add(f.mul(f.mul(reduced, square), f.ratio(square, ATAN_P, ATAN_Q)), reduced)));
}

export function lowerArcsine(graph: GraphBuilder, x: string): string {
  if (graph.float === 'float32') return graph.node('Asin', [x]);
  const f = new Formula(graph);
  return lowerArctangent(graph, f.div(x, f.sqrt(f.mul(f.sub(1, x), f.add(1, x)))));
}

export const lowerErrorFunction = (complement: boolean) => (graph: GraphBuilder, x: string): string => {
  if (graph.float === 'float32' && !complement) return graph.node('Erf', [x]);
  const f = new Formula(graph);
  const size = f.abs(x);
  const small = f.min(size, 1);
  const near = f.mul(small, f.ratio(f.mul(small, small), ERF_T, ERF_U));
  // Each approximation sees arguments of its own range only, so that none overflows.
  const middle = f.min(f.max(size, 1), 8);
  const large = f.max(f.min(size, 30), 8);
  const tail = f.mul(f.exp(f.graph.node('Neg', [f.mul(size, size)])), f.where(
    f.less(size, 8), f.ratio(middle, ERFC_P, ERFC_Q), f.ratio(large, ERFC_R, ERFC_S)
  ));
  const isNear = f.less(size, 1);
  if (!complement) return f.signed(x, f.where(isNear, near, f.sub(1, tail)));
  const far = f.where(f.less(x, 0), f.sub(2, tail), tail);
  return f.where(isNear, f.sub(1, f.signed(x, near)), far);
};
