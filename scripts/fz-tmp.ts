import { mkdtempSync } from 'node:fs';
import { Pool } from './fuzz/bases.ts';
import { inputOf } from './fuzz/inputs.ts';
import { jeffreys } from './fuzz/process.ts';
import { complaintOf } from './fuzz/verdict.ts';
const [seed, kind, n] = [Number(process.argv[2]), process.argv[3], Number(process.argv[4])];
const folder = mkdtempSync('/tmp/jf-');
const pool = new Pool(folder, () => undefined);
for (let i = 0; i < n; i++) {
  const input = await inputOf({ pool, folder, seed, kinds: [kind as never], bases: ['flow'] }, i);
  const o = await jeffreys(input.args, input.cwd, input.patient);
  const shown = kind === 'options' ? input.args.slice(0,3).join(' ') + ' … ' + input.args.filter((w) => !/^(--set|\w+=\d+)$/.test(w)).slice(2).join(' ').slice(0, 90) : input.args.slice(-2).join(' ').slice(0, 60);
  console.log(o.code, input.title.slice(0,60), '|', JSON.stringify(shown), '|', o.stderr.slice(0, 170).trim(), complaintOf(o) ?? '');
}
