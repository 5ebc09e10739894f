/**
 * The aspect of a target that rounds see: itself; or of like particles their body coordinates, of which flows learn one
 * representative each, while the proposal is summed over all exchanges.
 */
import { z } from 'zod';
import { foldIn, type Key } from '../../engine/random.ts';
import { spreadRows } from '../../numerics/spreadRows.ts';
import { takeRows } from '../../samplers/resample.ts';
import { bodyChart } from '../../targets/charts/bodyChart.ts';
import type { Chart } from '../../targets/charts/chart.ts';
import { walledEnergy } from '../../targets/charts/walled.ts';
import { compileEnergy } from '../../targets/compile.ts';
import type { EnergyEvaluator } from '../../targets/energyEvaluator.ts';
import { checkSymmetry, detectSymmetry } from '../../targets/symmetry/detect.ts';
import { symmetryGroup, type SymmetryGroup } from '../../targets/symmetry/group.ts';
import type { ParticleSymmetry } from '../../targets/symmetry/particles.ts';
import type { Target } from '../../targets/target.ts';
import type { TrainingData } from '../../training/trainer.ts';
import { checkStored, type Piece } from '../journal.ts';
import { arrayOf, float64 } from '../phase.ts';
import { charted } from '../proposal/charted.ts';
import type { Proposal } from '../proposal/proposal.ts';
import { symmetrised } from '../proposal/symmetrised.ts';

export interface Aspect {
  /** What is tempered and searched. */
  readonly target: Target;
  /** What flows learn, and chains in their latent spaces visit. */
  readonly learned: Target;
  /** Whether that ends at walls, beyond which flows have no energy to learn from: they learn from samples alone. */
  readonly walled: boolean;
  /** Samples of the one as samples of the other. */
  readonly representatives: (data: TrainingData) => TrainingData;
  /** Points [n, k] as points of the target itself. @returns [n, d] */
  readonly own: (points: Float64Array, key: Key) => Float64Array;
  /** A proposal of what is tempered as one of the target itself. */
  readonly proposal: (inner: Proposal) => Proposal;
  /** What it is made of again. */
  readonly stored: Pick<Piece, 'json' | 'arrays'>;
}

/** Points that are kept to know a symmetry by. */
const KEPT = 64;

export const plainAspect = (target: Target): Aspect => ({
  target, learned: target, walled: false,
  representatives: (data) => data, own: (points) => points, proposal: (inner) => inner,
  stored: { json: {}, arrays: {} },
});

/** @param points where chains have been [n, d] @throws InputError where a definition is wrong about its particles */
export function aspectOf(target: Target, energy: EnergyEvaluator, points: Float64Array): Aspect {
  const d = target.dimension;
  if (target.particles !== undefined) checkSymmetry(target, target.particles, energy, points);
  const symmetry = target.particles ?? detectSymmetry(target, energy, points);
  if (symmetry === null) return plainAspect(target);
  return particleAspect(target, energy, symmetry, takeRows(points, d, spreadRows(points.length / d, KEPT)));
}

/** @param kept points of the target, of which the first is the template [m, d] */
function particleAspect(
  target: Target, energy: EnergyEvaluator, symmetry: ParticleSymmetry, kept: Float64Array,
): Aspect {
  const d = target.dimension;
  const group = symmetryGroup(symmetry, kept.slice(0, d));
  const chart = symmetry.rotations ? bodyChart(target, symmetry, group.canonical(kept, kept.length / d))
    : sameCoordinates(target);
  const inner = compileEnergy(chart.target);
  return {
    target: chart.target,
    learned: { ...chart.target, evaluator: walledEnergy(inner, chart, group) },
    walled: true,
    representatives: (data) => representatives(data, chart, group),
    own: (points, key) => {
      const n = points.length / chart.target.dimension;
      const x = new Float64Array(n * d);
      chart.outer(points, n, foldIn(key, 'turned'), 0, x);
      group.scatter(foldIn(key, 'exchanged'), 0, n, x);
      return x;
    },
    proposal: (proposal) => symmetrised(charted(proposal, chart, d), group, energy),
    stored: { json: { symmetry }, arrays: { kept: arrayOf(kept, [kept.length / d, d]) } },
  };
}

function sameCoordinates(target: Target): Chart {
  return {
    target,
    inner: (x, n, points, logVolume) => {
      points.set(x);
      logVolume.fill(0, 0, n);
    },
    outer: (points, _n, _key, _first, x) => { x.set(points); },
  };
}

function representatives({ samples, energies }: TrainingData, chart: Chart, group: SymmetryGroup): TrainingData {
  const n = energies.length;
  const k = chart.target.dimension;
  const x = new Float64Array(n * group.dimension);
  chart.outer(samples, n, { k0: 0, k1: 0 }, 0, x);
  const canonical = group.canonical(x, n);
  const [points, before, after] = [new Float64Array(n * k), new Float64Array(n), new Float64Array(n)];
  chart.inner(x, n, points, before);
  chart.inner(canonical, n, points, after);
  return { samples: points, energies: energies.map((value, i) => value + before[i] - after[i]) };
}

const setOf = z.array(z.number());
const storedSchema = z.object({
  symmetry: z.object({
    count: z.number(), dimension: z.union([z.literal(2), z.literal(3)]), alike: z.array(setOf), rotations: z.boolean(),
    reflections: z.boolean(),
  }).optional(),
});

/** As it was stored. @throws InputError where that is damaged */
export function storedAspect(target: Target, energy: EnergyEvaluator, { json, arrays }: Piece): Aspect {
  const { symmetry } = checkStored(storedSchema, json, 'symmetry');
  return symmetry === undefined ? plainAspect(target)
    : particleAspect(target, energy, symmetry, float64(arrays.kept));
}
