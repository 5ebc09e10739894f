/** Four planar potentials × five θ, without the ratio variation: what the published single-step figures show. */
import { annulus } from '../targets/annulus.ts';
import { himmelblau } from '../targets/himmelblau.ts';
import { multipleWell } from '../targets/multipleWell.ts';
import { threeWell } from '../targets/threeWell.ts';
import type { Experiment } from './experiment.ts';
import { settingsFor } from './presets.ts';
import { publishedThetas } from './published.ts';

export const singleStep2d: Experiment = {
  name: 'single-step-2d',
  title: 'Single-step transport in the plane: four potentials × five θ',
  entries: (preset, given) =>
    [threeWell, himmelblau, multipleWell, annulus].flatMap((target) => publishedThetas.map((theta) => ({
    id: `${target.name}-theta-${theta}`,
    target,
    settings: settingsFor(target, preset, { kappa: 0, ...given, generator: 'flow', theta }),
  }))),
};
