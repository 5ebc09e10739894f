// The same bits on every Node: the golden runs on each, and a run begun on one, killed, and resumed on another.
import { execFile as execFileWith, spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** One of each major, from the npm package `node`. */
const VERSIONS = ['20.20.2', '22.23.3', '24.21.0'];
const major = (version) => version.split('.')[0];

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'jeffreys-nodes-'));
const own = process.versions.node;

const execFile = promisify(execFileWith);
const output = (command, args, cwd) => spawnSync(command, args, { cwd, encoding: 'utf8', maxBuffer: 2 ** 26 });

/** @returns the path of a Node, or null where the registry has none for this machine */
function install(version) {
  const prefix = join(folder, version);
  const options = ['--loglevel=error', '--no-save', '--no-package-lock', '--fetch-retries=1', '--prefix', prefix];
  const { status, stderr } = output('npm', ['install', ...options, `node@${version}`], folder);
  const node = join(prefix, 'node_modules/node/bin/node');
  if (status === 0 && existsSync(node) && output(node, ['--version'], folder).stdout === `v${version}\n`) return node;
  const reason = stderr.trim().split('\n').find((line) => /error/i.test(line)) ?? `npm install exited with ${status}`;
  console.log(`Node ${major(version)} is not checked: npm cannot install node@${version} here (${reason})`);
  return null;
}

const nodes = [{ name: own, node: process.execPath }];
for (const version of VERSIONS.filter((other) => major(other) !== major(own))) {
  const node = install(version);
  if (node !== null) nodes.push({ name: version, node });
}

/** @throws Error with what was said, where it fails */
async function run({ name, node }, args) {
  const { stdout } = await execFile(node, args, { cwd: root, encoding: 'utf8', maxBuffer: 2 ** 26 }).catch((error) => {
    throw new Error(`Node ${name}: ${args.join(' ')} exited with ${error.code}\n${error.stdout}${error.stderr}`);
  });
  return stdout;
}

async function compareGolden() {
  // Side by side: much of such a run takes one core.
  const texts = await Promise.all(nodes.map((each) => run(each, ['--import', 'tsx', 'test/golden/main.ts'])));
  const golden = texts.map((text) => JSON.parse(text));
  for (const [k, { name }] of nodes.entries()) {
    const differs = (kind) => JSON.stringify(golden[k][kind]) !== JSON.stringify(golden[0][kind]);
    const other = Object.keys(golden[0]).filter(differs);
    if (other.length > 0) throw new Error(`Node ${name} gives other bits than Node ${own} in ${other.join(', ')}`);
  }
  const names = nodes.map(({ name }) => name).join(', ');
  console.log(`the same bits of ${Object.keys(golden[0]).length} kinds of runs on Node ${names}`);
}

const SET = ['ladders=32', 'rounds=200', 'stepsPerRound=40', 'layers=2', 'steps=400', 'samples=4000'];
const SETTINGS = ['--preset', 'quick', '--seed', '5', ...SET.flatMap((setting) => ['--set', setting])];
const CLI = join(root, 'bin/jeffreys.js');
const OFTEN = ['--save-every', '0.05', '--quiet'];
const begin = (directory) => [CLI, 'run', 'three-well', ...SETTINGS, ...OFTEN, '--out', directory];

/** Hashes of all arrays of a run. */
function arraysOf(directory) {
  const stage = join(directory, 'stage-00');
  const files = readdirSync(stage).filter((name) => /^[^.]*\.(npy|safetensors)$/.test(name)).sort();
  const hashOf = (name) => createHash('sha256').update(readFileSync(join(stage, name))).digest('hex');
  return Object.fromEntries(files.map((name) => [name, hashOf(name)]));
}

/** Starts a run, and kills it once it trains and has a checkpoint of that. */
async function kill({ node }, directory) {
  const child = spawn(node, begin(directory), { cwd: root, stdio: 'ignore' });
  const ended = new Promise((resolve) => { child.once('exit', (_, signal) => resolve(signal)); });
  const checkpoint = join(directory, 'stage-00/flow.checkpoint.safetensors');
  while (child.exitCode === null && !existsSync(checkpoint)) await pause(5);
  child.kill('SIGKILL');
  if (await ended !== 'SIGKILL') throw new Error('the run ended before it could be killed');
}

async function resumeAcross() {
  const [first, second, third] = nodes;
  const [straight, killed] = [join(folder, 'straight'), join(folder, 'killed')];
  await run(second, begin(straight));
  await kill(first, killed);
  await run(third ?? second, [CLI, 'resume', killed, '--quiet']);
  const [want, got] = [arraysOf(straight), arraysOf(killed)];
  const other = [...new Set([...Object.keys(want), ...Object.keys(got)])].filter((name) => want[name] !== got[name]);
  if (other.length > 0) throw new Error(`a run resumed on another Node has other bits in ${other.join(', ')}`);
  const last = (third ?? second).name;
  console.log(`begun on Node ${first.name}, resumed on ${last}: the bits of ${second.name} straight through`);
}

try {
  if (nodes.length > 1) {
    await compareGolden();
    await resumeAcross();
  }
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
