/** The bits of a binary floating-point format, and integer arithmetic on lanes of its width. */
import type { Precision } from '../../executor.ts';
import { i32x4, i64x2, i32, v128, type V128 } from '../../wasm/instructions.ts';
import { lanesOf, type Lanes } from '../../wasm/lanes.ts';

export interface Format extends Lanes {
  /** Stored bits of the significand: 23 or 52. */
  readonly mantissa: number;
  /** Exponent of 1 as stored. */
  readonly bias: number;
  /** 1.5·2^mantissa: adding it rounds to an integer, which the low bits of the sum then hold. */
  readonly roundingShift: number;
  readonly smallestNormal: number;
  /** The same bits in every lane. */
  bits(value: bigint): V128;
  addBits(a: V128, b: V128): V128;
  subBits(a: V128, b: V128): V128;
  shiftLeft(a: V128, count: number): V128;
  /** Zeros come in from the left. */
  shiftRight(a: V128, count: number): V128;
  /** 0 − a: makes a mask of the bit 0 or 1. */
  negBits(a: V128): V128;
}

const count = (n: number) => i32.constant(n);

const float32: Format = {
  ...lanesOf.float32, mantissa: 23, bias: 127, roundingShift: 1.5 * 2 ** 23, smallestNormal: 2 ** -126,
  bits: (value) => i32x4.constant(Number(BigInt.asIntN(32, value))),
  addBits: i32x4.add, subBits: i32x4.sub, negBits: i32x4.neg,
  shiftLeft: (a, n) => i32x4.shl(a, count(n)), shiftRight: (a, n) => i32x4.shrU(a, count(n)),
};

const float64: Format = {
  ...lanesOf.float64, mantissa: 52, bias: 1023, roundingShift: 1.5 * 2 ** 52, smallestNormal: 2 ** -1022,
  bits: i64x2.constant,
  addBits: i64x2.add, subBits: i64x2.sub, negBits: i64x2.neg,
  shiftLeft: (a, n) => i64x2.shl(a, count(n)), shiftRight: (a, n) => i64x2.shrU(a, count(n)),
};

export const formatOf: Readonly<Record<Precision, Format>> = { float32, float64 };

/** The bits of 1. */
export const oneBits = ({ bias, mantissa }: Format): bigint => BigInt(bias) << BigInt(mantissa);

/** The bit that holds the sign. */
export const signBit = ({ bytes }: Format): bigint => 1n << BigInt(8 * bytes - 1);

export const withSignOf = (format: Format, magnitude: V128, x: V128): V128 =>
  v128.or(magnitude, v128.and(x, format.bits(signBit(format))));

/** The float without the lower half of its significand: products of two such are exact. */
export const highPart = (format: Format, x: V128): V128 =>
  v128.and(x, format.bits(-1n << BigInt(Math.ceil((format.mantissa + 1) / 2))));
