/**
 * Code for the way back through a spline, of one vector of points: from the gradients of the bent column and of the
 * log-determinant those of the column before and of the conditioner's outputs. Closed forms, of the selected bin alone.
 */
import { v128, type V128 } from '../../engine/wasm/instructions.ts';
import { affineGradientOf } from './affine.ts';
import { MINIMUM_BIN, splineParameterCount } from '../bijections/rationalQuadratic.ts';
import type { Curve, SplineWriter } from './splineWriter.ts';

/** What `bend` kept of the selected bin. */
type Kept = Readonly<Record<'active' | 'xi' | 'x0' | 'w' | 'y0' | 'h' | 'bin' | 'scaleW' | 'scaleH', V128>>;

export function differentiate(write: SplineWriter): void {
  const { f, lanes, at, box: { range }, kind: { bins, direction } } = write;
  const { mul } = lanes;
  const [active, xi, x0, w, y0, h, bin, scaleW, scaleH] =
    (['active', 'xi', 'x0', 'w', 'y0', 'h', 'bin', 'scaleW', 'scaleH'] as const).map((name) => write.state(name));
  const kept: Kept = { active, xi, x0, w, y0, h, bin, scaleW, scaleH };
  const [slope0, slope1] = [write.slope(write.state('raw0')), write.slope(write.state('raw1'))];
  const own = f.let(v128.load(at.column));
  const given = v128.load(at.logDet);
  const affine = affineGradientOf(write, { own, given, active });
  const ofImage = affine.before(mul(own, range));
  const imageGradient = f.let(v128.and(ofImage, active));
  // The inverse's log-derivative is minus the forward one's at the same ξ.
  const gl = f.let(v128.and(direction === 'forward' ? given : lanes.neg(given), active));

  const byCurve = throughCurve(write, kept, slope0.d, slope1.d, imageGradient, gl);
  const { gU, gX0, gW, gH } = throughCorners(write, kept, byCurve, imageGradient);
  const gY0 = byCurve.gy;
  softmaxGradient(write, bin, { first: 0, corner: x0, size: w, gCorner: gX0, gSize: gW, scale: scaleW });
  softmaxGradient(write, bin, { first: bins, corner: y0, size: h, gCorner: gY0, gSize: gH, scale: scaleH });
  const g0 = f.let(mul(byCurve.gD0, slope0.derivative));
  const g1 = f.let(mul(byCurve.gD1, slope1.derivative));
  slopeGradients(write, bin, g0, g1);
  f.do(v128.store(at.column, affine.after(gU)));
}

/** Gradients by what the curve of the bin is made of, and what those by its corners are made of. */
interface CurveGradients {
  /** By the curve's value y. */
  readonly gy: V128;
  /** By the slopes at the ends of the bin. */
  readonly gD0: V128;
  readonly gD1: V128;
  /** By the bin's slope s = h/w, itself. */
  readonly gS: V128;
  readonly s: V128;
  /** y less its lower corner, in units of h. */
  readonly value: V128;
  /** dy/dξ */
  readonly steepness: V128;
  /** By ξ, through the log-derivative. */
  readonly fromLog: V128;
}

/** @param gl gradient by the log-derivative */
function throughCurve(
  write: SplineWriter, { xi, w, h }: Kept, d0: V128, d1: V128, imageGradient: V128, gl: V128
): CurveGradients {
  const { f, lanes } = write;
  const { add, sub, mul, div } = lanes;
  const curve = write.curve(xi, w, h, d0, d1);
  const { s, curvature, denominator, rise, bracket, eta } = curve;
  const inverse = f.let(div(write.constant(1), denominator));
  const value = f.let(mul(rise, inverse));
  const gBracket = f.let(div(gl, bracket));
  const twist = f.let(sub(eta, xi));
  const glOverDenominator = f.let(mul(gl, inverse));
  // ∂ log-derivative / ∂ξ, times gl.
  const bend = sub(add(mul(d1, xi), mul(s, twist)), mul(d0, eta));
  const fromLog = f.let(
    sub(mul(add(f.let(bend), bend), gBracket), mul(mul(add(glOverDenominator, glOverDenominator), curvature), twist))
  );
  const steepness = f.let(mul(mul(mul(h, s), mul(inverse, inverse)), bracket));
  // Where ξ solves y(ξ) = u, it moves with the parameters.
  const gy = write.kind.direction === 'forward' ? imageGradient
    : f.let(lanes.neg(div(add(mul(imageGradient, w), fromLog), steepness)));
  const gRise = f.let(mul(mul(gy, h), inverse));
  const gDenominator = f.let(lanes.neg(add(mul(gRise, value), add(glOverDenominator, glOverDenominator))));
  const bySlopes = throughSlopes(write, xi, curve, { gl, gRise, gDenominator, gBracket });
  return { gy, s, value, steepness, fromLog, ...bySlopes };
}

/** From the gradients by the terms of a curve to those by its slopes. */
function throughSlopes(
  { f, lanes: { add, sub, mul, div } }: SplineWriter, xi: V128, { s, product, eta }: Curve,
  { gl, gRise, gDenominator, gBracket }: Readonly<Record<'gl' | 'gRise' | 'gDenominator' | 'gBracket', V128>>
): Pick<CurveGradients, 'gD0' | 'gD1' | 'gS'> {
  const gCurvature = f.let(mul(gDenominator, product));
  const square = f.let(mul(xi, xi));
  const gD0 = f.let(add(add(mul(gRise, product), mul(gBracket, mul(eta, eta))), gCurvature));
  const gD1 = f.let(add(mul(gBracket, square), gCurvature));
  const twice = (a: V128): V128 => { const once = f.let(a); return add(once, once); };
  const gS = f.let(add(
    add(mul(gRise, square), twice(mul(gBracket, product))),
    add(sub(gDenominator, twice(gCurvature)), twice(div(gl, s)))
  ));
  return { gD0, gD1, gS };
}

/** Gradients by the point u, by the bin's corner x0 and by its size. */
function throughCorners(
  { f, lanes, kind: { direction } }: SplineWriter, { xi, w }: Kept,
  { gy, gS, s, value, steepness, fromLog }: CurveGradients, imageGradient: V128
): Readonly<Record<'gU' | 'gX0' | 'gW' | 'gH', V128>> {
  const { add, sub, mul, div } = lanes;
  const gH = f.let(add(mul(gy, value), div(gS, w)));
  const throughS = f.let(lanes.neg(div(mul(gS, s), w)));
  if (direction === 'forward') {
    const gXi = f.let(add(mul(gy, steepness), fromLog));
    const gU = f.let(div(gXi, w));
    const gX0 = f.let(lanes.neg(gU));
    return { gU, gX0, gW: f.let(sub(throughS, mul(gU, xi))), gH };
  }
  const gU = f.let(lanes.neg(gy));
  return { gU, gX0: imageGradient, gW: f.let(add(throughS, mul(imageGradient, xi))), gH };
}

/** Widths and heights are c · softmax + m; corners are sums of those before. In place of the softmax. */
function softmaxGradient(
  write: SplineWriter, bin: V128, { first, corner, size, gCorner, gSize, scale }: {
    /** Of the parameters. */
    readonly first: number;
  } & Readonly<Record<'corner' | 'size' | 'gCorner' | 'gSize' | 'scale', V128>>
): void {
  const { f, lanes, kind: { bins } } = write;
  const { add, sub, mul } = lanes;
  const share = 1 / (1 - bins * MINIMUM_BIN);
  const ofCorner = mul(gCorner, sub(corner, mul(bin, write.constant(MINIMUM_BIN))));
  const ofSize = mul(gSize, sub(size, write.constant(MINIMUM_BIN)));
  const mean = f.let(mul(add(ofCorner, ofSize), write.constant(share)));
  for (let j = 0; j < bins; j++) {
    const here = write.constant(j);
    const direct = v128.or(v128.and(lanes.lt(here, bin), gCorner), v128.and(lanes.eq(here, bin), gSize));
    write.setRaw(first + j, mul(mul(write.raw(first + j), scale), sub(direct, mean)));
  }
}

/** A slope's parameter serves two bins: as the upper end of one and as the lower end of the next. */
function slopeGradients(write: SplineWriter, bin: V128, g0: V128, g1: V128): void {
  const { lanes, kind: { bins, topology } } = write;
  const slots = splineParameterCount(bins, topology) - 2 * bins;
  for (let j = 0; j < slots; j++) {
    const [ofLower, ofUpper] =
      { line: [j + 1, j], interval: [j, j - 1], circle: [j, (j + bins - 1) % bins] }[topology];
    const lower = v128.and(lanes.eq(bin, write.constant(ofLower)), g0);
    const upper = v128.and(lanes.eq(bin, write.constant(ofUpper)), g1);
    write.setRaw(2 * bins + j, lanes.add(lower, upper));
  }
}
