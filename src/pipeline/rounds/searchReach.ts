/**
 * How narrow a well a search with so many rays would have found. A round bulk of unit deviation and a well with as much
 * mass, ω times as wide and ten deviations away, meet on a sphere; the share of directions that see it is its cap.
 */

const DISTANCE = 10;
/** Share of the rays through the basin that show it at one of their radii. */
const SEEN = 0.4;
/** Such a well is missed with a probability of exp(−3) = 5 %. */
const CERTAIN = 3;
const NARROWEST = 0.005;
const WIDEST = 0.95;
const SLICES = 1000;
const HALVINGS = 40;

/** ∫₀^θ sinⁿ φ dφ */
function sineIntegral(n: number, theta: number): number {
  let sum = 0;
  for (let i = 0; i < SLICES; i++) sum += Math.exp(n * Math.log(Math.sin(((i + 0.5) / SLICES) * theta)));
  return (sum * theta) / SLICES;
}

/** Share of the directions in d dimensions that lie within an angle of a given one. */
export const capShare = (d: number, theta: number): number =>
  sineIntegral(d - 2, theta) / sineIntegral(d - 2, Math.PI);

/** Angle under which the basin of a well of relative width ω is seen from the middle of the bulk. */
export function basinAngle(d: number, omega: number): number {
  // |x|²/2 − d log ω = |x − a|²/(2ω²): the sphere on which both laws are equal.
  const k = 1 / (omega * omega) - 1;
  const centre = DISTANCE / (omega * omega * k);
  const radius = Math.sqrt((2 * d * Math.log(1 / omega)) / k + (DISTANCE * DISTANCE) / (omega * omega * k * k));
  return radius >= centre ? Math.PI / 2 : Math.asin(radius / centre);
}

/** Rays that a well of relative width ω needs. */
export const raysFor = (d: number, omega: number): number => CERTAIN / (SEEN * capShare(d, basinAngle(d, omega)));

/**
 * The narrowest well, in deviations of the bulk, that random rays would have found in 19 of 20 runs.
 * @returns null where not even wide ones
 */
export function narrowestWell(d: number, rays: number): number | null {
  if (d < 2) return null;
  const isFound = (omega: number): boolean => rays >= raysFor(d, omega);
  if (!isFound(WIDEST)) return null;
  let [low, high] = [NARROWEST, WIDEST];
  if (isFound(low)) return low;
  for (let turn = 0; turn < HALVINGS; turn++) {
    const middle = 0.5 * (low + high);
    if (isFound(middle)) high = middle;
    else low = middle;
  }
  return high;
}
