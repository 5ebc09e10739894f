/** From a finished run to its `report.html`: gathers what the report shows. */
import { SURFACE_CELLS as SURFACE, surfaceOf } from '../report/energySurface.ts';
import { renderReport, type ReportInput } from '../report/index.ts';
import { publishedFigures } from '../experiments/published.ts';
import { valuesOf } from '../targets/pointValues.ts';
import type { StageSamples } from '../pipeline/stageSamples.ts';
import type { RunRecord } from '../records/record.ts';
import type { WritableRun } from '../store/writableRun.ts';
import { compileEnergy } from '../targets/compile.ts';
import type { Target } from '../targets/target.ts';

export const REPORT_FILE = 'report.html';

/** Points that a report draws: more would not be seen. */
const MOST_PT = 20_000;
const MOST_FLOW = 100_000;

export interface RunSamples {
  readonly tempered: { readonly positions: Float64Array };
  readonly ensemble: { readonly samples: Float64Array; readonly logWeights: Float64Array };
  /** Of a ladder: the PT samples that each stage was trained on, and its particles. */
  readonly stages: readonly StageSamples[];
}

/** Every k-th row, so that at most `most` stay. */
function thin(points: Float64Array, d: number, most: number): Float64Array {
  const n = points.length / d;
  const every = Math.max(1, Math.ceil(n / most));
  if (every === 1) return points;
  const kept = Math.floor((n - 1) / every) + 1;
  const result = new Float64Array(kept * d);
  for (let i = 0; i < kept; i++) result.set(points.subarray(i * every * d, i * every * d + d), i * d);
  return result;
}

/** The surface, and from it both marginal densities. */
function planeOf(target: Target): Pick<ReportInput, 'surface' | 'marginals'> {
  const [horizontal, vertical] = target.domain;
  const surface = surfaceOf(target);
  const { x, y, energy } = surface;
  const least = energy.reduce((a, b) => Math.min(a, b), Infinity);
  const density = energy.map((u) => Math.exp(least - u));
  const total = density.reduce((a, b) => a + b, 0);
  const sums = (index: (k: number) => number, width: number): number[] => {
    const bins = Array<number>(SURFACE).fill(0);
    density.forEach((value, k) => { bins[index(k)] += value; });
    return bins.map((value) => value / (total * width));
  };
  const step = ({ low, high }: { low: number; high: number }): number => (high - low) / SURFACE;
  return {
    surface,
    marginals: [
      { name: 'x', grid: x, exact: sums((k) => k % SURFACE, step(horizontal)) },
      { name: 'y', grid: y, exact: sums((k) => Math.floor(k / SURFACE), step(vertical)) },
    ],
  };
}

const EXACT_GRID = 400;

/** Profiles are made of all samples: barriers hold few of them. */
function projectionsOf(
  { projections, dimension: d }: Target, { tempered, ensemble }: RunSamples
): Pick<ReportInput, 'projections'> {
  if (projections === undefined) return {};
  return {
    projections: projections.map(({ name, value, low, high, exactDensity }) => {
      const grid = Array.from({ length: EXACT_GRID }, (_, i) => low + ((i + 0.5) / EXACT_GRID) * (high - low));
      return {
        name, low, high, pt: valuesOf(tempered.positions, d, value), flow: valuesOf(ensemble.samples, d, value),
        logWeights: ensemble.logWeights,
        ...(exactDensity === undefined ? {} : { grid, exactDensity: grid.map(exactDensity) })
      };
    }),
  };
}

function energiesOf(target: Target, pt: Float64Array, flow: Float64Array): NonNullable<ReportInput['energies']> {
  const energy = compileEnergy(target);
  const of = (points: Float64Array): Float64Array => {
    const values = new Float64Array(points.length / target.dimension);
    energy.energies(points, values.length, values);
    return values;
  };
  return { pt: of(pt), flow: of(flow) };
}

export function reportOf(record: RunRecord, target: Target, { tempered, ensemble, stages }: RunSamples): string {
  const d = target.dimension;
  const [pt, flow] = [thin(tempered.positions, d, MOST_PT), thin(ensemble.samples, d, MOST_FLOW)];
  const published = publishedFigures(target.name, Number(record.settings['theta']));
  return renderReport({
    record,
    domain: target.domain,
    ptSamples: pt,
    flowSamples: flow,
    ...(target.hasEnergy ? { energies: energiesOf(target, pt, flow) } : {}),
    ...projectionsOf(target, { tempered, ensemble, stages }),
    ...(stages.length === 0 ? {} : { stages }),
    logWeights: thin(ensemble.logWeights, 1, MOST_FLOW),
    ...(d === 2 && target.hasEnergy ? planeOf(target) : {}),
    ...(published === null ? {} : { paper: published }),
  });
}

/** Write `report.html` into the run. @returns its path */
export function writeReport(
  run: WritableRun, target: Target, samples: RunSamples, record: RunRecord = run.record
): string {
  run.writeFile(REPORT_FILE, reportOf(record, target, samples));
  return run.file(REPORT_FILE);
}
