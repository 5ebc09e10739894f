// Build src/ into dist/: few files, as a run would else spend its first second on opening hundreds, most of them of
// packages. With --fast no types: all that is to run, in a second.
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = join(root, 'dist');
/** What is loaded by its name: from outside, in a process of its own, or by tests. What they share is in chunks. */
const ENTRIES = ['index', 'cli/main', 'cli/foreignCode', 'engine/derivative', 'engine/onnx/tryDevice'];
/** Binaries, a loader that looks for its own files, what is one file already, and what linkedom can do without. */
const APART = ['onnxruntime-node', 'jiti', '@jax-js/jax', 'canvas'];
/** Packages in CommonJS ask for Node's modules this way. */
const REQUIRE = 'import { createRequire as requireOf } from \'node:module\'; const require = requireOf(import.meta.url);';

rmSync(dist, { recursive: true, force: true });
const { metafile } = await build({
  absWorkingDir: root, entryPoints: ENTRIES.map((name) => `src/${name}.ts`), outbase: 'src', outdir: 'dist',
  bundle: true, splitting: true, chunkNames: 'chunks/[name]-[hash]', format: 'esm', platform: 'node', target: 'node20',
  external: APART, banner: { js: REQUIRE }, sourcemap: true, metafile: true, logLevel: 'warning',
});
writeFileSync(join(dist, 'LICENSES.txt'), licensesOf(Object.keys(metafile.inputs)));
if (!process.argv.includes('--fast')) {
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  const { status } = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json'], { cwd: root, stdio: 'inherit' });
  process.exitCode = status ?? 1;
}

/** The licenses of the packages that these files are of. */
function licensesOf(inputs) {
  const folders = new Set(inputs.flatMap((path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? []));
  return [...folders].sort().map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
    const file = readdirSync(join(root, folder)).find((each) => /^licen[cs]e/i.test(each));
    const text = file === undefined ? '' : readFileSync(join(root, folder, file), 'utf8');
    return `${name} ${version} (${license})\n\n${text.trim()}\n`;
  }).join(`\n${'-'.repeat(80)}\n\n`);
}
