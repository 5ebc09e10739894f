/** Code that bends one vector of points, columns in → columns out, and adds the logarithm of the slope. */
import { v128, type V128 } from '../../engine/wasm/instructions.ts';
import { MINIMUM_BIN } from '../bijections/rationalQuadratic.ts';
import { affineOf } from './affine.ts';
import { fastExp } from './fastExp.ts';
import { SPLINE_STATE } from './layout.ts';
import type { SplineWriter, StateName } from './splineWriter.ts';

/** @param keep what `differentiate` reads */
export function bend(write: SplineWriter, keep: boolean): void {
  const { f, lanes, at, box: { origin, range, inverse }, kind: { bins, direction } } = write;
  const affine = affineOf(write, keep);
  const given = f.let(lanes.mul(lanes.sub(v128.load(at.column), origin), inverse));
  const u = affine.before(given);
  const inside = f.let(lanes.pmin(write.constant(1), lanes.pmax(write.constant(0), u)));
  const scaleW = softmax(write, 0);
  const scaleH = softmax(write, bins);
  const found = findBin(write, inside, scaleW, scaleH);
  const { x0, w, y0, h, raw0, raw1 } = found;
  const [d0, d1] = [write.slope(raw0).d, write.slope(raw1).d];
  const xi = direction === 'forward' ? f.let(lanes.div(lanes.sub(inside, x0), w))
    : inverseXi(write, inside, found, d0, d1);
  const { s, denominator, rise, bracket } = write.curve(xi, w, h, d0, d1);
  const ratio = f.let(lanes.div(s, denominator));
  const logDerivative = write.context.math.log(f, f.let(lanes.mul(lanes.mul(ratio, ratio), bracket))); // eq. 5
  const image = direction === 'forward'
    ? lanes.add(y0, lanes.div(lanes.mul(h, rise), denominator)) // eq. 4
    : lanes.add(x0, lanes.mul(xi, w));
  const moved = lanes.add(lanes.mul(affine.after(lanes.add(image, lanes.sub(u, inside))), range), origin);
  f.do(v128.store(at.column, moved, write.kind.dimension * write.row));
  const active = activeLanes(write, u, inside);
  const gain = f.let(affine.gain(v128.and(logDerivative, active)));
  const before = v128.load(at.logDet);
  f.do(v128.store(at.logDet, direction === 'forward' ? lanes.add(before, gain) : lanes.sub(before, gain)));
  if (!keep) return;
  const state: Readonly<Record<StateName, V128>> = { ...found, inside, active, xi, scaleW, scaleH };
  for (const name of SPLINE_STATE) write.setState(name, state[name]);
}

/**
 * Outside a line's box the map is the identity, exactly: all lanes but those. A NaN counts as inside, so that it shows.
 */
function activeLanes({ f, lanes, kind: { topology } }: SplineWriter, u: V128, inside: V128): V128 {
  const outside = f.let(v128.not(lanes.eq(u, inside)));
  return topology === 'line' ? f.let(v128.or(v128.not(outside), lanes.ne(u, u)))
    : f.let(lanes.eq(lanes.constant(0), lanes.constant(0)));
}

/** Softmax of the widths or heights from parameter `first` on, unnormalised, in place. @returns what it is scaled by */
function softmax(write: SplineWriter, first: number): V128 {
  const { f, lanes, context, kind: { bins } } = write;
  const largest = f.variable(write.raw(first));
  for (let j = 1; j < bins; j++) f.set(largest, lanes.pmax(largest.get, write.raw(first + j)));
  const total = f.variable(write.constant(0));
  for (let j = 0; j < bins; j++) {
    const e = f.let(fastExp(context, f, lanes.sub(write.raw(first + j), largest.get)));
    write.setRaw(first + j, e);
    f.set(total, lanes.add(total.get, e));
  }
  return f.let(lanes.div(write.constant(1 - bins * MINIMUM_BIN), total.get));
}

/** The bin that holds a point: its number, lower corner, size, and the raw slopes of its ends. */
type Bin = Readonly<Record<'bin' | 'x0' | 'w' | 'y0' | 'h' | 'raw0' | 'raw1', V128>>;

/** Walk the bins: the last one whose lower knot is not above the point is its own. */
function findBin(write: SplineWriter, inside: V128, scaleW: V128, scaleH: V128): Bin {
  const { f, lanes, kind: { bins, direction } } = write;
  const [searched, searchedScale, other] = direction === 'forward' ? [0, scaleW, bins] : [bins, scaleH, 0];
  const [bin, cornerSearched, cornerOther, sumSearched, sumOther] =
    Array.from({ length: 5 }, () => f.variable(write.constant(0)));
  for (let j = 1; j < bins; j++) {
    f.set(sumSearched, lanes.add(sumSearched.get, write.raw(searched + j - 1)));
    f.set(sumOther, lanes.add(sumOther.get, write.raw(other + j - 1)));
    const knot = lanes.add(lanes.mul(sumSearched.get, searchedScale), write.constant(j * MINIMUM_BIN));
    const passed = f.let(lanes.le(knot, inside));
    f.set(cornerSearched, lanes.select(passed, sumSearched.get, cornerSearched.get));
    f.set(cornerOther, lanes.select(passed, sumOther.get, cornerOther.get));
    f.set(bin, lanes.add(bin.get, v128.and(passed, write.constant(1))));
  }
  const smallest = f.let(lanes.mul(bin.get, write.constant(MINIMUM_BIN)));
  const [sumW, sumH] = direction === 'forward' ? [cornerSearched, cornerOther] : [cornerOther, cornerSearched];
  const x0 = f.let(lanes.add(lanes.mul(sumW.get, scaleW), smallest));
  const y0 = f.let(lanes.add(lanes.mul(sumH.get, scaleH), smallest));
  const selected = write.gather(bin.get);
  const w = f.let(lanes.add(lanes.mul(selected(write.rawAt(0)), scaleW), write.constant(MINIMUM_BIN)));
  const h = f.let(lanes.add(lanes.mul(selected(write.rawAt(bins)), scaleH), write.constant(MINIMUM_BIN)));
  return { bin: bin.get, x0, w, y0, h, ...endSlopes(write, bin.get, selected) };
}

/**
 * Of a line the outer slopes are 1, which is what a parameter of 0 gives; a circle's ends share one; an interval's are
 * free.
 */
function endSlopes(write: SplineWriter, bin: V128, selected: (offset: number) => V128): Pick<Bin, 'raw0' | 'raw1'> {
  const { f, lanes, row, kind: { bins, topology } } = write;
  const line = topology === 'line';
  const slopes = write.rawAt(2 * bins);
  const raw0 = f.let(line ? v128.and(selected(slopes - row), lanes.ne(bin, write.constant(0))) : selected(slopes));
  const raw1 = f.let(line
    ? v128.and(selected(slopes), lanes.ne(bin, write.constant(bins - 1)))
    : topology === 'interval' ? selected(slopes + row)
    : lanes.select(lanes.eq(bin, write.constant(bins - 1)), write.raw(2 * bins), selected(slopes + row)));
  return { raw0, raw1 };
}

/** Durkan et al. 2019, eqs. 6–8, divided by the bin's height. */
function inverseXi({ f, lanes }: SplineWriter, inside: V128, { y0, w, h }: Bin, d0: V128, d1: V128): V128 {
  const share = f.let(lanes.div(lanes.sub(inside, y0), h));
  const s = f.let(lanes.div(h, w));
  const b = f.let(lanes.sub(d0, lanes.mul(share, lanes.sub(lanes.add(d0, d1), lanes.add(s, s)))));
  const climb = f.let(lanes.mul(s, share));
  const square = lanes.add(lanes.mul(b, b), lanes.mul(lanes.constant(4), lanes.mul(lanes.sub(s, b), climb)));
  const discriminant = lanes.pmax(lanes.constant(0), square);
  return f.let(lanes.div(lanes.add(climb, climb), lanes.add(b, lanes.sqrt(discriminant))));
}
