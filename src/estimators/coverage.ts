/** Whether generated samples reach everywhere the references are: what an ESS cannot see. */
import { InputError } from '../errors.ts';
import { buildKdTree, hasNeighbourWithin, kthNeighbourDistance } from '../numerics/kdTree.ts';
import { spreadRows } from '../numerics/spreadRows.ts';
import { atOnce, type Steps } from '../pausing.ts';
import { wrapPoints, type Domain } from '../targets/domain.ts';

export interface NeighbourCoverageOptions {
  /** Which neighbour among the references sets a reference's radius; default 5. */
  readonly k?: number;
  /** References used, one at random in each of so many equal parts of the input; default 5000. */
  readonly maxReferences?: number;
  /** Generated points used, chosen in the same way; default 5000. More of them make the measure more lenient. */
  readonly maxGenerated?: number;
}

export interface NeighbourCoverage {
  /** Share of references with a generated point within their radius, in [0, 1]. */
  readonly value: number;
  /** What equal distributions would give on average at these sizes: slightly below 1. */
  readonly expected: number;
  readonly references: number;
  readonly generated: number;
  /** Points left out because a coordinate was not finite. */
  readonly nonFinite: number;
}

/**
 * Share of reference points that have a generated point no farther than their k-th nearest other reference.
 * Real coordinates are measured in standard deviations of the references, circles in those of a uniform circle, so the
 * figure does not depend on units.
 * @param references shape [m, d], samples of the target (PT) @param generated shape [n, d], unweighted
 * @throws InputError if either set is empty, has the wrong shape, or there are not more than k references
 * @see Naeem, Oh, Uh, Choi & Yoo 2020, "Reliable fidelity and diversity metrics for generative models", eqs. 4 and 6
 */
export function neighbourCoverage(
  references: Float64Array,
  generated: Float64Array,
  domain: Domain,
  options: NeighbourCoverageOptions = {},
): NeighbourCoverage {
  return atOnce(coverageSteps(references, generated, domain, options));
}

/** {@link neighbourCoverage} in steps. */
export function* coverageSteps(
  references: Float64Array,
  generated: Float64Array,
  domain: Domain,
  options: NeighbourCoverageOptions = {},
): Steps<NeighbourCoverage> {
  const { k = 5, maxReferences = 5000, maxGenerated = 5000 } = options;
  const d = domain.length;
  if (!Number.isInteger(k) || k < 1) throw new InputError(`neighbourCoverage: k must be an integer ≥ 1, got ${k}`);
  const reference = takeFinite(references, domain, maxReferences, 'reference');
  const candidate = takeFinite(generated, domain, maxGenerated, 'generated');
  const m = reference.points.length / d;
  const n = candidate.points.length / d;
  if (m <= k) throw new InputError(`neighbourCoverage: needs more than k = ${k} finite reference points, got ${m}`);
  const scales = coordinateScales(reference.points, domain);
  for (const points of [reference.points, candidate.points]) {
    for (let i = 0; i < points.length; i++) points[i] /= scales[i % d];
  }
  const periods = Float64Array.from(domain, (c, j) => (c.kind === 'torus' ? (c.high - c.low) / scales[j] : 0));
  const referenceTree = buildKdTree(reference.points, periods);
  const candidateTree = buildKdTree(candidate.points, periods);
  let covered = 0;
  for (let i = 0; i < m; i++) {
    const squaredRadius = kthNeighbourDistance(referenceTree, reference.points, i * d, k, i);
    if (hasNeighbourWithin(candidateTree, reference.points, i * d, squaredRadius)) covered += 1;
    yield;
  }
  // Naeem et al. 2020, eq. 10: 1 − Π (m − j) / (m + n − j), j = 1 … k.
  let missed = 1;
  for (let j = 1; j <= k; j++) missed *= (m - j) / (m + n - j);
  return {
    value: covered / m, expected: 1 - missed, references: m, generated: n,
    nonFinite: reference.nonFinite + candidate.nonFinite
  };
}

/** At most `limit` finite points from all parts of the input, wrapped into the domain; a copy. */
function takeFinite(
  points: Float64Array, domain: Domain, limit: number, name: string
): { points: Float64Array; nonFinite: number } {
  const d = domain.length;
  const n = points.length / d;
  if (n === 0 || !Number.isInteger(n)) {
    throw new InputError(`neighbourCoverage: needs ${name} points of dimension ${d}, got ${points.length} numbers`);
  }
  if (!(limit >= 1)) throw new InputError(`neighbourCoverage: the limit of ${name} points must be ≥ 1, got ${limit}`);
  const count = Math.min(n, Math.floor(limit));
  const taken = new Float64Array(count * d);
  let kept = 0;
  for (const row of spreadRows(n, count)) {
    const point = points.subarray(row * d, (row + 1) * d);
    if (!point.every((value) => Number.isFinite(value))) continue;
    taken.set(point, kept * d);
    kept += 1;
  }
  wrapPoints(domain, taken, kept);
  return { points: taken.slice(0, kept * d), nonFinite: count - kept };
}

/** Standard deviation per real coordinate of the references, period/√12 per circle; 1 where there is no spread. */
function coordinateScales(points: Float64Array, domain: Domain): Float64Array {
  const d = domain.length;
  const n = points.length / d;
  return Float64Array.from(domain, (coordinate, j) => {
    if (coordinate.kind === 'torus') return (coordinate.high - coordinate.low) / Math.sqrt(12);
    let mean = 0;
    for (let i = j; i < points.length; i += d) mean += points[i] / n;
    let variance = 0;
    for (let i = j; i < points.length; i += d) variance += (points[i] - mean) ** 2 / n;
    return variance > 0 ? Math.sqrt(variance) : 1;
  });
}

/**
 * The smallest ratio of a mode's mass to its reference mass: 0 when a mode is missed, at most 1 when both sum to one.
 * @param masses shape [m] @param referenceMasses shape [m]; modes of no reference mass are passed over
 * @throws InputError if the lengths differ or no reference mass is positive
 */
export function modeCoverage(masses: ArrayLike<number>, referenceMasses: ArrayLike<number>): number {
  if (masses.length !== referenceMasses.length) {
    throw new InputError(
      `modeCoverage: needs as many masses as reference masses (${referenceMasses.length}), got ${masses.length}`
    );
  }
  let smallest = Infinity;
  for (let i = 0; i < masses.length; i++) {
    if (referenceMasses[i] > 0) smallest = Math.min(smallest, masses[i] / referenceMasses[i]);
  }
  if (smallest === Infinity) throw new InputError('modeCoverage: no reference mass is positive');
  return smallest;
}
