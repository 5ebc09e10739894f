/** More of the malformed inputs than the fast tests have time for. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { fuzz } from '../../scripts/fuzz/fuzz.ts';

it('twelve malformed inputs do no harm', async () => {
  let told = '';
  const inputs = Array.from({ length: 12 }, (_, i) => i);
  const failures = await fuzz({ inputs, seed: 4, bases: ['flow'], write: (text) => { told += text; } });
  assert.equal(failures, 0, told);
  assert.match(told, /^together +12 .* 0$/m, 'all in the table');
});
