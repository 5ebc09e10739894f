/** The body of one WebAssembly function: parameters, locals, structured control, statements in order. */
import { sized, unsigned, withConstants, type Code, type VectorConstant } from './encoding.ts';
import { i32, type Expression, type I32, type ValueType, type Void } from './instructions.ts';

const TYPE_BYTES: Readonly<Record<ValueType, number>> = { i32: 0x7f, i64: 0x7e, f32: 0x7d, f64: 0x7c, v128: 0x7b };
const EMPTY_BLOCK = 0x40;

export interface Signature {
  readonly parameters: readonly ValueType[];
  readonly result: ValueType | 'void';
}

/** A function that can be called: its index in the module is fixed when the module is written. */
export interface Callable {
  readonly signature: Signature;
  readonly index: () => number;
}

/** A local variable; `get` reads it. */
export interface Local<T extends ValueType = ValueType> {
  readonly type: T;
  readonly index: number;
  readonly get: Expression<T>;
}

export const typeByte = (type: ValueType): number => TYPE_BYTES[type];

export class FunctionBuilder implements Callable {
  private statements: Code[] = [];
  private readonly locals: ValueType[] = [];
  private returned: Expression<ValueType> | undefined;
  private number: number | undefined;

  constructor(readonly signature: Signature) {}

  readonly index = (): number => {
    if (this.number === undefined) throw new Error('wasm: a function is called before it is part of a module');
    return this.number;
  };

  /** Locals declared so far. */
  get localCount(): number { return this.locals.length; }

  place(index: number): void {
    this.number = index;
  }

  parameter<T extends ValueType>(k: number, type: T): Local<T> {
    if (this.signature.parameters[k] !== type)
      throw new Error(`wasm: parameter ${k} is ${this.signature.parameters[k]}, not ${type}`);
    return { type, index: k, get: { type, code: [0x20, ...unsigned(k)] } };
  }

  local<T extends ValueType>(type: T): Local<T> {
    const index = this.signature.parameters.length + this.locals.length;
    this.locals.push(type);
    return { type, index, get: { type, code: [0x20, ...unsigned(index)] } };
  }

  /** Compute once, use many times. */
  let<T extends ValueType>(value: Expression<T>): Expression<T> {
    const variable = this.local(value.type);
    this.set(variable, value);
    return variable.get;
  }

  /** A variable that starts at `value`. */
  variable<T extends ValueType>(value: Expression<T>): Local<T> {
    const variable = this.local(value.type);
    this.set(variable, value);
    return variable;
  }

  set<T extends ValueType>({ index }: Local<T>, value: Expression<T>): void {
    this.statements.push([value.code, 0x21, ...unsigned(index)]);
  }

  do(statement: Void): void {
    this.statements.push(statement.code);
  }

  private block(body: () => void): Code {
    const outer = this.statements;
    this.statements = [];
    body();
    const inner = this.statements;
    this.statements = outer;
    return inner;
  }

  if(condition: I32, then: () => void, otherwise?: () => void): void {
    const yes = this.block(then);
    const no = otherwise === undefined ? [] : [0x05, this.block(otherwise)];
    this.statements.push([condition.code, 0x04, EMPTY_BLOCK, yes, no, 0x0b]);
  }

  /** Repeat `body` while the condition that it returns is not zero; runs at least once. */
  repeat(body: () => I32): void {
    let condition: I32 | undefined;
    const code = this.block(() => { condition = body(); });
    this.statements.push([0x03, EMPTY_BLOCK, code, condition?.code ?? [], 0x0d, 0x00, 0x0b]);
  }

  /** for (i = from; i < to; i += step); nothing where from ≥ to. */
  for(from: I32, to: I32, step: number, body: (i: I32) => void): void {
    const i = this.variable(from);
    const end = this.let(to);
    this.if(i32.lt(i.get, end), () => {
      this.repeat(() => {
        body(i.get);
        this.set(i, i32.add(i.get, i32.constant(step)));
        return i32.lt(i.get, end);
      });
    });
  }

  call<T extends ValueType | 'void'>(
    callee: Callable, result: T, ...operands: readonly Expression<ValueType>[]
  ): Expression<T> {
    if (callee.signature.result !== result)
      throw new Error(`wasm: the function returns ${callee.signature.result}, not ${result}`);
    operands.forEach(({ type }, k) => {
      if (type !== callee.signature.parameters[k])
        throw new Error(`wasm: argument ${k} is ${type}, should be ${callee.signature.parameters[k]}`);
    });
    return { type: result, code: [...operands.map(({ code }) => code), 0x10, ...unsigned(callee.index())] };
  }

  return(value: Expression<ValueType>): void {
    this.returned = value;
  }

  /** @param encode what stands for a vector constant */
  body(encode: (constant: VectorConstant) => Code): Code {
    const groups = this.locals.map((type): Code => [1, typeByte(type)]);
    return sized([
      unsigned(groups.length), groups, withConstants(this.statements, encode),
      withConstants(this.returned?.code ?? [], encode), 0x0b
    ]);
  }
}
