/**
 * `npm run golden`: the hashes of the short runs as JSON, figures included, to compare engines by. With `-- --write`
 * the stored table is made anew: for changes that are meant to change what is computed.
 */
import { hashesOf, kinds, type Hashes } from './kinds.ts';
import { processor, writeTable } from './table.ts';

const found: Record<string, Hashes> = {};
for (const kind of kinds) found[kind.name] = await hashesOf(kind);
if (process.argv.includes('--write')) {
  const arrays = Object.fromEntries(Object.entries(found).map(([name, hashes]) => [name, hashes.arrays]));
  writeTable({ processor: processor(), kinds: arrays });
} else {
  process.stdout.write(`${JSON.stringify(found, null, 2)}\n`);
}
