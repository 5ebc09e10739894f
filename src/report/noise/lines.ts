/** What the terminal says of a run whose energy was seen with noise. */
import type { NoiseSummary } from '../../records/record.ts';
import { formatNumber, formatPercent } from '../page/format.ts';
import { cessText, evaluationsTable, formatError, sampleFigures, weightsText } from './noiseFigures.ts';
import { textTable, withoutUnknown } from '../text/table.ts';

function kindsTable(noise: NoiseSummary): string[][] {
  const several = noise.weightKinds.some(({ cess }) => cess.length > 1);
  const rows = sampleFigures(noise).map(({ name, weights, ess, bias, totalVariation }) => {
    const closeness = weights === null || weights.kind === 'exact' ? ['', '', '']
      : [formatNumber(weights.residual, 3), formatNumber(weights.correlation, 3), formatNumber(weights.deviation, 3)];
    return [
      weights?.kind === noise.weights ? `${name} (used)` : name,
      ...(weights === null ? ['', ''] : [formatPercent(ess), cessText(weights.cess)]), formatError(bias),
      formatError(totalVariation), ...closeness,
    ];
  });
  return withoutUnknown([
    [
      'samples', 'ESS', several ? 'least CESS' : 'CESS', 'L2 bias', 'total variation', 'error of log w',
      'correlation with exact', 'deviation'
    ],
    ...rows
  ]);
}

/** Lines of plain text: which weights, how good every kind of them, and what was asked of the energy. */
export function noiseLines(noise: NoiseSummary): string[] {
  return [weightsText(noise), '', ...textTable(kindsTable(noise)), '', ...textTable(evaluationsTable(noise))];
}
