/** Every example runs, and prints figures that are right. */
import { readdirSync } from 'node:fs';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { assertPrintsFigures } from '../test/examples.ts';

describe('examples', () => {
  for (const name of readdirSync(fileURLToPath(new URL('../examples', import.meta.url)))) {
    if (name.endsWith('.ts')) it(`${name} runs and prints figures`, () => assertPrintsFigures(name));
  }
});
