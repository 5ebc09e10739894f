import { experimentNames } from '../../experiments/names.ts';
import { catalogue } from '../../targets/catalogue.ts';

/** `jeffreys list` */
export function list({ json = false }: { json?: boolean }): void {
  const rows = [
    ...catalogue.map(({ name, description }) => ({ kind: 'target', name, description })),
    ...Object.entries(experimentNames).map(([name, description]) => ({ kind: 'experiment', name, description })),
  ];
  if (json) {
    process.stdout.write(`${JSON.stringify(rows)}\n`);
    return;
  }
  const width = Math.max(...rows.map(({ name }) => name.length));
  for (const { kind, name, description } of rows) process.stdout.write(`${kind.padEnd(11)} ${name.padEnd(width)}  ${description}\n`);
}
