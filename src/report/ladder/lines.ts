/** What the terminal says of a ladder of flows. */
import type { LadderSummary } from '../../records/record.ts';
import { number, percent, plusMinus } from '../text/figures.ts';
import { textTable } from '../text/table.ts';

/** A ladder's table, and its three figures. */
export function ladderLines({ stages, logZ, fresh, particles, interpolation }: LadderSummary): string[] {
  // A resample sets the ESS back, so what stands there later says nothing of the flows.
  const unreset = stages.find(({ resampled }) => resampled) ?? stages[stages.length - 1];
  const least = Math.min(...stages.map(({ cess }) => cess ?? 0));
  return [
    `${stages.length} stages (${interpolation}), ${particles} particles, log Z of the particles ${plusMinus(logZ)}`,
    ...textTable([
      ['stage', 'λ', 'map', 'CESS', 'flow', 'without', 'ESS', '', 'coverage', 'log Z', 'tempering', 'seconds'],
      ...stages.map((stage) => [
        String(stage.stage), stage.lambda.toPrecision(3), stage.map, percent(stage.cess), percent(stage.cessFlow),
        percent(stage.cessIdentity), percent(stage.ess), stage.resampled ? 'resampled' : '',
        percent(stage.coverage.value), number(stage.logZ.value, 3), number(stage.logZTempering.value, 3),
        stage.seconds.toFixed(1),
      ]),
    ]),
    `least CESS ${percent(least)}; ESS before any reset ${percent(unreset.ess)} (at stage ${unreset.stage}); `
      + `ESS of fresh samples ${percent(fresh.ess)} without moves`
      + (fresh.essRejuvenated === null ? ''
        : `, ${percent(fresh.essRejuvenated)} with ${fresh.rejuvenationSteps} moves between stages`),
  ];
}
