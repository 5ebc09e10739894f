/**
 * Ours, as a process of its own: a line "run" compiles an energy and evaluates it at all points. For the time that the
 * first evaluation takes, of which there is one in a process. Speaks the protocol of serve.py.
 */
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { energyEntries } from '../../src/benchmarks/energies/catalogue.ts';
import { compileEnergy } from '../../src/targets/compile.ts';

const POINTS = 320;
const say = (value: object): void => { process.stdout.write(`${JSON.stringify(value)}\n`); };
const { values: { name } } = parseArgs({ options: { name: { type: 'string' } } });
const entry = energyEntries.find((candidate) => candidate.name === name);
if (entry === undefined) throw new Error(`there is no energy by the name of "${name}"`);
const { target, points } = entry.make();
const x = points(POINTS);
say({ about: { node: process.version } });
for await (const line of createInterface({ input: process.stdin })) {
  if (line.trim() !== 'run') continue;
  const start = performance.now();
  try {
    compileEnergy(target, { threads: 1 }).energiesAndGradients(x, POINTS, new Float64Array(POINTS), new Float64Array(POINTS * target.dimension));
  } catch (error) {
    // The last line is what the bench tells of it.
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  }
  say({ milliseconds: performance.now() - start });
}
