/** What the code of a spline is written with, for one vector of points, and what both directions of it need. */
import type { FunctionBuilder } from '../../engine/wasm/functionBuilder.ts';
import { i32, i32x4, v128, type I32, type V128 } from '../../engine/wasm/instructions.ts';
import type { Lanes } from '../../engine/wasm/lanes.ts';
import { MINIMUM_DERIVATIVE, type Direction, type Topology } from '../bijections/rationalQuadratic.ts';
import type { Context } from './context.ts';
import type { CouplingName } from '../architecture.ts';
import { AFFINE_STATE, SPLINE_STATE } from './layout.ts';

export type StateName = (typeof SPLINE_STATE)[number];
export type AffineStateName = (typeof AFFINE_STATE)[number];

const STATE: readonly (StateName | AffineStateName)[] = [...SPLINE_STATE, ...AFFINE_STATE];

/** What a spline's code depends on: all coordinates of a flow that agree in it share their functions. */
export interface SplineKind {
  readonly dimension: number;
  readonly bins: number;
  readonly topology: Topology;
  readonly direction: Direction;
  readonly coupling: CouplingName;
}

/** Addresses for one vector of points: of the first parameter and the first state, and of what is bent. */
export interface Addresses {
  readonly raw: I32;
  readonly state: I32;
  readonly column: I32;
  readonly logDet: I32;
}

/** The box of the coordinate, in all lanes. */
export interface Box {
  /** Where its units count from. */
  readonly origin: V128;
  readonly range: V128;
  readonly inverse: V128;
}

/** Rational quadratic of the selected bin at ξ, with the terms that both value and derivative need. */
export interface Curve {
  readonly s: V128;
  readonly product: V128;
  readonly curvature: V128;
  readonly denominator: V128;
  /** s ξ² + d0 ξ(1 − ξ): eq. 4's numerator over h. */
  readonly rise: V128;
  /** d1 ξ² + 2 s ξ(1 − ξ) + d0 (1 − ξ)²: eq. 5's bracket. */
  readonly bracket: V128;
  readonly eta: V128;
}

export class SplineWriter {
  readonly lanes: Lanes;
  /** Bytes of a row of points. */
  readonly row: number;

  constructor(
    readonly f: FunctionBuilder, readonly context: Context, readonly kind: SplineKind, readonly at: Addresses,
    readonly box: Box
  ) {
    this.lanes = context.lanes;
    this.row = context.tile * context.lanes.bytes;
  }

  constant(value: number): V128 {
    return this.lanes.constant(value);
  }

  /** Offset of a parameter from the first. */
  rawAt(parameter: number): number {
    return parameter * this.row;
  }

  raw(parameter: number): V128 {
    return v128.load(this.at.raw, this.rawAt(parameter));
  }

  setRaw(parameter: number, value: V128): void {
    this.f.do(v128.store(this.at.raw, value, this.rawAt(parameter)));
  }

  state(name: StateName | AffineStateName): V128 {
    return this.f.let(v128.load(this.at.state, this.stateAt(name)));
  }

  setState(name: StateName | AffineStateName, value: V128): void {
    this.f.do(v128.store(this.at.state, value, this.stateAt(name)));
  }

  private stateAt(name: StateName | AffineStateName): number {
    return STATE.indexOf(name) * this.row;
  }

  /** d = squareplus(raw) (1 − m) + m and, for the way back, its derivative by raw. */
  slope(raw: V128): { d: V128; derivative: V128 } {
    const { f, lanes } = this;
    const root = f.let(lanes.sqrt(lanes.add(lanes.mul(raw, raw), lanes.constant(4))));
    const plus = f.let(lanes.mul(lanes.add(raw, root), lanes.constant(0.5 * (1 - MINIMUM_DERIVATIVE))));
    return { d: f.let(lanes.add(plus, lanes.constant(MINIMUM_DERIVATIVE))), derivative: lanes.div(plus, root) };
  }

  /** @param xi where in the bin, in [0, 1] @param w @param h its width and height @param d0 @param d1 its end slopes */
  curve(xi: V128, w: V128, h: V128, d0: V128, d1: V128): Curve {
    const { f, lanes } = this;
    const s = f.let(lanes.div(h, w));
    const eta = f.let(lanes.sub(lanes.constant(1), xi));
    const product = f.let(lanes.mul(xi, eta));
    const curvature = f.let(lanes.sub(lanes.add(d0, d1), lanes.add(s, s)));
    const denominator = f.let(lanes.add(s, lanes.mul(curvature, product)));
    const square = f.let(lanes.mul(xi, xi));
    const rise = f.let(lanes.add(lanes.mul(s, square), lanes.mul(d0, product)));
    const sp = lanes.mul(s, product);
    const bracket =
      f.let(lanes.add(lanes.mul(d1, square), lanes.add(f.let(lanes.add(sp, sp)), lanes.mul(d0, lanes.mul(eta, eta)))));
    return { s, product, curvature, denominator, rise, bracket, eta };
  }

  /** Of every lane the float that lies `bin` rows below an offset from the first parameter. */
  gather(bin: V128): (offset: number) => V128 {
    const { f, at, lanes: { bytes, width } } = this;
    const index = f.let(bytes === 4 ? i32x4.truncF32x4(bin) : i32x4.truncF64x2Zero(bin));
    const rows = (lane: number): I32 => i32.mul(i32x4.extract(lane, index), i32.constant(this.row));
    const places = Array.from({ length: width }, (_, lane) => f.let(i32.add(at.raw, rows(lane))));
    return (offset) => {
      const lowest = bytes === 4 ? v128.load32Zero(places[0], offset) : v128.load64Zero(places[0], offset);
      return f.let(places.slice(1).reduce((all, place, k) => (bytes === 4
        ? v128.load32Lane(k + 1, place, all, offset + (k + 1) * bytes)
        : v128.load64Lane(k + 1, place, all, offset + (k + 1) * bytes)), lowest));
    };
  }
}
