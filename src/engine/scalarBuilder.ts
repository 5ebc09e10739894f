/**
 * Builds the list of a {@link ScalarProgram}: constants are folded, equal operations computed once, and identities used
 * that leave every bit as it is (of finite numbers, and but for the sign of zero).
 */
import { InputError } from '../errors.ts';
import { integerPower, power } from '../numerics/power.ts';
import { foldElementwise } from './fold.ts';
import type { Dtype, Parameters, Primitive } from './program.ts';
import type { ScalarNode, ScalarOp, ScalarProgram } from './scalarProgram.ts';

/** Above this many operations, straight-line code stops paying. */
const MAXIMUM_OPERATIONS = 50_000;

const COMMUTATIVE: ReadonlySet<ScalarOp> = new Set(['add', 'mul', 'min', 'max', 'equal', 'notEqual', 'and', 'or']);
const COMPARISONS: Readonly<Record<string, ScalarOp>> =
  { less: 'less', less_equal: 'lessEqual', equal: 'equal', not_equal: 'notEqual' };
const CASTS: Readonly<Record<Dtype, ScalarOp>> = { float: 'toFloat', int32: 'toInt', uint32: 'toInt', bool: 'toBool' };
const BOOLEAN: Readonly<Partial<Record<Primitive, ScalarOp>>> = { add: 'or', max: 'or', mul: 'and', min: 'and' };
const NEVER_NEGATIVE: ReadonlySet<ScalarOp> = new Set(['abs', 'exp', 'sqrt', 'sigmoid', 'erfc', 'pow']);

/** A factor that scales without rounding. */
const isPowerOfTwo = (value: number): boolean => {
  const exponent = Math.log2(Math.abs(value));
  return Number.isInteger(exponent) && Math.abs(exponent) < 500 && Math.abs(value) === integerPower(2, exponent);
};

export class ScalarBuilder {
  readonly nodes: ScalarNode[] = [];
  private readonly known = new Map<string, number>();
  private readonly nonNegative: boolean[] = [];

  /** The number that a node is, if it is the same for all points. */
  number(k: number): number | undefined {
    return this.nodes[k].value;
  }

  /** True if a node is ≥ 0 or NaN at all points. */
  isNonNegative(k: number): boolean {
    return this.nonNegative[k];
  }

  constant(value: number, kind: Dtype = 'float'): number {
    return this.define({ op: 'constant', kind, operands: [], value }, `${kind} ${Object.is(value, -0) ? '-0' : value}`);
  }

  input(input: number, entry: number, kind: Dtype): number {
    return this.define({ op: 'input', kind, operands: [], input, entry }, `input ${input} ${entry}`);
  }

  private define(node: ScalarNode, key: string): number {
    const earlier = this.known.get(key);
    if (earlier !== undefined) return earlier;
    if (this.nodes.length >= MAXIMUM_OPERATIONS) throw new InputError(
      `the energy of one point takes more than ${MAXIMUM_OPERATIONS} scalar operations: too large to unroll`
    );
    const index = this.nodes.push(node) - 1;
    this.known.set(key, index);
    this.nonNegative.push(this.cannotBeNegative(node));
    return index;
  }

  private cannotBeNegative({ op, kind, operands, value }: ScalarNode): boolean {
    if (kind === 'bool' || NEVER_NEGATIVE.has(op)) return true;
    if (value !== undefined) return value >= 0;
    const known = operands.map((k) => this.nonNegative[k]);
    switch (op) {
      case 'mul': return operands[0] === operands[1] || (known[0] && known[1]);
      case 'add': case 'div': case 'min': return known[0] && known[1];
      case 'max': return known[0] || known[1];
      case 'select': return known[1] && known[2];
      case 'reciprocal': case 'floor': case 'ceil': case 'toFloat': case 'toInt': return known[0];
      default: return false;
    }
  }

  /** An elementwise primitive of the array program. */
  elementwise(primitive: Primitive, operands: readonly number[], { op }: Parameters, dtype: Dtype): number {
    if (primitive === 'compare') return this.apply(COMPARISONS[op ?? 'less'], operands, 'bool');
    if (primitive === 'where')
      return this.apply('select', [operands[0], ...this.ofKind(operands.slice(1), dtype)], dtype);
    if (primitive !== 'cast') return this.apply(
      (dtype === 'bool' ? BOOLEAN[primitive] : undefined) ?? (primitive as ScalarOp), this.ofKind(operands, dtype),
      dtype
    );
    return this.nodes[operands[0]].kind === dtype ? operands[0] : this.apply(CASTS[dtype], operands, dtype);
  }

  /** Constants know no kind of their own. */
  private ofKind(operands: readonly number[], kind: Dtype): number[] {
    return operands.map((k) => (this.nodes[k].op === 'constant' ? this.constant(this.number(k) ?? NaN, kind) : k));
  }

  apply(op: ScalarOp, operands: readonly number[], kind: Dtype): number {
    const numbers = operands.map((k) => this.number(k));
    if (numbers.every((value): value is number => value !== undefined))
      return this.constant(fold(op, numbers, kind), kind);
    const simpler = kind === 'float' ? this.simplify(op, operands, numbers)
      : kind === 'bool' ? this.simplifyBoolean(op, operands, numbers) : undefined;
    if (simpler !== undefined) return simpler;
    if (op === 'select' && operands[1] === operands[2]) return operands[1];
    if (op === 'select' && numbers[0] !== undefined) return operands[numbers[0] === 0 ? 2 : 1];
    const ordered = COMMUTATIVE.has(op) && operands[1] < operands[0] ? [operands[1], operands[0]] : operands;
    return this.define({ op, kind, operands: ordered }, `${op} ${kind} ${ordered.join(' ')}`);
  }

  private float(op: ScalarOp, ...operands: readonly number[]): number {
    return this.apply(op, operands, 'float');
  }

  /** The operand of a node that is `op` of something. */
  private inside(k: number, op: ScalarOp): readonly number[] | undefined {
    const node = this.nodes[k];
    return node.op === op && node.kind === 'float' ? node.operands : undefined;
  }

  /** A product with a constant: the constant and the rest. */
  private scaled(k: number): { readonly factor: number; readonly rest: number } | undefined {
    const product = this.inside(k, 'mul');
    if (product === undefined) return undefined;
    const at = product.findIndex((operand) => this.number(operand) !== undefined);
    return at === -1 ? undefined : { factor: this.number(product[at]) ?? NaN, rest: product[1 - at] };
  }

  private simplify(op: ScalarOp, [a, b, c]: readonly number[], [p, q, r]: readonly (number | undefined)[]): number
    | undefined {
    switch (op) {
      case 'add': {
        if (p === 0) return b;
        if (q === 0) return a;
        const [left, right] = [this.inside(a, 'neg'), this.inside(b, 'neg')];
        if (right !== undefined) return this.float('sub', a, right[0]);
        return left === undefined ? undefined : this.float('sub', b, left[0]);
      }
      case 'sub': {
        if (q === 0) return a;
        if (p === 0) return this.float('neg', b);
        const right = this.inside(b, 'neg');
        return right === undefined ? undefined : this.float('add', a, right[0]);
      }
      case 'mul': return p !== undefined ? this.scale(b, p) : q !== undefined ? this.scale(a, q) : this.multiply(a, b);
      case 'div': return q !== undefined && isPowerOfTwo(q) ? this.scale(a, 1 / q)
        : p === 1 ? this.float('reciprocal', b) : undefined;
      case 'neg': {
        const inner = this.inside(a, 'neg');
        if (inner !== undefined) return inner[0];
        const difference = this.inside(a, 'sub');
        if (difference !== undefined) return this.float('sub', difference[1], difference[0]);
        const product = this.scaled(a);
        return product === undefined ? undefined : this.float('mul', product.rest, this.constant(-product.factor));
      }
      case 'abs': return this.isNonNegative(a) ? a : undefined;
      case 'min': case 'max': return a === b ? a : undefined;
      case 'select': return q === 1 && r === 0 ? this.float('toFloat', a) : this.absolute(a, b, c);
      default: return undefined;
    }
  }

  private scale(a: number, factor: number): number | undefined {
    if (factor === 0) return this.constant(0);
    if (factor === 1) return a;
    if (factor === -1) return this.float('neg', a);
    const product = this.scaled(a);
    if (product !== undefined && (isPowerOfTwo(factor) || isPowerOfTwo(product.factor)))
      return this.float('mul', product.rest, this.constant(factor * product.factor));
    const negated = this.inside(a, 'neg');
    return negated === undefined ? undefined : this.float('mul', negated[0], this.constant(-factor));
  }

  private multiply(a: number, b: number): number | undefined {
    const [left, right] = [this.inside(a, 'neg'), this.inside(b, 'neg')];
    if (left !== undefined && right !== undefined) return this.float('mul', left[0], right[0]);
    return this.flip(a, b) ?? this.flip(b, a);
  }

  /** x times its own sign is |x|. */
  private flip(sign: number, x: number): number | undefined {
    const choice = this.inside(sign, 'select');
    if (choice === undefined) return undefined;
    const [yes, no] = [this.number(choice[1]), this.number(choice[2])];
    if (yes === 1 && no === -1) return this.absolute(choice[0], x, this.float('neg', x));
    return yes === -1 && no === 1 ? this.absolute(choice[0], this.float('neg', x), x) : undefined;
  }

  /** x < 0 ? −x : x, and its negative. */
  private absolute(condition: number, yes: number, no: number): number | undefined {
    const { op, operands: [x, zero] } = this.nodes[condition];
    if (op !== 'less' || this.number(zero) !== 0) return undefined;
    if (no === x && this.inside(yes, 'neg')?.[0] === x) return this.float('abs', x);
    return yes === x && this.inside(no, 'neg')?.[0] === x ? this.float('neg', this.float('abs', x)) : undefined;
  }

  private simplifyBoolean(op: ScalarOp, operands: readonly number[], numbers: readonly (number | undefined)[]): number
    | undefined {
    if (op !== 'and' && op !== 'or') return undefined;
    if (operands[0] === operands[1]) return operands[0];
    const at = numbers.findIndex((value) => value !== undefined);
    if (at === -1) return undefined;
    return (numbers[at] !== 0) === (op === 'and') ? operands[1 - at] : operands[at];
  }

  /** Without what no output needs. */
  finish(inputs: ScalarProgram['inputs'], outputs: ScalarProgram['outputs']): ScalarProgram {
    const live = new Uint8Array(this.nodes.length);
    for (const entries of outputs) for (const k of entries) live[k] = 1;
    for (let k = this.nodes.length - 1; k >= 0; k--)
      if (live[k] === 1) for (const operand of this.nodes[k].operands) live[operand] = 1;
    const position = new Int32Array(this.nodes.length);
    const nodes: ScalarNode[] = [];
    this.nodes.forEach((node, k) => {
      if (live[k] === 1)
        position[k] = nodes.push({ ...node, operands: node.operands.map((operand) => position[operand]) }) - 1;
    });
    return { inputs, nodes, outputs: outputs.map((entries) => entries.map((k) => position[k])) };
  }
}

const PRIMITIVES: Readonly<Partial<Record<ScalarOp, [Primitive, Parameters]>>> = {
  less: ['compare', { op: 'less' }], lessEqual: ['compare', { op: 'less_equal' }], equal: ['compare', { op: 'equal' }],
  notEqual: ['compare', { op: 'not_equal' }],
  and: ['mul', {}], or: ['add', {}], select: ['where', {}], toFloat: ['cast', {}], toInt: ['cast', {}],
  toBool: ['cast', {}],
};

function fold(op: ScalarOp, numbers: readonly number[], kind: Dtype): number {
  if (op === 'abs') return Math.abs(numbers[0]);
  if (op === 'pow') return power(numbers[0], numbers[1]);
  const [primitive, parameters] = PRIMITIVES[op] ?? [op as Primitive, {}];
  const value = foldElementwise(primitive, numbers, parameters, kind);
  if (value === undefined) throw new InputError(`the scalar executor cannot run the primitive "${op}"`);
  return value;
}
