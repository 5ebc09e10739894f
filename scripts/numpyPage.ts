/**
 * Writes docs/numpy.md. With `--rows`, prints what NumPy is to evaluate instead:
 * `node --import tsx scripts/numpyPage.ts --rows | python3 scripts/numpy/values.py > test/engine/numpyValues.json`
 */
import { writeFileSync } from 'node:fs';
import { page, SECTIONS } from './numpy/page.ts';

if (process.argv.includes('--rows')) {
  const rows = SECTIONS.flatMap((section) => section.rows).filter(({ here }) => here !== null);
  process.stdout.write(JSON.stringify([...new Set(rows.map(({ numpy }) => numpy))]));
} else {
  writeFileSync(new URL('../docs/numpy.md', import.meta.url), page());
}
