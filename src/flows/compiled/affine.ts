/**
 * What stands beside the spline of an affine coupling (bijections/affine.ts), in units of the box: code for the map of
 * one vector of points, and for the way back through it. Without such couplings none is written.
 */
import type { V128 } from '../../engine/wasm/instructions.ts';
import { FARTHEST, LARGEST_LOG_SCALE, SHIFT_UNIT } from '../bijections/affine.ts';
import { splineParameterCount } from '../bijections/rationalQuadratic.ts';
import { fastExp } from './fastExp.ts';
import type { SplineWriter } from './splineWriter.ts';

/** Call its functions in this order. */
export interface AffineCode {
  /** Point in units of the box → what the spline takes, as a variable. */
  readonly before: (given: V128) => V128;
  /** What the spline gives → image in units of the box. */
  readonly after: (image: V128) => V128;
  /** Logarithm of the slope of spline and affine map, from base to target. */
  readonly gain: (ofSpline: V128) => V128;
}

/** Gradients by what the layer takes from those by what it gives. Call its functions in this order. */
export interface AffineGradient {
  /** By the image in units of the box → by the spline's image. */
  readonly before: (ofImage: V128) => V128;
  /** By the point that the spline takes → by the column. */
  readonly after: (ofPoint: V128) => V128;
}

/** The affine parameters follow the spline's. */
const firstOf = ({ kind: { bins, topology } }: SplineWriter): number => splineParameterCount(bins, topology);

/** @param keep what {@link affineGradientOf} reads */
export function affineOf(write: SplineWriter, keep: boolean): AffineCode {
  const { topology, coupling } = write.kind;
  if (coupling === 'affine' && topology === 'line') return scaleAndShift(write, keep);
  if (coupling === 'affine' && topology === 'circle') return rotation(write);
  return { before: (given) => write.f.let(given), after: (image) => image, gain: (ofSpline) => ofSpline };
}

/** 1 / √(1 + (raw/b)²): s = raw times it, and its cube is ds/draw. */
function slack({ f, lanes }: SplineWriter, raw: V128): V128 {
  const share = f.let(lanes.mul(raw, lanes.constant(1 / LARGEST_LOG_SCALE)));
  return f.let(lanes.div(lanes.constant(1), lanes.sqrt(lanes.add(lanes.mul(share, share), lanes.constant(1)))));
}

function scaleAndShift(write: SplineWriter, keep: boolean): AffineCode {
  const { f, lanes, context, kind: { direction } } = write;
  const { add, sub, mul } = lanes;
  const forward = direction === 'forward';
  const first = firstOf(write);
  const forScale = f.let(write.raw(first));
  const s = f.let(mul(forScale, slack(write, forScale)));
  const half = write.constant(0.5);
  const shift = (): V128 => mul(write.raw(first + 1), write.constant(SHIFT_UNIT.line));
  // Beyond, gradients by s are those of the bound, while the array program's have none: either is of no use there.
  const withinReach = (u: V128): V128 =>
    lanes.min(lanes.max(u, write.constant(-FARTHEST)), write.constant(FARTHEST));
  const scale = (): V128 => f.let(fastExp(context, f, forward ? s : lanes.neg(s)));
  const kept = (centred: V128, by: V128): void => {
    if (!keep) return;
    write.setState('centred', centred);
    write.setState('scale', by);
  };
  return {
    before: (given) => {
      if (forward) return f.let(add(given, half));
      const by = scale();
      const centred = f.let(withinReach(mul(sub(given, shift()), by)));
      kept(centred, by);
      return f.let(add(centred, half));
    },
    after: (image) => {
      const centred = f.let(sub(image, half));
      if (!forward) return centred;
      const by = scale();
      kept(centred, by);
      return add(withinReach(mul(centred, by)), shift());
    },
    gain: (ofSpline) => add(ofSpline, s),
  };
}

/** A circle's turn by the angle t, wrapped round. */
function rotation(write: SplineWriter): AffineCode {
  const { f, lanes, kind: { direction } } = write;
  const turned = (u: V128): V128 => {
    const turn = lanes.mul(write.raw(firstOf(write)), write.constant(SHIFT_UNIT.circle));
    const at = f.let(direction === 'forward' ? lanes.add(u, turn) : lanes.sub(u, turn));
    return f.let(lanes.sub(at, lanes.floor(at)));
  };
  return {
    before: (given) => (direction === 'forward' ? f.let(given) : turned(given)),
    after: (image) => (direction === 'forward' ? turned(image) : image),
    gain: (ofSpline) => ofSpline,
  };
}

/** What the way back starts from. */
export interface Incoming {
  /** Gradient by the column that the layer gave. */
  readonly own: V128;
  /** Gradient by the log-determinant. */
  readonly given: V128;
  /** Lanes whose points lie in the box. */
  readonly active: V128;
}

export function affineGradientOf(write: SplineWriter, incoming: Incoming): AffineGradient {
  const { lanes, box, kind: { topology, coupling } } = write;
  const { own, active } = incoming;
  if (coupling === 'affine' && topology === 'line') return scaleGradient(write, incoming);
  const plain: AffineGradient = {
    before: (ofImage) => ofImage,
    after: (ofPoint) => lanes.select(active, lanes.mul(ofPoint, box.inverse), own),
  };
  return coupling === 'affine' && topology === 'circle' ? rotationGradient(write, plain) : plain;
}

function scaleGradient(write: SplineWriter, { given, active }: Incoming): AffineGradient {
  const { f, lanes, box, kind: { direction } } = write;
  const { add, mul, neg, select } = lanes;
  const first = firstOf(write);
  const centred = write.state('centred');
  const by = write.state('scale');
  const unit = write.constant(SHIFT_UNIT.line);
  /** From the gradients by s and by t in units of the box. */
  const parameters = (byScale: V128, byShift: V128): void => {
    const slope = slack(write, f.let(write.raw(first)));
    write.setRaw(first, mul(byScale, mul(slope, mul(slope, slope))));
    write.setRaw(first + 1, mul(byShift, unit));
  };
  let outside: V128;
  return {
    before: (ofImage) => {
      const image = f.let(ofImage);
      outside = direction === 'forward' ? f.let(mul(image, by)) : image;
      if (direction === 'forward') parameters(add(mul(outside, centred), given), image);
      return outside;
    },
    after: (ofPoint) => {
      const point = f.let(select(active, ofPoint, outside));
      if (direction === 'forward') return mul(point, box.inverse);
      const moved = f.let(mul(point, by));
      parameters(neg(add(mul(point, centred), given)), neg(moved));
      return mul(moved, box.inverse);
    },
  };
}

function rotationGradient(write: SplineWriter, plain: AffineGradient): AffineGradient {
  const { f, lanes, kind: { direction } } = write;
  const turn = (byTurned: V128): V128 => {
    const gradient = f.let(byTurned);
    const unit = write.constant(direction === 'forward' ? SHIFT_UNIT.circle : -SHIFT_UNIT.circle);
    write.setRaw(firstOf(write), lanes.mul(gradient, unit));
    return gradient;
  };
  return {
    before: (ofImage) => (direction === 'forward' ? turn(ofImage) : ofImage),
    after: (ofPoint) => plain.after(direction === 'forward' ? ofPoint : turn(ofPoint)),
  };
}
