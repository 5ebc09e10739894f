/** Whether the particles of a stage reach everywhere tempering's samples of its λ are. */
import type { Key } from '../engine/random.ts';
import { modeCoverage, neighbourCoverage } from '../estimators/coverage.ts';
import { modeMasses } from '../estimators/modeMass.ts';
import type { StageSummary } from '../records/record.ts';
import type { Target } from '../targets/target.ts';
import { modeLabels } from '../targets/pointValues.ts';
import { equallyWeighted, type Particles } from '../samplers/particles.ts';

/** A mode with less than this mass in tempering's samples is too small to be judged by them. */
const LEAST_MASS = 1e-3;
/** Equally weighted points drawn for the neighbours. */
const POINTS = 5000;

/** @param reference tempering's samples at the stage's λ [m, d] */
export function stageCoverage(target: Target, reference: Float64Array, particles: Particles, key: Key): StageSummary[
  'coverage'
] {
  const { modes, domain } = target;
  if (modes === undefined) {
    const { value } = neighbourCoverage(reference, equallyWeighted(particles, POINTS, 'systematic', key), domain);
    return { kind: 'neighbours', value: Number.isFinite(value) ? value : null };
  }
  const count = modes.names.length;
  const masses = (points: Float64Array, logWeights: Float64Array | null): number[] =>
    modeMasses(modeLabels(target, points, modes.assign), count, logWeights).masses.map(({ value }) => value);
  const expected = masses(reference, null).map((mass) => (mass >= LEAST_MASS ? mass : 0));
  if (expected.every((mass) => mass === 0)) return { kind: 'modes', value: null };
  return { kind: 'modes', value: modeCoverage(masses(particles.points, particles.logWeights), expected) };
}
