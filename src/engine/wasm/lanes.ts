/**
 * Floats of one kind in a vector of 128 bits: the arithmetic that code generators are written in, for both precisions.
 */
import type { Precision } from '../executor.ts';
import { f32, f32x4, f64, f64x2, v128, type F64, type I32, type V128, type Void } from './instructions.ts';

/** Masks have all bits of a lane set or none. */
export interface Lanes {
  readonly precision: Precision;
  /** Lanes per vector: 4 or 2. */
  readonly width: number;
  /** Bytes per lane: 4 or 8. */
  readonly bytes: number;
  readonly constant: (value: number) => V128;
  readonly load: (address: I32, offset?: number) => V128;
  readonly store: (address: I32, value: V128, offset?: number) => Void;
  /** One float of memory in all lanes. */
  readonly loadSplat: (address: I32, offset?: number) => V128;
  readonly add: (a: V128, b: V128) => V128;
  readonly sub: (a: V128, b: V128) => V128;
  readonly mul: (a: V128, b: V128) => V128;
  readonly div: (a: V128, b: V128) => V128;
  readonly neg: (a: V128) => V128;
  readonly abs: (a: V128) => V128;
  readonly sqrt: (a: V128) => V128;
  readonly floor: (a: V128) => V128;
  readonly ceil: (a: V128) => V128;
  readonly trunc: (a: V128) => V128;
  /** To the nearest integer, halves to even. */
  readonly nearest: (a: V128) => V128;
  /** NaN where either operand is. */
  readonly min: (a: V128, b: V128) => V128;
  readonly max: (a: V128, b: V128) => V128;
  /** The second operand's b < a ? b : a, one machine instruction; of a NaN in b, a. */
  readonly pmin: (a: V128, b: V128) => V128;
  readonly pmax: (a: V128, b: V128) => V128;
  readonly eq: (a: V128, b: V128) => V128;
  readonly ne: (a: V128, b: V128) => V128;
  readonly lt: (a: V128, b: V128) => V128;
  readonly le: (a: V128, b: V128) => V128;
  readonly gt: (a: V128, b: V128) => V128;
  readonly ge: (a: V128, b: V128) => V128;
  /** yes where the mask is set, no elsewhere. */
  readonly select: (mask: V128, yes: V128, no: V128) => V128;
}

const select = (mask: V128, yes: V128, no: V128): V128 => v128.bitselect(yes, no, mask);
const shared = { load: v128.load, store: v128.store, select };

const float32: Lanes = {
  ...shared, precision: 'float32', width: 4, bytes: 4, loadSplat: v128.load32Splat,
  constant: f32x4.constant, add: f32x4.add, sub: f32x4.sub, mul: f32x4.mul, div: f32x4.div, neg: f32x4.neg,
  abs: f32x4.abs, sqrt: f32x4.sqrt,
  floor: f32x4.floor, ceil: f32x4.ceil, trunc: f32x4.trunc, nearest: f32x4.nearest, min: f32x4.min, max: f32x4.max,
  pmin: f32x4.pmin, pmax: f32x4.pmax,
  eq: f32x4.eq, ne: f32x4.ne, lt: f32x4.lt, le: f32x4.le, gt: f32x4.gt, ge: f32x4.ge,
};

const float64: Lanes = {
  ...shared, precision: 'float64', width: 2, bytes: 8, loadSplat: v128.load64Splat,
  constant: f64x2.constant, add: f64x2.add, sub: f64x2.sub, mul: f64x2.mul, div: f64x2.div, neg: f64x2.neg,
  abs: f64x2.abs, sqrt: f64x2.sqrt,
  floor: f64x2.floor, ceil: f64x2.ceil, trunc: f64x2.trunc, nearest: f64x2.nearest, min: f64x2.min, max: f64x2.max,
  pmin: f64x2.pmin, pmax: f64x2.pmax,
  eq: f64x2.eq, ne: f64x2.ne, lt: f64x2.lt, le: f64x2.le, gt: f64x2.gt, ge: f64x2.ge,
};

export const lanesOf: Readonly<Record<Precision, Lanes>> = { float32, float64 };

/** One float of memory, as a float64. */
export const loadFloat = ({ bytes }: Lanes, address: I32, offset = 0): F64 =>
  (bytes === 4 ? f64.fromF32(f32.load(address, offset)) : f64.load(address, offset));

/** A float64 of memory in all lanes. */
export const splatFloat64 = ({ bytes }: Lanes, address: I32, offset = 0): V128 =>
  (bytes === 4 ? f32x4.splat(f32.fromF64(f64.load(address, offset))) : v128.load64Splat(address, offset));
