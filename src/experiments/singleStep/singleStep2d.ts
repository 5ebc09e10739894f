/** Four planar potentials × five θ, without the ratio variation: what the published single-step figures show. */
import { annulus } from '../../targets/annulus.ts';
import { himmelblau } from '../../targets/himmelblau.ts';
import { multipleWell } from '../../targets/multipleWell.ts';
import { threeWell } from '../../targets/threeWell.ts';
import type { Experiment, FinishedRun } from '../experiment.ts';
import { settingsFor } from '../presets.ts';
import { publishedFigures, publishedThetas } from '../published.ts';
import { singleStepLines } from './lines.ts';
import { renderExperiment } from './page.ts';
import type { ExperimentRow } from './row.ts';

const TITLE = 'Single-step transport in the plane: four potentials × five θ';

/** Points that a panel draws: more would not be seen. */
const MOST_SHOWN = 40_000;

function rowOf(
  { entry: { target, settings: { training: { theta } } }, record, samples: read }: FinishedRun
): ExperimentRow {
  const { samples } = read().weighted;
  const published = publishedFigures(target.name, theta);
  return {
    target: target.name, theta, seed: record.seed, record,
    flowSamples: samples.subarray(0, Math.min(samples.length, MOST_SHOWN * target.dimension)),
    ...(published === null ? {} : { paper: published }),
  };
}

export const singleStep2d: Experiment = {
  title: TITLE,
  entries: (preset, given) =>
    [threeWell, himmelblau, multipleWell, annulus].flatMap((target) => publishedThetas.map((theta) => ({
    id: `${target.name}-theta-${theta}`,
    target,
    settings: settingsFor(target, preset, { kappa: 0, ...given, generator: 'flow', theta }),
  }))),
  page: (runs) => renderExperiment({ title: TITLE, rows: runs.map(rowOf) }),
  lines: singleStepLines,
};
