/** Writes a {@link ScalarProgram} as vector code: every number of the program is a vector, every lane a point. */
import type { ScalarNode, ScalarOp, ScalarProgram } from '../scalarProgram.ts';
import { countUses } from '../scalarProgram.ts';
import type { FunctionBuilder } from '../wasm/functionBuilder.ts';
import { v128, type V128 } from '../wasm/instructions.ts';
import type { Lanes } from '../wasm/lanes.ts';
import { overflows } from './integers.ts';
import { maximum, minimum, remainder, toInteger, wrapInteger } from './laneArithmetic.ts';
import { CannotVectorise, UnsupportedPrimitive } from './unsupported.ts';
import type { VectorMath } from './vectorMath.ts';

/** V8 takes functions of up to 50,000 locals; the caller needs some too. Compiling so much takes about a second. */
export const MAXIMUM_LOCALS = 40_000;
/** Expressions that are used once are nested in the one that uses them, so deep at most. */
const MAXIMUM_DEPTH = 40;

const UNARY: Readonly<Partial<Record<ScalarOp, 'neg' | 'abs' | 'floor' | 'ceil' | 'sqrt'>>> =
  { neg: 'neg', abs: 'abs', floor: 'floor', ceil: 'ceil', sqrt: 'sqrt' };
const BINARY: Readonly<Partial<Record<ScalarOp, 'add' | 'sub' | 'mul' | 'div' | 'lt' | 'le' | 'eq' | 'ne'>>> = {
  add: 'add', sub: 'sub', mul: 'mul', div: 'div', less: 'lt', lessEqual: 'le', equal: 'eq', notEqual: 'ne',
};
const MATH: ReadonlySet<ScalarOp> = new Set(['exp', 'log', 'asin', 'atan', 'erf', 'erfc', 'sigmoid']);
const TRUE = v128.constant(Array<number>(16).fill(255));
const FALSE = v128.constant(Array<number>(16).fill(0));

const isVariable = ({ code }: V128): boolean => code[0] === 0x20;

class Emitter {
  private readonly values: V128[] = [];
  private readonly depths: number[] = [];
  private readonly uses: Int32Array;
  private readonly wraps: readonly boolean[];
  /** Arguments of which both sine and cosine are asked, with what was made of them. */
  private readonly angles = new Map<number, { readonly sin: V128; readonly cos: V128 } | null>();

  constructor(
    private readonly f: FunctionBuilder, private readonly lanes: Lanes, private readonly math: VectorMath,
    private readonly program: ScalarProgram, private readonly inputs: readonly (readonly V128[])[],
  ) {
    const { nodes } = program;
    this.uses = countUses(program);
    this.wraps = overflows(program, lanes);
    const sines = new Set(nodes.flatMap(({ op, operands }) => (op === 'sin' ? [operands[0]] : [])));
    for (const { op, operands } of nodes)
      if (op === 'cos' && sines.has(operands[0])) this.angles.set(operands[0], null);
  }

  /** Write node k, after all before it. */
  write(k: number): void {
    const { nodes } = this.program;
    const node = nodes[k];
    if (this.f.localCount > MAXIMUM_LOCALS)
      throw new CannotVectorise(`its ${nodes.length} operations are too many for one function of WebAssembly`);
    const value = this.value(node, k);
    const depth = 1 + node.operands.reduce((most, operand) => Math.max(most, this.depths[operand]), 0);
    const cheap = node.op === 'constant' || isVariable(value);
    const keep = !cheap && (this.uses[k] > 1 || depth >= MAXIMUM_DEPTH);
    this.values[k] = keep ? this.f.let(value) : value;
    this.depths[k] = keep || cheap ? 0 : depth;
  }

  results(): V128[][] {
    const { nodes, outputs } = this.program;
    return outputs.map((entries) => entries.map(
      (k) => (nodes[k].kind === 'bool' ? v128.and(this.values[k], this.lanes.constant(1)) : this.values[k])
    ));
  }

  private value(node: ScalarNode, k: number): V128 {
    const { op, kind, operands, value, input = 0, entry = 0 } = node;
    const { lanes, f } = this;
    if (kind === 'uint32') throw new UnsupportedPrimitive(op, 'for uint32');
    if (value !== undefined) return kind === 'bool' ? (value === 0 ? FALSE : TRUE) : lanes.constant(value);
    if (op === 'input')
      return kind === 'bool' ? lanes.ne(this.inputs[input][entry], lanes.constant(0)) : this.inputs[input][entry];
    const given = operands.map((operand) => this.values[operand]);
    if (this.program.nodes[operands[0]].kind === 'bool')
      return this.select(node, given) ?? this.ofBooleans(node, given);
    const result = this.arithmetic(node, given);
    return this.wraps[k] ? wrapInteger(f, lanes, result) : result;
  }

  private arithmetic({ op, operands }: ScalarNode, [a, b]: readonly V128[]): V128 {
    const { lanes, f, math } = this;
    const unary = UNARY[op];
    if (unary !== undefined) return lanes[unary](a);
    const binary = BINARY[op];
    if (binary !== undefined) return lanes[binary](a, b);
    const numbers = operands.map((operand) => this.program.nodes[operand].value);
    switch (op) {
      case 'min': return minimum(f, lanes, a, b, numbers);
      case 'max': return maximum(f, lanes, a, b, numbers);
      case 'reciprocal': return lanes.div(lanes.constant(1), a);
      case 'idiv': return lanes.trunc(lanes.div(a, b));
      case 'mod': return remainder(f, lanes, a, b);
      case 'toInt': return toInteger(f, lanes, a);
      case 'toFloat': return a;
      case 'toBool': return lanes.ne(a, lanes.constant(0));
      case 'sin': case 'cos': return this.angle(op, operands[0], a);
      // As it was written before it was recognised: x is not negative, and the error stays below |y log x| units of the
      // last place.
      case 'pow': return math.exp(f, lanes.mul(b, math.log(f, a)));
      default:
        if (MATH.has(op)) return math[op as 'exp'](f, a);
        throw new UnsupportedPrimitive(op);
    }
  }

  private angle(op: 'sin' | 'cos', argument: number, a: V128): V128 {
    const pair = this.angles.get(argument);
    if (pair === undefined) return this.math[op](this.f, a);
    if (pair !== null) return pair[op];
    const { sin, cos } = this.math.sinCos(this.f, a);
    const kept = { sin: this.f.let(sin), cos: this.f.let(cos) };
    this.angles.set(argument, kept);
    return kept[op];
  }

  /** Of a choice where one side is zero: a single instruction instead of three. */
  private select({ op, operands }: ScalarNode, [mask, yes, no]: readonly V128[]): V128 | undefined {
    if (op !== 'select') return undefined;
    const isZero = (k: number): boolean => Object.is(this.program.nodes[k].value, 0);
    return isZero(operands[2]) ? v128.and(yes, mask) : isZero(operands[1]) ? v128.andNot(no, mask) : undefined;
  }

  /** Operations whose first operand is a mask. */
  private ofBooleans({ op }: ScalarNode, [a, b, c]: readonly V128[]): V128 {
    switch (op) {
      case 'select': return this.lanes.select(a, b, c);
      case 'and': return v128.and(a, b);
      case 'or': return v128.or(a, b);
      case 'toFloat': case 'toInt': return v128.and(a, this.lanes.constant(1));
      case 'less': return v128.andNot(b, a);
      case 'lessEqual': return v128.or(b, v128.not(a));
      case 'notEqual': return v128.xor(a, b);
      case 'equal': return v128.not(v128.xor(a, b));
      default: throw new UnsupportedPrimitive(op, 'for bool');
    }
  }
}

/**
 * Write the code for one vector of points into `f`.
 * @param inputs entry i of input k, for `lanes.width` points
 * @returns the entries of every output; conditions as 0 and 1
 * @throws CannotVectorise what has no vector form, or is too large
 */
export function emitProgram(
  f: FunctionBuilder, lanes: Lanes, math: VectorMath, program: ScalarProgram, inputs: readonly (readonly V128[])[]
): V128[][] {
  return emitPrograms(f, lanes, math, program, [inputs])[0];
}

/**
 * As {@link emitProgram}, for several vectors of points, operation by operation side by side: where each waits for the
 * one before it, the processor has the others' to do. @param inputs of every vector @returns outputs of every vector
 */
export function emitPrograms(
  f: FunctionBuilder, lanes: Lanes, math: VectorMath, program: ScalarProgram,
  inputs: readonly (readonly (readonly V128[])[])[]
): V128[][][] {
  const emitters = inputs.map((own) => new Emitter(f, lanes, math, program, own));
  for (let k = 0; k < program.nodes.length; k++) for (const emitter of emitters) emitter.write(k);
  return emitters.map((emitter) => emitter.results());
}
