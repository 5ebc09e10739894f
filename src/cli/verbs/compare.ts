import { basename } from 'node:path';
import { comparisonTable, renderComparison } from '../../report/index.ts';
import { writeFileAtomic } from '../../store/atomic.ts';
import { openRun } from '../../store/runDirectory.ts';
import { checkOutput } from '../outputFile.ts';
import { print } from '../print.ts';
import { summaryObject, table } from '../summary.ts';

/** `jeffreys compare <run> <run> …` */
export function compare(paths: readonly string[], { json = false, html }: { json?: boolean; html?: string }): void {
  if (html !== undefined) checkOutput(html, true);
  const runs = paths.map((path) => openRun(path));
  const named = runs.map((run) => ({ name: basename(run.path), record: run.record }));
  if (html !== undefined) writeFileAtomic(html, renderComparison(named));
  if (json) {
    const objects = runs.map(({ record, path }) =>
      (record.result === null ? { runDir: path, state: record.state } : summaryObject(record, record.result, path)));
    print(`${JSON.stringify(objects)}\n`);
    return;
  }
  const { header, rows } = comparisonTable(named);
  print(`${table([header, ...rows]).join('\n')}\n`);
}
