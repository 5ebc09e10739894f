/**
 * One planet in the radial velocity of an active star: a Keplerian orbit under correlated noise. The quasi-periodic
 * covariance (Haywood et al. 2014, MNRAS 443, 2517) is known up to a jitter s² on its diagonal, so that it is
 * diagonalised once, K = Q diag(λ) Qᵀ, and U = ½ Σ (Qᵀr)²/(λ + s²) + ½ Σ log(λ + s²) + priors.
 *
 * The seven parameters: log of the period (days), log of the semi-amplitude (m/s), logit of the eccentricity, argument
 * of the periastron, mean anomaly at time 0, systemic velocity, log of the jitter.
 */
import { np, type Array as NpArray } from '../../engine/numpy.ts';
import { fillNormal, foldIn, keyFromSeed, uniform } from '../../engine/random.ts';
import { symmetricEigen } from '../../numerics/symmetricEigen.ts';
import { defineTarget } from '../../targets/target.ts';
import type { ArrayEnergy } from './arrayEnergy.ts';

const DIMENSION = 7;
/** Converges to rounding for eccentricities up to 0.7 or so, from E = M + e sin M. */
const NEWTON_STEPS = 6;
/** Days over which the star is observed. */
const SPAN = 400;
/** m/s of the activity and of a single measurement; days of the star's rotation and of its spots' lives. */
const [ACTIVITY, MEASUREMENT, ROTATION, LIFETIME] = [3, 1, 24.5, 60];
/** Of the periodic part, in radians of half a rotation. */
const ROUGHNESS = 0.6;

const MEANS = [Math.log(41), Math.log(8), -1, 0.7, 1.2, 0, 0];
/** Priors are normal, wide beside what the data leave. */
const DEVIATIONS = [0.5, 1, 1, 2, 2, 10, 1];
/** What the data leave, roughly. */
const SPREADS = [0.003, 0.08, 0.25, 0.2, 0.2, 0.6, 0.2];
const key = keyFromSeed(200);

function normals(stream: number, size: number): Float64Array {
  const values = new Float64Array(size);
  fillNormal(foldIn(key, stream), 0, values);
  return values;
}

function covariance(times: Float64Array): Float64Array {
  const n = times.length;
  return Float64Array.from({ length: n * n }, (_, k) => {
    const [i, j] = [Math.floor(k / n), k % n];
    const apart = times[i] - times[j];
    const periodic = Math.sin((Math.PI * apart) / ROTATION) / ROUGHNESS;
    return ACTIVITY ** 2 * Math.exp(-(apart ** 2) / (2 * LIFETIME ** 2) - periodic ** 2 / 2)
      + (i === j ? MEASUREMENT ** 2 : 0);
  });
}

/** Velocity of the star at the given times. */
function orbit(x: readonly NpArray[], times: NpArray): NpArray {
  const [logPeriod, logAmplitude, logitEccentricity, periastron, phase, systemic] = x;
  const e = np.reciprocal(np.exp(logitEccentricity.neg()).add(1));
  const meanAnomaly = times.mul(np.exp(logPeriod.neg()).mul(2 * Math.PI)).add(phase);
  let anomaly = meanAnomaly.add(e.mul(np.sin(meanAnomaly)));
  for (let step = 0; step < NEWTON_STEPS; step++) {
    const excess = anomaly.sub(e.mul(np.sin(anomaly))).sub(meanAnomaly);
    anomaly = anomaly.sub(excess.div(np.subtract(1, e.mul(np.cos(anomaly)))));
  }
  const cosine = np.cos(anomaly);
  const distance = np.subtract(1, e.mul(cosine));
  const cosineTrue = cosine.sub(e).div(distance);
  const sineTrue = np.sqrt(np.subtract(1, np.square(e))).mul(np.sin(anomaly)).div(distance);
  const turned = np.cos(periastron).mul(cosineTrue.add(e)).sub(np.sin(periastron).mul(sineTrue));
  return np.exp(logAmplitude).mul(turned).add(systemic);
}

/** Velocities of the orbit that {@link MEANS} describes, solved on plain numbers. */
function sampleOrbit(times: Float64Array): Float64Array {
  const [logPeriod, logAmplitude, logitEccentricity, periastron, phase, systemic] = MEANS;
  const e = 1 / (1 + Math.exp(-logitEccentricity));
  return times.map((time) => {
    const meanAnomaly = 2 * Math.PI * time * Math.exp(-logPeriod) + phase;
    let anomaly = meanAnomaly;
    for (let step = 0; step < 50; step++) anomaly = meanAnomaly + e * Math.sin(anomaly);
    const angle = 2 * Math.atan2(Math.sqrt(1 + e) * Math.sin(anomaly / 2), Math.sqrt(1 - e) * Math.cos(anomaly / 2));
    return Math.exp(logAmplitude) * (Math.cos(angle + periastron) + e * Math.cos(periastron)) + systemic;
  });
}

/** @param count points of data */
export function radialVelocity(count = 200): ArrayEnergy {
  const times = Float64Array.from({ length: count }, (_, i) => (SPAN / count) * (i + 0.8 * uniform(key, i)));
  const { values: eigenvalues, vectors } = symmetricEigen(covariance(times), count);
  const scaled = normals(0, count).map((z, k) => Math.sqrt(eigenvalues[k] + Math.exp(2 * MEANS[6])) * z);
  const velocities = sampleOrbit(times)
    .map((velocity, i) => velocity + scaled.reduce((sum, z, k) => sum + z * vectors[k * count + i], 0));
  const target = defineTarget({
    name: count === 200 ? 'radial-velocity' : `radial-velocity-${count}`,
    description: `a Keplerian orbit under quasi-periodic noise, ${count} velocities`,
    dimension: DIMENSION,
    energy: (x) => {
      const residuals = np.array(velocities).sub(orbit([0, 1, 2, 3, 4, 5].map((j) => x.slice(j)), np.array(times)));
      const projected = np.matmul(np.array(vectors).reshape([count, count]), residuals);
      const variances = np.array(eigenvalues).add(np.exp(x.slice(6).mul(2)));
      const fit = np.square(projected).div(variances).add(np.log(variances)).sum();
      const prior = np.square(x.sub(np.array(MEANS)).div(np.array(DEVIATIONS))).sum();
      return fit.add(prior).mul(0.5);
    },
    box: MEANS.map((mean, j) => [mean - 6 * DEVIATIONS[j], mean + 6 * DEVIATIONS[j]] as const),
  });
  return {
    target,
    points: (n) => normals(1, n * DIMENSION).map((z, k) => MEANS[k % DIMENSION] + SPREADS[k % DIMENSION] * z),
    constants: {
      count, newtonSteps: NEWTON_STEPS, times, velocities, eigenvalues, vectors, means: MEANS, deviations: DEVIATIONS,
    },
  };
}
