/**
 * WebAssembly instructions as functions from expressions to expressions: `f32x4.add(x, y)`. An expression is code that
 * leaves one value of a known type; a mistake of types is a mistake for the compiler, not for the engine at run time.
 */
import { bytesOfFloat32, bytesOfFloat64, signed, signed64, unsigned, type Code } from './encoding.ts';

export type ValueType = 'i32' | 'i64' | 'f32' | 'f64' | 'v128';

/** Code that leaves one value on the stack, or none ('void'). */
export interface Expression<T extends ValueType | 'void' = ValueType> {
  readonly type: T;
  readonly code: Code;
}

export type I32 = Expression<'i32'>;
export type I64 = Expression<'i64'>;
export type F32 = Expression<'f32'>;
export type F64 = Expression<'f64'>;
/** A vector of 128 bits. */
export type V128 = Expression<'v128'>;
export type Void = Expression<'void'>;

type ExpressionsOf<A extends readonly ValueType[]> = { [K in keyof A]: Expression<A[K]> };

const join =
  <T extends ValueType | 'void'>(type: T, operands: readonly Expression<ValueType>[], opcode: Code): Expression<T> =>
  ({ type, code: [...operands.map(({ code }) => code), opcode] });

/** Operands of the kinds that an instruction takes; anything else is a mistake of the code generator. */
function checked(
  kinds: readonly ValueType[], operands: readonly Expression<ValueType>[]
): readonly Expression<ValueType>[] {
  if (operands.some(({ type }, k) => type !== kinds[k]))
    throw new Error(`wasm: operands are ${operands.map(({ type }) => type).join(', ')}, should be ${kinds.join(', ')}`);
  return operands;
}

const plain = <T extends ValueType | 'void', A extends readonly ValueType[]>(type: T, opcode: number, ...kinds: A) =>
  (...operands: ExpressionsOf<A>): Expression<T> =>
    join(type, checked(kinds, operands as readonly Expression<ValueType>[]), [opcode]);

const simd = <T extends ValueType | 'void', A extends readonly ValueType[]>(type: T, opcode: number, ...kinds: A) =>
  (...operands: ExpressionsOf<A>): Expression<T> =>
    join(type, checked(kinds, operands as readonly Expression<ValueType>[]), [0xfd, ...unsigned(opcode)]);

/** As {@link simd}, with the index of a lane. */
const lane = <T extends ValueType, A extends readonly ValueType[]>(type: T, opcode: number, ...kinds: A) =>
  (index: number, ...operands: ExpressionsOf<A>): Expression<T> =>
    join(type, checked(kinds, operands as readonly Expression<ValueType>[]), [0xfd, ...unsigned(opcode), index]);

const load = <T extends ValueType>(type: T, prefix: readonly number[], align: number) =>
  (address: I32, offset = 0): Expression<T> => join(type, [address], [...prefix, align, ...unsigned(offset)]);
const store = <T extends ValueType>(_type: T, prefix: readonly number[], align: number) =>
  (address: I32, value: Expression<T>, offset = 0): Void =>
    join('void', [address, value], [...prefix, align, ...unsigned(offset)]);

export const i32 = {
  constant: (value: number): I32 => ({ type: 'i32', code: [0x41, ...signed(value)] }),
  load: load('i32', [0x28], 2), store: store('i32', [0x36], 2),
  eqz: plain('i32', 0x45, 'i32'), eq: plain('i32', 0x46, 'i32', 'i32'), ne: plain('i32', 0x47, 'i32', 'i32'),
  lt: plain('i32', 0x48, 'i32', 'i32'), ltU: plain('i32', 0x49, 'i32', 'i32'), gt: plain('i32', 0x4a, 'i32', 'i32'),
  le: plain('i32', 0x4c, 'i32', 'i32'), ge: plain('i32', 0x4e, 'i32', 'i32'),
  add: plain('i32', 0x6a, 'i32', 'i32'), sub: plain('i32', 0x6b, 'i32', 'i32'), mul: plain('i32', 0x6c, 'i32', 'i32'),
  divU: plain('i32', 0x6e, 'i32', 'i32'), remU: plain('i32', 0x70, 'i32', 'i32'),
  and: plain('i32', 0x71, 'i32', 'i32'), or: plain('i32', 0x72, 'i32', 'i32'), xor: plain('i32', 0x73, 'i32', 'i32'),
  shl: plain('i32', 0x74, 'i32', 'i32'), shr: plain('i32', 0x75, 'i32', 'i32'), shrU: plain('i32', 0x76, 'i32', 'i32'),
  rotl: plain('i32', 0x77, 'i32', 'i32'),
  fromF64: plain('i32', 0xaa, 'f64'),
} as const;

export const i64 = {
  constant: (value: bigint): I64 => ({ type: 'i64', code: [0x42, ...signed64(value)] }),
  load: load('i64', [0x29], 3), store: store('i64', [0x37], 3),
} as const;

export const f32 = {
  constant: (value: number): F32 => ({ type: 'f32', code: [0x43, ...bytesOfFloat32(value)] }),
  load: load('f32', [0x2a], 2), store: store('f32', [0x38], 2),
  add: plain('f32', 0x92, 'f32', 'f32'), sub: plain('f32', 0x93, 'f32', 'f32'), mul: plain('f32', 0x94, 'f32', 'f32'),
  div: plain('f32', 0x95, 'f32', 'f32'),
  sqrt: plain('f32', 0x91, 'f32'), lt: plain('i32', 0x5d, 'f32', 'f32'),
  fromF64: plain('f32', 0xb6, 'f64'),
} as const;

export const f64 = {
  constant: (value: number): F64 => ({ type: 'f64', code: [0x44, ...bytesOfFloat64(value)] }),
  load: load('f64', [0x2b], 3), store: store('f64', [0x39], 3),
  eq: plain('i32', 0x61, 'f64', 'f64'), ne: plain('i32', 0x62, 'f64', 'f64'), lt: plain('i32', 0x63, 'f64', 'f64'),
  gt: plain('i32', 0x64, 'f64', 'f64'),
  le: plain('i32', 0x65, 'f64', 'f64'), ge: plain('i32', 0x66, 'f64', 'f64'),
  abs: plain('f64', 0x99, 'f64'), neg: plain('f64', 0x9a, 'f64'), floor: plain('f64', 0x9c, 'f64'),
  nearest: plain('f64', 0x9e, 'f64'), sqrt: plain('f64', 0x9f, 'f64'),
  add: plain('f64', 0xa0, 'f64', 'f64'), sub: plain('f64', 0xa1, 'f64', 'f64'), mul: plain('f64', 0xa2, 'f64', 'f64'),
  div: plain('f64', 0xa3, 'f64', 'f64'),
  min: plain('f64', 0xa4, 'f64', 'f64'), max: plain('f64', 0xa5, 'f64', 'f64'),
  fromF32: plain('f64', 0xbb, 'f32'), fromI32: plain('f64', 0xb7, 'i32'), fromU32: plain('f64', 0xb8, 'i32'),
} as const;

export const v128 = {
  load: load('v128', [0xfd, 0x00], 4), store: store('v128', [0xfd, 0x0b], 4),
  /** One float in all lanes. */
  load32Splat: load('v128', [0xfd, 0x09], 2), load64Splat: load('v128', [0xfd, 0x0a], 3),
  load32Zero: load('v128', [0xfd, 0x5c], 2), load64Zero: load('v128', [0xfd, 0x5d], 3),
  load32Lane: (index: number, address: I32, value: V128, offset = 0): V128 =>
    join('v128', [address, value], [0xfd, 0x56, 2, ...unsigned(offset), index]),
  load64Lane: (index: number, address: I32, value: V128, offset = 0): V128 =>
    join('v128', [address, value], [0xfd, 0x57, 3, ...unsigned(offset), index]),
  store32Lane: (index: number, address: I32, value: V128, offset = 0): Void =>
    join('void', [address, value], [0xfd, 0x5a, 2, ...unsigned(offset), index]),
  store64Lane: (index: number, address: I32, value: V128, offset = 0): Void =>
    join('void', [address, value], [0xfd, 0x5b, 3, ...unsigned(offset), index]),
  constant: (bytes: readonly number[]): V128 => ({ type: 'v128', code: [{ bytes }] }),
  /** Sixteen byte indices into the two operands, 0–31. */
  shuffle: (indices: readonly number[], a: V128, b: V128): V128 => join('v128', [a, b], [0xfd, 0x0d, ...indices]),
  not: simd('v128', 0x4d, 'v128'), and: simd('v128', 0x4e, 'v128', 'v128'), andNot: simd('v128', 0x4f, 'v128', 'v128'),
  or: simd('v128', 0x50, 'v128', 'v128'), xor: simd('v128', 0x51, 'v128', 'v128'),
  /** Bits of `yes` where the mask's are 1, of `no` elsewhere: (yes, no, mask). */
  bitselect: simd('v128', 0x52, 'v128', 'v128', 'v128'), anyTrue: simd('i32', 0x53, 'v128'),
} as const;

export const i32x4 = {
  splat: simd('v128', 0x11, 'i32'), extract: lane('i32', 0x1b, 'v128'), replace: lane('v128', 0x1c, 'v128', 'i32'),
  constant: (value: number): V128 => {
    const [a, b, c, d] = new Uint8Array(Int32Array.of(value).buffer);
    return v128.constant([a, b, c, d, a, b, c, d, a, b, c, d, a, b, c, d]);
  },
  constants: (values: readonly number[]): V128 => v128.constant([...new Uint8Array(Int32Array.from(values).buffer)]),
  eq: simd('v128', 0x37, 'v128', 'v128'), ne: simd('v128', 0x38, 'v128', 'v128'),
  lt: simd('v128', 0x39, 'v128', 'v128'), gt: simd('v128', 0x3b, 'v128', 'v128'),
  le: simd('v128', 0x3d, 'v128', 'v128'), ge: simd('v128', 0x3f, 'v128', 'v128'),
  gtU: simd('v128', 0x3c, 'v128', 'v128'),
  abs: simd('v128', 0xa0, 'v128'), neg: simd('v128', 0xa1, 'v128'), allTrue: simd('i32', 0xa3, 'v128'),
  bitmask: simd('i32', 0xa4, 'v128'),
  shl: simd('v128', 0xab, 'v128', 'i32'), shr: simd('v128', 0xac, 'v128', 'i32'),
  shrU: simd('v128', 0xad, 'v128', 'i32'),
  add: simd('v128', 0xae, 'v128', 'v128'), sub: simd('v128', 0xb1, 'v128', 'v128'),
  mul: simd('v128', 0xb5, 'v128', 'v128'),
  min: simd('v128', 0xb6, 'v128', 'v128'), max: simd('v128', 0xb8, 'v128', 'v128'),
  truncF32x4: simd('v128', 0xf8, 'v128'), truncF64x2Zero: simd('v128', 0xfc, 'v128'),
} as const;

export const i64x2 = {
  splat: simd('v128', 0x12, 'i64'), extract: lane('i64', 0x1d, 'v128'),
  constant: (value: bigint): V128 => {
    const bytes = [...new Uint8Array(BigInt64Array.of(BigInt.asIntN(64, value)).buffer)];
    return v128.constant([...bytes, ...bytes]);
  },
  neg: simd('v128', 0xc1, 'v128'), allTrue: simd('i32', 0xc3, 'v128'), bitmask: simd('i32', 0xc4, 'v128'),
  extendLowI32x4: simd('v128', 0xc7, 'v128'), extendHighI32x4: simd('v128', 0xc8, 'v128'),
  extendLowU32x4: simd('v128', 0xc9, 'v128'), extendHighU32x4: simd('v128', 0xca, 'v128'),
  shl: simd('v128', 0xcb, 'v128', 'i32'), shr: simd('v128', 0xcc, 'v128', 'i32'),
  shrU: simd('v128', 0xcd, 'v128', 'i32'),
  add: simd('v128', 0xce, 'v128', 'v128'), sub: simd('v128', 0xd1, 'v128', 'v128'),
  mul: simd('v128', 0xd5, 'v128', 'v128'),
  eq: simd('v128', 0xd6, 'v128', 'v128'), ne: simd('v128', 0xd7, 'v128', 'v128'),
  lt: simd('v128', 0xd8, 'v128', 'v128'), gt: simd('v128', 0xd9, 'v128', 'v128'),
  /** Products of the low (high) two lanes, unsigned, in full. */
  mulLowU32x4: simd('v128', 0xde, 'v128', 'v128'), mulHighU32x4: simd('v128', 0xdf, 'v128', 'v128'),
} as const;

export const f32x4 = {
  splat: simd('v128', 0x13, 'f32'), extract: lane('f32', 0x1f, 'v128'), replace: lane('v128', 0x20, 'v128', 'f32'),
  constant: (
    value: number
  ): V128 => { const bytes = bytesOfFloat32(value); return v128.constant([...bytes, ...bytes, ...bytes, ...bytes]); },
  eq: simd('v128', 0x41, 'v128', 'v128'), ne: simd('v128', 0x42, 'v128', 'v128'),
  lt: simd('v128', 0x43, 'v128', 'v128'), gt: simd('v128', 0x44, 'v128', 'v128'),
  le: simd('v128', 0x45, 'v128', 'v128'), ge: simd('v128', 0x46, 'v128', 'v128'),
  ceil: simd('v128', 0x67, 'v128'), floor: simd('v128', 0x68, 'v128'), trunc: simd('v128', 0x69, 'v128'),
  nearest: simd('v128', 0x6a, 'v128'),
  abs: simd('v128', 0xe0, 'v128'), neg: simd('v128', 0xe1, 'v128'), sqrt: simd('v128', 0xe3, 'v128'),
  add: simd('v128', 0xe4, 'v128', 'v128'), sub: simd('v128', 0xe5, 'v128', 'v128'),
  mul: simd('v128', 0xe6, 'v128', 'v128'), div: simd('v128', 0xe7, 'v128', 'v128'),
  /** IEEE minimum and maximum: a NaN in either operand gives NaN. */
  min: simd('v128', 0xe8, 'v128', 'v128'), max: simd('v128', 0xe9, 'v128', 'v128'),
  /** b < a ? b : a and a < b ? b : a: one machine instruction each. */
  pmin: simd('v128', 0xea, 'v128', 'v128'), pmax: simd('v128', 0xeb, 'v128', 'v128'),
  fromI32x4: simd('v128', 0xfa, 'v128'), fromU32x4: simd('v128', 0xfb, 'v128'),
  /** Two doubles into the low lanes, zeros above. */
  demoteF64x2: simd('v128', 0x5e, 'v128'),
} as const;

export const f64x2 = {
  splat: simd('v128', 0x14, 'f64'), extract: lane('f64', 0x21, 'v128'), replace: lane('v128', 0x22, 'v128', 'f64'),
  constant:
    (value: number): V128 => { const bytes = bytesOfFloat64(value); return v128.constant([...bytes, ...bytes]); },
  eq: simd('v128', 0x47, 'v128', 'v128'), ne: simd('v128', 0x48, 'v128', 'v128'),
  lt: simd('v128', 0x49, 'v128', 'v128'), gt: simd('v128', 0x4a, 'v128', 'v128'),
  le: simd('v128', 0x4b, 'v128', 'v128'), ge: simd('v128', 0x4c, 'v128', 'v128'),
  ceil: simd('v128', 0x74, 'v128'), floor: simd('v128', 0x75, 'v128'), trunc: simd('v128', 0x7a, 'v128'),
  nearest: simd('v128', 0x94, 'v128'),
  abs: simd('v128', 0xec, 'v128'), neg: simd('v128', 0xed, 'v128'), sqrt: simd('v128', 0xef, 'v128'),
  add: simd('v128', 0xf0, 'v128', 'v128'), sub: simd('v128', 0xf1, 'v128', 'v128'),
  mul: simd('v128', 0xf2, 'v128', 'v128'), div: simd('v128', 0xf3, 'v128', 'v128'),
  min: simd('v128', 0xf4, 'v128', 'v128'), max: simd('v128', 0xf5, 'v128', 'v128'),
  pmin: simd('v128', 0xf6, 'v128', 'v128'), pmax: simd('v128', 0xf7, 'v128', 'v128'),
  /** The low two 32-bit lanes, as doubles. */
  fromLowI32x4: simd('v128', 0xfe, 'v128'), fromLowU32x4: simd('v128', 0xff, 'v128'),
  promoteLowF32x4: simd('v128', 0x5f, 'v128'),
} as const;
