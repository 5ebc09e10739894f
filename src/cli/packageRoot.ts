/** Where this package lies: the nearest folder above this code, be it sources or built, with a package file. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** @param from a file or folder of the package */
function rootAbove(from: string): string {
  const above = dirname(from);
  if (above === from) throw new Error('jeffreys-flow lies in no package: its package.json is missing');
  return existsSync(join(above, 'package.json')) ? above : rootAbove(above);
}

export const packageRoot = rootAbove(fileURLToPath(import.meta.url));
