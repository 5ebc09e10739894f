/**
 * Classical distillation: samples of the classical particle, which cost next to nothing, become training samples of the
 * ring. They are the centroids; all other modes are independent Gaussians, between those of the harmonic reference and
 * of free particles.
 */
import { fillNormalRows } from '../../engine/simd/rows.ts';
import { foldIn, type Key } from '../../engine/random.ts';
import { compileEnergy } from '../../targets/compile.ts';
import type { EnergyEvaluator } from '../../targets/energyEvaluator.ts';
import { pathEvaluator } from '../../targets/path.ts';
import type { PathIntegral } from '../../targets/pathIntegral.ts';
import { modeScales } from '../../targets/ringPolymer.ts';
import type { Target } from '../../targets/target.ts';
import type { Settings } from '../../settings/settings.ts';
import type { Bank as Sampled } from '../../verdict/support.ts';
import { poolPath, type Draws, type Pool } from '../bank/pool.ts';
import { bridgeRungs, runBridgeTempering } from '../bank/tempering.ts';
import type { Surroundings } from '../journal.ts';
import { within } from '../phase.ts';

export interface ClassicalSamples {
  /** Tempering of the classical particle. */
  readonly sampled: Sampled;
  /** Of the classical particle along its bridge from the centroid's base. */
  readonly pool: Pool;
  /** Training samples of the ring along its own bridge, with their energies. */
  readonly rings: Draws;
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

/** @throws Interrupted when asked to stop */
export async function runClassical(
  { target, pathIntegral, energy, settings, key, surroundings }: ClassicalOptions,
): Promise<ClassicalSamples> {
  const { classical } = pathIntegral;
  const { ladder, output, training, ring } = settings;
  const sampling = { ...settings.sampling, path: 'interpolation' as const };
  const { path, summary, warnings } = await runBridgeTempering({
    target: classical, energy: compileEnergy(classical), sampling, threads: output.threads,
    // The ladder's own λ are those of the ring.
    rungs: bridgeRungs(sampling, { ...ladder, generator: 'flow' }, classical.dimension),
    key: foldIn(key, 'classical'), surroundings: within(surroundings, surroundings.journal.part(CLASSICAL_PART)),
  });
  const pool = poolPath(path, classical.base, training.heldOut);
  const sample: Draws['sample'] = (lambda, n, held, sampleKey) => {
    const centroids = pool.sample(lambda, n, held, foldIn(sampleKey, 'centroids')).samples;
    const samples = ringsAround(centroids, pathIntegral, ring.modeSpread * lambda, foldIn(sampleKey, 'modes'));
    const energies = new Float64Array(n);
    pathEvaluator(target.base, energy, lambda).energies(samples, n, energies);
    return { samples, energies };
  };
  return {
    sampled: { name: 'tempering of the classical particle', summary, warnings }, pool,
    rings: { sample, effectiveSize: (lambda) => pool.effectiveSize(lambda) },
  };
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
