/**
 * What a coupling of scale and shift does beside its spline, given the other coordinates: of a line y = eˢ z + t about
 * the middle of the box, of a circle a rotation by t, of an interval nothing. Splines alone live in one box for all
 * conditions; with eˢ they see a coordinate whose scale depends on others in its own units. At s = t = 0 the identity.
 *
 * Points are in units of the box: from −½ to ½ on a line, from 0 to 1 on a circle.
 */
import { held, withChange } from '../../engine/derivative.ts';
import { np, type Array } from '../../engine/numpy.ts';
import type { Direction, Topology } from './rationalQuadratic.ts';

/** Parameters per coordinate: s and t of a line, t of a circle. */
export const affineParameterCount = (topology: Topology): number => ({ line: 2, interval: 0, circle: 1 })[topology];

/** |s| stays below this. */
export const LARGEST_LOG_SCALE = 8;
/**
 * No point is taken to lie farther from the middle, in units of the box: layers together may stretch one that is far
 * from all samples until float32 overflows, and what follows is no number. The density there is zero either way.
 */
export const FARTHEST = 1e17;
/** What t counts in, as a share of the box: of a line one deviation, where the box has five each way. */
export const SHIFT_UNIT = { line: 1 / 10, circle: 1 / (2 * Math.PI) } as const;

/** x / √(1 + (x/b)²): like x near 0, within ± b everywhere. */
export function bounded(x: Array, bound = LARGEST_LOG_SCALE): Array {
  const still = held(x);
  const slope = np.reciprocal(np.sqrt(np.square(still.div(bound)).add(1)));
  return withChange(still.mul(slope), [x], (change) => change.mul(slope.mul(np.square(slope))));
}

/** Within ± {@link FARTHEST}; the derivative is that of what has no bounds. */
const withinReach = (u: Array): Array =>
  withChange(np.minimum(np.maximum(held(u), -FARTHEST), FARTHEST), [u], (change) => change);

/**
 * @param u points [n, B] @param parameters [n, affineParameterCount(topology), B], unconstrained
 * @returns the images [n, B], and the logarithm of the map's derivative, [n, B]
 */
export function conditionalAffine(
  u: Array, parameters: Array, topology: 'line' | 'circle', direction: Direction
): [Array, Array] {
  const row = (raw: Array): Array => raw.reshape(u.shape);
  if (topology === 'circle') {
    const turn = row(parameters).mul(SHIFT_UNIT.circle);
    const turned = direction === 'forward' ? u.add(turn) : u.sub(turn);
    return [turned.sub(np.floor(held(turned))), np.zeros(u.shape)];
  }
  const [forScale, forShift] = np.split(parameters, [1], 1).map(row);
  const s = bounded(forScale);
  const t = forShift.mul(SHIFT_UNIT.line);
  return direction === 'forward' ? [withinReach(u.mul(np.exp(s))).add(t), s]
    : [withinReach(u.sub(t).mul(np.exp(s.neg()))), s.neg()];
}
