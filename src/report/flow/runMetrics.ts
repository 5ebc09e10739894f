/** What made the samples, and what the whole run took. */
import { wordingOf } from '../kinds.ts';
import { group } from '../metric.ts';
import { formatBytes, formatCount, formatSeconds, UNKNOWN } from '../page/format.ts';

export const runMetrics = group('The whole run', [
  { name: 'generator', meaning: 'What made the weighted samples, and who chose it.', text: (r) => (
    r.choice === null ? UNKNOWN
      : `${r.choice.generator === 'flow' && wordingOf(r).trained === null ? 'one flow' : 'ladder'} `
        + `(${r.choice.by === 'automatic' ? 'automatic' : 'by setting'})`
  ) },
  {
    name: 'total time', meaning: 'Wall clock of the whole run, summed over resumes.',
    text: (r) => formatSeconds(r.seconds), ranked: { better: 'lower', figure: (r) => r.seconds }
  },
  {
    name: 'peak memory', meaning: 'Largest resident memory of the process.', text: (r) => formatBytes(r.peakMemoryBytes)
  },
  { name: 'warnings', meaning: 'Warnings the run raised, notes not counted.', text: (r) => formatCount(
    r.warnings.filter(({ severity }) => severity === 'warning').length
  ) },
]);
