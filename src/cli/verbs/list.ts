import { experimentCatalogue } from '../../experiments/catalogue.ts';
import { catalogue } from '../../targets/catalogue.ts';
import { print } from '../print.ts';

/** `jeffreys list` */
export function list({ json = false }: { json?: boolean }): void {
  const rows = [
    ...catalogue.map(({ name, description }) => ({ kind: 'target', name, description })),
    ...experimentCatalogue.map(({ name, description }) => ({ kind: 'experiment', name, description })),
  ];
  if (json) {
    print(`${JSON.stringify(rows)}\n`);
    return;
  }
  const width = Math.max(...rows.map(({ name }) => name.length));
  for (const { kind, name, description } of rows) print(`${kind.padEnd(11)} ${name.padEnd(width)}  ${description}\n`);
}
