/**
 * The rational-quadratic spline (Durkan et al. 2019) of one coordinate that a layer bends, on a tile, and its
 * derivatives in closed form. The same map as bijections/rationalQuadratic.ts, which says more; here lanes run over
 * points, the search walks the bins once, and only the selected bin's numbers are kept for the way back.
 */
import type { FunctionBuilder } from '../../engine/wasm/functionBuilder.ts';
import { i32, i32x4, v128, type I32, type V128 } from '../../engine/wasm/instructions.ts';
import {
  MINIMUM_BIN, MINIMUM_DERIVATIVE, splineParameterCount, type Direction, type Topology,
} from '../bijections/rationalQuadratic.ts';
import type { Context } from './context.ts';
import { fastExp } from './fastExp.ts';
import { SPLINE_STATE } from './layout.ts';
import { placeAt } from './places.ts';

type StateName = (typeof SPLINE_STATE)[number];

/** What a spline's code depends on: all coordinates of a flow that agree in it share their functions. */
export interface SplineKind {
  readonly dimension: number;
  readonly bins: number;
  readonly topology: Topology;
  readonly direction: Direction;
}

/** Addresses for one vector of points: of the first parameter and the first state, and of what is bent. */
interface Addresses {
  readonly raw: I32;
  readonly state: I32;
  readonly column: I32;
  readonly logDet: I32;
}

/** The box of the coordinate, in all lanes. */
interface Box {
  readonly low: V128;
  readonly range: V128;
  readonly inverse: V128;
}

/** Rational quadratic of the selected bin at ξ, with the terms that both value and derivative need. */
interface Curve {
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

export class SplineCode {
  private readonly row: number;

  constructor(private readonly context: Context, private readonly kind: SplineKind) {
    this.row = context.tile * context.lanes.bytes;
  }

  /**
   * Write the function (block, columns, logDet, entry): bends a column and adds log|derivative|.
   * @param keep what {@link backward} reads
   */
  forward(keep: boolean): FunctionBuilder {
    return this.overRow((f, at, box) => this.bend(f, at, box, keep));
  }

  /**
   * Write the function (block, columnGradients, logDetGradient, entry): from the gradients of the bent column and of
   * the log-determinant the gradient of the column before, in its place, and of the conditioner's outputs, in theirs.
   */
  backward(): FunctionBuilder {
    return this.overRow((f, at, box) => this.differentiate(f, at, box));
  }

  /** A function of (block, columns, logDet, entry) that runs `body` for every vector of a row of points. */
  private overRow(body: (f: FunctionBuilder, at: Addresses, box: Box) => void): FunctionBuilder {
    const { module, lanes } = this.context;
    return module.function(['i32', 'i32', 'i32', 'i32'], 'void', (f) => {
      const [block, columns, logDet, entry] = [0, 1, 2, 3].map((k) => f.parameter(k, 'i32').get);
      const place = placeAt(f, lanes, entry);
      const [raw, state] = [f.let(i32.add(block, place.offset('block'))), f.let(i32.add(block, place.offset('state')))];
      const column = f.let(i32.add(columns, place.offset('column')));
      const box: Box = { low: place.float('low'), range: place.float('range'), inverse: place.float('inverse') };
      f.for(i32.constant(0), i32.constant(this.row), 16, (n) => {
        const at = (base: I32): I32 => f.let(i32.add(base, n));
        body(f, { raw: at(raw), state: at(state), column: at(column), logDet: at(logDet) }, box);
      });
    });
  }

  private stateAt(name: StateName): number {
    return SPLINE_STATE.indexOf(name) * this.row;
  }

  /** d = squareplus(raw) (1 − m) + m and, for the way back, its derivative by raw. */
  private slope(f: FunctionBuilder, raw: V128): { d: V128; derivative: V128 } {
    const { lanes } = this.context;
    const root = f.let(lanes.sqrt(lanes.add(lanes.mul(raw, raw), lanes.constant(4))));
    const plus = f.let(lanes.mul(lanes.add(raw, root), lanes.constant(0.5 * (1 - MINIMUM_DERIVATIVE))));
    return { d: f.let(lanes.add(plus, lanes.constant(MINIMUM_DERIVATIVE))), derivative: lanes.div(plus, root) };
  }

  private curve(f: FunctionBuilder, xi: V128, w: V128, h: V128, d0: V128, d1: V128): Curve {
    const { lanes } = this.context;
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
  private gather(f: FunctionBuilder, first: I32, bin: V128): (offset: number) => V128 {
    const { lanes } = this.context;
    const { bytes, width } = lanes;
    const index = f.let(bytes === 4 ? i32x4.truncF32x4(bin) : i32x4.truncF64x2Zero(bin));
    const rows = (lane: number): I32 => i32.mul(i32x4.extract(lane, index), i32.constant(this.row));
    const places = Array.from({ length: width }, (_, lane) => f.let(i32.add(first, rows(lane))));
    return (offset) => {
      const lowest = bytes === 4 ? v128.load32Zero(places[0], offset) : v128.load64Zero(places[0], offset);
      return f.let(places.slice(1).reduce((all, place, k) => (bytes === 4
        ? v128.load32Lane(k + 1, place, all, offset + (k + 1) * bytes)
        : v128.load64Lane(k + 1, place, all, offset + (k + 1) * bytes)), lowest));
    };
  }

  /** Columns in → columns out; code for one vector of points. */
  private bend(f: FunctionBuilder, at: Addresses, { low, range, inverse }: Box, keep: boolean): void {
    const { lanes, math } = this.context;
    const { row } = this;
    const { dimension, bins, topology, direction } = this.kind;
    const line = topology === 'line';
    const constant = (value: number): V128 => lanes.constant(value);
    const rawAt = (parameter: number): number => parameter * row;
    const u = f.let(lanes.mul(lanes.sub(v128.load(at.column), low), inverse));
    const inside = f.let(lanes.pmin(constant(1), lanes.pmax(constant(0), u)));

    // Softmax of widths and of heights, unnormalised, in place.
    const exponentials = (first: number): V128 => {
      const largest = f.variable(v128.load(at.raw, rawAt(first)));
      for (let j = 1; j < bins; j++) f.set(largest, lanes.pmax(largest.get, v128.load(at.raw, rawAt(first + j))));
      const total = f.variable(constant(0));
      for (let j = 0; j < bins; j++) {
        const e = f.let(fastExp(this.context, f, lanes.sub(v128.load(at.raw, rawAt(first + j)), largest.get)));
        f.do(v128.store(at.raw, e, rawAt(first + j)));
        f.set(total, lanes.add(total.get, e));
      }
      return f.let(lanes.div(constant(1 - bins * MINIMUM_BIN), total.get));
    };
    const scaleW = exponentials(0);
    const scaleH = exponentials(bins);

    // Walk the bins: the last one whose lower knot is not above the point is its own.
    const raw = (parameter: number): V128 => v128.load(at.raw, rawAt(parameter));
    const [searched, searchedScale, other] = direction === 'forward' ? [0, scaleW, bins] : [bins, scaleH, 0];
    const [bin, cornerSearched, cornerOther, sumSearched, sumOther] =
      Array.from({ length: 5 }, () => f.variable(constant(0)));
    for (let j = 1; j < bins; j++) {
      f.set(sumSearched, lanes.add(sumSearched.get, raw(searched + j - 1)));
      f.set(sumOther, lanes.add(sumOther.get, raw(other + j - 1)));
      const passed =
        f.let(lanes.le(lanes.add(lanes.mul(sumSearched.get, searchedScale), constant(j * MINIMUM_BIN)), inside));
      f.set(cornerSearched, lanes.select(passed, sumSearched.get, cornerSearched.get));
      f.set(cornerOther, lanes.select(passed, sumOther.get, cornerOther.get));
      f.set(bin, lanes.add(bin.get, v128.and(passed, constant(1))));
    }
    const smallest = f.let(lanes.mul(bin.get, constant(MINIMUM_BIN)));
    const [sumW, sumH] = direction === 'forward' ? [cornerSearched, cornerOther] : [cornerOther, cornerSearched];
    const x0 = f.let(lanes.add(lanes.mul(sumW.get, scaleW), smallest));
    const y0 = f.let(lanes.add(lanes.mul(sumH.get, scaleH), smallest));
    const selected = this.gather(f, at.raw, bin.get);
    const width = f.let(lanes.add(lanes.mul(selected(rawAt(0)), scaleW), constant(MINIMUM_BIN)));
    const height = f.let(lanes.add(lanes.mul(selected(rawAt(bins)), scaleH), constant(MINIMUM_BIN)));
    // Of a line the outer slopes are 1, which is what a parameter of 0 gives; a circle's ends share one; an interval's
    // are free.
    const slopes = rawAt(2 * bins);
    const raw0 = f.let(line ? v128.and(selected(slopes - row), lanes.ne(bin.get, constant(0))) : selected(slopes));
    const raw1 = f.let(line
      ? v128.and(selected(slopes), lanes.ne(bin.get, constant(bins - 1)))
      : topology === 'interval' ? selected(slopes + row)
      : lanes.select(lanes.eq(bin.get, constant(bins - 1)), raw(2 * bins), selected(slopes + row)));
    const [d0, d1] = [this.slope(f, raw0).d, this.slope(f, raw1).d];

    let xi: V128;
    if (direction === 'forward') {
      xi = f.let(lanes.div(lanes.sub(inside, x0), width));
    } else {
      // Durkan et al. 2019, eqs. 6–8, divided by the bin's height.
      const share = f.let(lanes.div(lanes.sub(inside, y0), height));
      const s = f.let(lanes.div(height, width));
      const b = f.let(lanes.sub(d0, lanes.mul(share, lanes.sub(lanes.add(d0, d1), lanes.add(s, s)))));
      const climb = f.let(lanes.mul(s, share));
      const discriminant =
        lanes.pmax(constant(0), lanes.add(lanes.mul(b, b), lanes.mul(constant(4), lanes.mul(lanes.sub(s, b), climb))));
      xi = f.let(lanes.div(lanes.add(climb, climb), lanes.add(b, lanes.sqrt(discriminant))));
    }
    const { s, denominator, rise, bracket } = this.curve(f, xi, width, height, d0, d1);
    const ratio = f.let(lanes.div(s, denominator));
    const logDerivative = math.log(f, f.let(lanes.mul(lanes.mul(ratio, ratio), bracket))); // eq. 5
    const image = direction === 'forward'
      ? lanes.add(y0, lanes.div(lanes.mul(height, rise), denominator)) // eq. 4
      : lanes.add(x0, lanes.mul(xi, width));
    const moved = lanes.add(lanes.mul(lanes.add(image, lanes.sub(u, inside)), range), low);
    f.do(v128.store(at.column, moved, dimension * row));
    // Outside a line's box the map is the identity, exactly. A NaN counts as inside, so that it shows.
    const outside = f.let(v128.not(lanes.eq(u, inside)));
    const active = line ? f.let(v128.or(v128.not(outside), lanes.ne(u, u))) : f.let(lanes.eq(constant(0), constant(0)));
    const gain = f.let(v128.and(logDerivative, active));
    const before = v128.load(at.logDet);
    f.do(v128.store(at.logDet, direction === 'forward' ? lanes.add(before, gain) : lanes.sub(before, gain)));
    if (!keep) return;
    const state: Readonly<Record<StateName, V128>> = {
      inside, active, xi, x0, w: width, y0, h: height, raw0, raw1, bin: bin.get, scaleW, scaleH,
    };
    for (const name of SPLINE_STATE) f.do(v128.store(at.state, state[name], this.stateAt(name)));
  }

  /** Code for one vector of points: see {@link backward}. */
  private differentiate(f: FunctionBuilder, at: Addresses, { range, inverse: inverseRange }: Box): void {
    const { lanes } = this.context;
    const { row } = this;
    const { bins, topology, direction } = this.kind;
    const { add, sub, mul, div } = lanes;
    const constant = (value: number): V128 => lanes.constant(value);
    const get = (name: StateName): V128 => f.let(v128.load(at.state, this.stateAt(name)));
    const [active, xi, x0, w, y0, h, bin, scaleW, scaleH] =
      (['active', 'xi', 'x0', 'w', 'y0', 'h', 'bin', 'scaleW', 'scaleH'] as const).map(get);
    const [slope0, slope1] = [this.slope(f, get('raw0')), this.slope(f, get('raw1'))];
    const [d0, d1] = [slope0.d, slope1.d];
    const own = f.let(v128.load(at.column));
    const imageGradient = f.let(v128.and(mul(own, range), active));
    // The inverse's log-derivative is minus the forward one's at the same ξ.
    const given = v128.load(at.logDet);
    const gl = f.let(v128.and(direction === 'forward' ? given : lanes.neg(given), active));

    const { s, product, curvature, denominator, rise, bracket, eta } = this.curve(f, xi, w, h, d0, d1);
    const inverse = f.let(div(constant(1), denominator));
    const value = f.let(mul(rise, inverse));
    const gBracket = f.let(div(gl, bracket));
    const twist = f.let(sub(eta, xi));
    const glOverDenominator = f.let(mul(gl, inverse));
    // ∂ log-derivative / ∂ξ, times gl.
    const bend = sub(add(mul(d1, xi), mul(s, twist)), mul(d0, eta));
    const fromLog = f.let(
      sub(mul(add(f.let(bend), bend), gBracket), mul(mul(add(glOverDenominator, glOverDenominator), curvature), twist))
    );
    const steepness = f.let(mul(mul(mul(h, s), mul(inverse, inverse)), bracket)); // dy/dξ
    // gy: gradient of the curve's value y; where ξ solves y(ξ) = u, it moves with the parameters.
    const gy = direction === 'forward' ? imageGradient
      : f.let(lanes.neg(div(add(mul(imageGradient, w), fromLog), steepness)));

    const gRise = f.let(mul(mul(gy, h), inverse));
    const gDenominator = f.let(lanes.neg(add(mul(gRise, value), add(glOverDenominator, glOverDenominator))));
    const gCurvature = f.let(mul(gDenominator, product));
    const square = f.let(mul(xi, xi));
    const gD0 = f.let(add(add(mul(gRise, product), mul(gBracket, mul(eta, eta))), gCurvature));
    const gD1 = f.let(add(mul(gBracket, square), gCurvature));
    const twice = (a: V128): V128 => { const once = f.let(a); return add(once, once); };
    const gS = f.let(add(
      add(mul(gRise, square), twice(mul(gBracket, product))),
      add(sub(gDenominator, twice(gCurvature)), twice(div(gl, s)))
    ));
    const gH = f.let(add(mul(gy, value), div(gS, w)));
    const throughS = f.let(lanes.neg(div(mul(gS, s), w)));
    let gU: V128;
    let gX0: V128;
    let gW: V128;
    if (direction === 'forward') {
      const gXi = f.let(add(mul(gy, steepness), fromLog));
      gU = f.let(div(gXi, w));
      gX0 = f.let(lanes.neg(gU));
      gW = f.let(sub(throughS, mul(gU, xi)));
    } else {
      gU = f.let(lanes.neg(gy));
      gX0 = imageGradient;
      gW = f.let(add(throughS, mul(imageGradient, xi)));
    }
    const gY0 = gy;

    // Widths and heights are c · softmax + m; corners are sums of those before.
    const softmaxGradient =
      (first: number, corner: V128, size: V128, gCorner: V128, gSize: V128, scale: V128): void => {
      const share = 1 / (1 - bins * MINIMUM_BIN);
      const mean = f.let(mul(
        add(mul(gCorner, sub(corner, mul(bin, constant(MINIMUM_BIN)))), mul(gSize, sub(size, constant(MINIMUM_BIN)))),
        constant(share)
      ));
      for (let j = 0; j < bins; j++) {
        const here = constant(j);
        const direct = v128.or(v128.and(lanes.lt(here, bin), gCorner), v128.and(lanes.eq(here, bin), gSize));
        const place = (first + j) * row;
        f.do(v128.store(at.raw, mul(mul(v128.load(at.raw, place), scale), sub(direct, mean)), place));
      }
    };
    softmaxGradient(0, x0, w, gX0, gW, scaleW);
    softmaxGradient(bins, y0, h, gY0, gH, scaleH);
    const g0 = f.let(mul(gD0, slope0.derivative));
    const g1 = f.let(mul(gD1, slope1.derivative));
    const slots = splineParameterCount(bins, topology) - 2 * bins;
    for (let j = 0; j < slots; j++) {
      const [ofLower, ofUpper] =
        { line: [j + 1, j], interval: [j, j - 1], circle: [j, (j + bins - 1) % bins] }[topology];
      const sum = add(v128.and(lanes.eq(bin, constant(ofLower)), g0), v128.and(lanes.eq(bin, constant(ofUpper)), g1));
      f.do(v128.store(at.raw, sum, (2 * bins + j) * row));
    }
    f.do(v128.store(at.column, lanes.select(active, mul(gU, inverseRange), own)));
  }
}
