/**
 * Energies with their gradients in jax-js on its WebAssembly backend: the formulas of src/benchmarks/energies themselves,
 * under `jit(vmap(valueAndGrad))`; `--way eager` without the jit, `--way products` with rows picked by products. Speaks the
 * protocol of serve.py; with `--first` it says it is ready before anything is compiled.
 */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';

// jax-js names a class that Node 20 lacks; a placeholder that nothing is an instance of will do.
if (!('Float16Array' in globalThis)) Object.defineProperty(globalThis, 'Float16Array', { value: class Float16Array {} });
const { numpy: np, init, defaultDevice, jit, vmap, valueAndGrad } = await import('@jax-js/jax');
type JaxArray = ReturnType<typeof np.array>;

const say = (value: object): void => { process.stdout.write(`${JSON.stringify(value)}\n`); };
const text = { type: 'string', default: '' } as const;
const { values: { name, data, first, way } } = parseArgs({ options: { name: text, data: text, way: text, first: { type: 'boolean', default: false } } });

if (!(await init('wasm')).includes('wasm')) {
  say({ absent: 'jax-js has no WebAssembly here' });
  process.exit(0);
}
defaultDevice('wasm');
// Only now, so that all arrays are made on that backend.
const { energyEntries } = await import('../../src/benchmarks/energies/catalogue.ts');
const { counted } = await import('../../src/engine/numpy.ts');

const read = (what: string): Float64Array | null => {
  const path = join(dirname(data), `${name}-${what}.f64`);
  return existsSync(path) ? new Float64Array(Uint8Array.from(readFileSync(path)).buffer) : null;
};
const points = read('points');
const entry = energyEntries.find((candidate) => candidate.name === name);
if (points === null || entry === undefined) throw new Error(`there is nothing to evaluate by the name of "${name}"`);
const { target } = entry.make(way === 'products');
const shape = [points.length / target.dimension, target.dimension];

type Evaluate = (x: JaxArray) => [JaxArray, JaxArray];
const batch = vmap(valueAndGrad(counted(target.energy) as never) as never) as unknown as Evaluate;
const evaluate = way === 'eager' ? batch : jit(batch as never) as unknown as Evaluate;
async function once(): Promise<[Float64Array, Float64Array]> {
  const [energies, gradients] = evaluate(np.array(points ?? [], { shape, dtype: np.float64 }));
  // The work is done when its numbers are there.
  return [await energies.data(), await gradients.data()];
}

/** Largest difference from ours, of energies beside 1 and of gradients beside the largest entry at their point. */
function difference([energies, gradients]: [Float64Array, Float64Array]): string {
  const [ours, slopes] = [read('energies'), read('gradients')];
  if (ours === null || slopes === null) return 'not compared';
  const d = target.dimension;
  const worst = ours.map((energy, i) => {
    const row = slopes.subarray(i * d, (i + 1) * d);
    const size = row.reduce((most, entry) => Math.max(most, Math.abs(entry)), 1);
    const off = row.reduce((most, entry, j) => Math.max(most, Math.abs(entry - gradients[i * d + j])), 0);
    return Math.max(Math.abs(energy - energies[i]) / Math.max(1, Math.abs(energy)), off / size);
  });
  return worst.reduce((a, b) => Math.max(a, b)).toExponential(1);
}

const { version } = JSON.parse(readFileSync(new URL('../../node_modules/@jax-js/jax/package.json', import.meta.url), 'utf8')) as { version: string };
const about = { version: `jax-js ${version}`, backend: 'wasm', precision: 'float64' };
try {
  say({ about: first ? about : { ...about, difference: difference(await once()) } });
} catch (error) {
  // The last line is what the bench tells of it.
  process.stderr.write(`${error instanceof Error ? error.message.split('\n')[0] : String(error)}\n`);
  process.exit(1);
}
for await (const line of createInterface({ input: process.stdin })) {
  if (line.trim() !== 'run') continue;
  const start = performance.now();
  await once();
  say({ milliseconds: performance.now() - start });
}
