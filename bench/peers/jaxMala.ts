/**
 * MALA in jax-js on its WebAssembly backend: vmap of value-and-gradient, random numbers and the accept in one jitted step.
 * Speaks the protocol of serve.py. Formulas are written for jax-js's own arrays, whose references are counted by hand.
 */
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';

// jax-js names a class that Node 20 lacks; a placeholder that nothing is an instance of will do.
if (!('Float16Array' in globalThis)) Object.defineProperty(globalThis, 'Float16Array', { value: class Float16Array {} });
const { numpy: np, random, init, defaultDevice, jit, vmap, valueAndGrad, lax } = await import('@jax-js/jax');
type JaxArray = ReturnType<typeof np.array>;

const say = (value: object): void => { process.stdout.write(`${JSON.stringify(value)}\n`); };
const { values } = parseArgs({
  options: Object.fromEntries([['target', 'three-well'], ['precision', 'float32'], ['chains', '4096'], ['steps', '20'], ['step-size', '0.04']]
    .map(([name, value]) => [name, { type: 'string' as const, default: value }])),
});
const { target, precision } = values;
const [chains, steps, stepSize] = [values['chains'], values['steps'], values['step-size']].map(Number);

if (!(await init('wasm')).includes('wasm')) {
  say({ absent: 'jax-js has no WebAssembly here' });
  process.exit(0);
}
defaultDevice('wasm');
const dtype = precision === 'float64' ? np.float64 : np.float32;
const constant = (data: number[] | number[][]): JaxArray => np.array(data, { dtype });
/** A number in the precision of the run: plain numbers are float32 in jax-js. */
const number = (value: number): JaxArray => np.array(value, { dtype });

function threeWell(x: JaxArray): JaxArray {
  const [a, b] = [x.ref.slice(0), x.slice(1)];
  const sine = np.sin(a.ref.add(b.ref.mul(number(2))));
  return np.square(np.square(a).sub(number(1))).add(np.square(np.square(b).sub(number(1)))).add(sine).mul(number(3));
}

const gaussians = [
  [[6, 0, 0], [0.3, 0.3, 0.8], [0, 0, 0]], [[-6, 0, 0], [0.3, 0.8, 0.3], [45, 45, 0]], [[0, 6, 0], [0.8, 0.3, 0.3], [30, 0, 0]],
  [[0, -6, 0], [0.3, 0.6, 0.6], [90, 45, 0]], [[0, 0, 6], [0.4, 0.4, 0.4], [15, 15, 15]], [[0, 0, -6], [0.25, 0.8, 0.25], [60, 0, -60]],
];

function gmm(): (x: JaxArray) => JaxArray {
  const rows = gaussians.flatMap(([, deviations, angles]) => {
    const [[ca, cb, cc], [sa, sb, sc]] = [Math.cos, Math.sin].map((f) => angles.map((degrees) => f((degrees * Math.PI) / 180)));
    const axes = [[ca * cb, ca * sb * sc - sa * cc, ca * sb * cc + sa * sc], [sa * cb, sa * sb * sc + ca * cc, sa * sb * cc - ca * sc], [-sb, cb * sc, cb * cc]];
    return deviations.map((deviation, i) => axes.map((row) => row[i] / deviation));
  });
  const offsets = rows.map((row, i) => row.reduce((sum, entry, j) => sum + entry * gaussians[Math.floor(i / 3)][0][j], 0));
  const logs = gaussians.map(([, deviations]) => -Math.log(6) - 1.5 * Math.log(2 * Math.PI) - deviations.reduce((sum, deviation) => sum + Math.log(deviation), 0));
  return (x) => {
    const white = np.matmul(constant(rows), x).sub(constant(offsets)).reshape([6, 3]);
    const terms = np.square(white).sum(1).mul(number(-0.5)).add(constant(logs));
    const largest = lax.stopGradient(terms.ref.max());
    return np.log(np.exp(terms.sub(largest.ref)).sum()).add(largest).mul(number(-1));
  };
}

const alpha = Array.from({ length: 14 }, (_, k) => 2 + (2 * k) / 13);
function solvated(x: JaxArray): JaxArray {
  const [a, b, bath] = [x.ref.slice(0), x.ref.slice(1), x.slice([2, 16])];
  const lead = np.sin(a.ref).mul(np.sin(b.ref));
  const strain = np.square(bath.sub(constant(alpha).mul(lead))).sum().mul(number(15));
  return np.cos(a.mul(number(4))).add(np.cos(b.mul(number(4)))).mul(number(2)).add(strain);
}

const problems: Readonly<Record<string, { energy: (x: JaxArray) => JaxArray; well: (i: number) => number[] }>> = {
  'three-well': { energy: threeWell, well: (i) => [1 - 2 * (i % 2), 1 - 2 * (i >> 1 & 1)] },
  'gmm-3d': { energy: gmm(), well: (i) => gaussians[i % 6][0] },
  'solvated-16d': {
    energy: solvated,
    well: (i) => {
      const angles = [i & 3, i >> 2 & 3].map((k) => ((2 * k - 3) * Math.PI) / 4);
      return [...angles, ...alpha.map((value) => value * Math.sin(angles[0]) * Math.sin(angles[1]))];
    },
  },
};
const { energy, well } = problems[target];
const evaluate = vmap(valueAndGrad(energy) as never) as unknown as (x: JaxArray) => [JaxArray, JaxArray];
const d = well(0).length;

/** One step: the next key, positions, energies and gradients, and how many proposals were taken. */
const step = jit(((key: JaxArray, x: JaxArray, u: JaxArray, g: JaxArray) => {
  const keys = random.split(key, 3);
  const [next, forNormals, forUniforms] = [keys.ref.slice(0), keys.ref.slice(1), keys.slice(2)];
  const z = random.normal(forNormals, [chains, d]).astype(dtype);
  const y = x.ref.sub(g.ref.mul(number(stepSize))).add(z.ref.mul(number(Math.sqrt(2 * stepSize))));
  const [v, w] = evaluate(y.ref);
  const drifts = g.ref.add(w.ref).mul(number(Math.sqrt(stepSize / 2)));
  const logRatio = u.ref.sub(v.ref).add(drifts.ref.mul(z.sub(drifts.mul(number(0.5)))).sum(1));
  const accept = logRatio.greater(np.log(random.uniform(forUniforms, [chains])).astype(dtype));
  const rows = accept.ref.reshape([chains, 1]);
  return [next, np.where(rows.ref, y, x), np.where(accept.ref, v, u), np.where(rows, w, g), accept.astype(np.float32).sum()];
}) as never) as unknown as (key: JaxArray, x: JaxArray, u: JaxArray, g: JaxArray) => [JaxArray, JaxArray, JaxArray, JaxArray, JaxArray];

let key = random.key(0);
let x = constant(Array.from({ length: chains }, (_, i) => well(i)));
let [u, g] = evaluate(x.ref);
let accepted = 0;
async function once(): Promise<void> {
  let taken: JaxArray | undefined;
  for (let i = 0; i < steps; i++) {
    taken?.dispose();
    [key, x, u, g, taken] = step(key, x, u, g);
  }
  // The work is done when its last number is there.
  accepted = Number(await taken?.jsAsync()) / chains;
}

for (let i = 0; i < 200; i += steps) await once();
const { version } = JSON.parse(readFileSync(new URL('../../node_modules/@jax-js/jax/package.json', import.meta.url), 'utf8')) as { version: string };
say({ about: { version: `jax-js ${version}`, backend: 'wasm', precision, acceptance: accepted } });
for await (const line of createInterface({ input: process.stdin })) {
  if (line.trim() !== 'run') continue;
  const start = performance.now();
  await once();
  say({ milliseconds: performance.now() - start });
}
