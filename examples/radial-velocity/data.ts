/**
 * Makes data.csv: 200 radial velocities of a star with one planet, from a seed.
 * Run: node --import tsx examples/radial-velocity/data.ts
 */
import { writeFileSync } from 'node:fs';
import { fillNormal, fillUniform, foldIn, keyFromSeed } from 'jeffreys-flow';
import { cholesky } from './linearAlgebra.ts';
import { campaigns, covarianceMatrix, middle } from './model.ts';
import { velocity } from './orbit.ts';

export const observations = 200;

/** What the velocities are made with; angles are in radians. */
export const truth = {
  seed: 2, period: 41.3, semiAmplitude: 2.4, eccentricity: 0.2, argument: 0.9, anomaly: 2.1, offset: 1.2, jitter: 0.5,
};

/** Irregular times within the campaigns, ascending, rounded as they are written. */
function timesOf(seed: number): Float64Array {
  const draws = new Float64Array(observations);
  fillUniform(foldIn(keyFromSeed(seed), 'times'), 0, draws);
  const { count, length, every } = campaigns;
  const times = draws.map((u) => {
    const campaign = Math.floor(u * count);
    return Math.round(1e3 * (campaign * every + (u * count - campaign) * length)) / 1e3;
  });
  return times.sort();
}

/** The table, as text: days and m/s. @param options what of the truth is another */
export function makeData(options: Partial<typeof truth> = {}): string {
  const { seed, offset, jitter, ...planet } = { ...truth, ...options };
  const times = timesOf(seed);
  const n = times.length;
  const L = cholesky(covarianceMatrix(times, jitter), n);
  const noise = new Float64Array(n);
  fillNormal(foldIn(keyFromSeed(seed), 'noise'), 0, noise);
  const rows = Array.from(times, (t, i) => {
    const correlated = noise.subarray(0, i + 1).reduce((sum, z, j) => sum + L[i * n + j] * z, 0);
    return `${t.toFixed(3)},${(offset + velocity(planet, t - middle) + correlated).toFixed(4)}`;
  });
  return `${['time,velocity', ...rows].join('\n')}\n`;
}

if (process.argv[1]?.endsWith('data.ts') === true) writeFileSync(new URL('./data.csv', import.meta.url), makeData());
