/**
 * Classical distillation: samples of the classical particle, which cost next to nothing, become training samples of the
 * ring.
 * They are the centroids; all other modes are independent Gaussians, between those of the harmonic reference and of
 * free particles.
 */
import { fillNormalRows } from '../engine/simd/rows.ts';
import { foldIn, type Key } from '../engine/random.ts';
import { compileEnergy } from '../targets/compile.ts';
import type { EnergyEvaluator } from '../targets/energyEvaluator.ts';
import { pathEvaluator } from '../targets/path.ts';
import type { PathIntegral } from '../targets/pathIntegral.ts';
import { modeScales } from '../targets/ringPolymer.ts';
import type { Target } from '../targets/target.ts';
import type { Surroundings } from './journal.ts';
import { poolPath, type Pool } from './pathSamples.ts';
import { runPathTempering, type PathTempering } from './samplingPhase.ts';
import type { Settings } from './settings.ts';

export interface ClassicalSamples extends Pick<PathTempering, 'summary' | 'warnings'> {
  /** Of the classical particle along its path from the centroid's base. */
  readonly pool: Pool;
  /** Training samples of the ring along its own path, with their energies. */
  readonly rings: Pick<Pool, 'sample' | 'effectiveSize'>;
}

export interface ClassicalOptions {
  readonly target: Target;
  readonly pathIntegral: PathIntegral;
  /** Of the ring's low modes. */
  readonly energy: EnergyEvaluator;
  readonly settings: Settings;
  readonly key: Key;
  readonly surroundings: Surroundings;
}

/** Folder of the classical particle's tempering, and of the ladder that is trained on it. */
export const CLASSICAL_PART = 'classical';

export async function runClassical(
  { target, pathIntegral, energy, settings, key, surroundings }: ClassicalOptions
): Promise<ClassicalSamples> {
  const { classical } = pathIntegral;
  const { path, summary, warnings } = await runPathTempering({
    target: classical, energy: compileEnergy(classical), key: foldIn(key, 'classical'),
    settings: { ...settings, generator: 'flow', path: 'interpolation' },
    surroundings: { ...surroundings, journal: surroundings.journal.part(CLASSICAL_PART) },
  });
  const pool = poolPath(path, classical.base, settings.heldOut);
  const sample: Pool['sample'] = (lambda, n, held, sampleKey) => {
    const centroids = pool.sample(lambda, n, held, foldIn(sampleKey, 'centroids')).samples;
    const samples = ringsAround(centroids, pathIntegral, settings.modeSpread * lambda, foldIn(sampleKey, 'modes'));
    const energies = new Float64Array(n);
    pathEvaluator(target.base, energy, lambda).energies(samples, n, energies);
    return { samples, energies };
  };
  return { summary, warnings, pool, rings: { sample, effectiveSize: (lambda) => pool.effectiveSize(lambda) } };
}

/** Low modes [n, K·p] with given centroids [n, p]. @param spread in [0, 1]: reference to free */
function ringsAround(
  centroids: Float64Array, { particle, dimension: p, beads, modes }: PathIntegral, spread: number, key: Key
): Float64Array {
  const n = centroids.length / p;
  const rings = new Float64Array(n * modes * p);
  const width = (modes - 1) * p;
  const normals = new Float64Array(n * width);
  if (width > 0) fillNormalRows(key, 0, n, width, normals);
  const scales = new Float64Array(width);
  for (let a = 0; a < p; a++) modeScales(particle, beads, a).logRatios.slice(1, modes)
    .forEach((ratio, k) => { scales[k * p + a] = Math.exp(spread * ratio); });
  for (let i = 0; i < n; i++) {
    for (let a = 0; a < p; a++) rings[i * (width + p) + a] = centroids[i * p + a];
    for (let j = 0; j < width; j++) rings[i * (width + p) + p + j] = scales[j] * normals[i * width + j];
  }
  return rings;
}
