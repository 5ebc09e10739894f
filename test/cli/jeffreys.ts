/** The built command line in child processes, and what it must say when it refuses. */
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { RunRecord } from '../../src/records/record.ts';
import { identityOf } from '../../src/store/runRecord.ts';
import { writeSealed } from '../../src/store/seal.ts';

export const BIN = fileURLToPath(new URL('../../bin/jeffreys.js', import.meta.url));
const IN_TURN = fileURLToPath(new URL('fixtures/inTurn.mjs', import.meta.url));

export interface Outcome {
  readonly args: readonly string[];
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Process {
  readonly child: ChildProcess;
  /** What it did, once it has ended. */
  readonly ended: Promise<Outcome>;
}

export interface StartOptions {
  readonly cwd: string;
  /** Options of node itself. */
  readonly node?: readonly string[];
}

export function startProcess(command: string, commandArgs: readonly string[], cwd: string, args: readonly string[] = commandArgs): Process {
  const child = spawn(command, commandArgs, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (data: Buffer) => { stdout += data.toString(); });
  child.stderr.on('data', (data: Buffer) => { stderr += data.toString(); });
  const ended = new Promise<Outcome>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ args, code, signal, stdout, stderr }));
  });
  return { child, ended };
}

/** Starts `jeffreys …`. */
export function start(args: readonly string[], { cwd, node = [] }: StartOptions): Process {
  return startProcess(process.execPath, [...node, BIN, ...args], cwd, args);
}

/** `jeffreys …` to its end. */
export const jeffreys = (args: readonly string[], options: StartOptions): Promise<Outcome> => start(args, options).ended;

/** Many command lines one after another in a single process. */
export async function jeffreysInTurn(commands: readonly (readonly string[])[], cwd: string): Promise<Outcome[]> {
  const { code, stdout, stderr } = await startProcess(process.execPath, [IN_TURN, JSON.stringify(commands)], cwd).ended;
  assert.equal(code, 0, `the process that runs the commands failed: ${stderr}`);
  return JSON.parse(stdout) as Outcome[];
}

const line = ({ args }: Outcome): string => `jeffreys ${args.join(' ')}`;

/** One line on standard error that matches, nothing on standard output, no stack trace. */
export function assertRefused(outcome: Outcome, pattern: RegExp, exitCode: 1 | 2 = 2): void {
  const { code, stdout, stderr } = outcome;
  assert.equal(stdout, '', `${line(outcome)}: nothing belongs on standard output`);
  assert.match(stderr, /^[^\n]+\n$/, `${line(outcome)}: one line, not ${JSON.stringify(stderr)}`);
  assert.match(stderr, /^jeffreys: /, `${line(outcome)}: the line says who speaks`);
  assert.doesNotMatch(stderr, /unexpected error|\bat .*:\d+:\d+/, `${line(outcome)}: no stack trace, and nothing unexpected`);
  assert.match(stderr, pattern, `${line(outcome)}: says what is wrong and what would be right`);
  assert.equal(code, exitCode, `${line(outcome)}: exit code`);
}

/** @returns standard output */
export function assertDone(outcome: Outcome): string {
  assert.equal(outcome.code, 0, `${line(outcome)}: ${outcome.stderr}`);
  return outcome.stdout;
}

/** The one JSON value that standard output must be. */
export function jsonOf(outcome: Outcome): unknown {
  const text = assertDone(outcome);
  assert.match(text, /^[^\n]+\n$|^\{\n[\s\S]*\n\}\n$/, `${line(outcome)}: one JSON value and nothing else`);
  return JSON.parse(text);
}

export function temporaryFolder(): { path: string; remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), 'jeffreys-cli-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** Every file below a folder with a hash of its content. */
export function snapshot(folder: string): Record<string, string> {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();
  return Object.fromEntries(names.map((name) => [name, statSync(join(folder, name)).isFile() ? hashOf(join(folder, name)) : 'folder']));
}

/** Changes a run's record, under a seal that fits it. @returns the identity that the record has then */
export function editRecord(run: string, edit: (record: Record<string, unknown>) => void): string {
  const record = unsealed(join(run, 'run.json'));
  edit(record);
  const identity = identityOf(record as RunRecord);
  writeSealed(join(run, 'run.json'), record, { run: identity, file: 'run.json' });
  return identity;
}

/** The same, and the marks of its phases are made to fit: as if the run had been made so. */
export function editRun(run: string, edit: (record: Record<string, unknown>) => void): void {
  const identity = editRecord(run, edit);
  for (const file of marksOf(run)) writeSealed(join(run, file), unsealed(join(run, file)), { run: identity, file });
}

/** Makes it a run of before files had checksums. */
export function unsealRun(run: string): void {
  for (const file of ['run.json', ...marksOf(run)]) {
    const value = unsealed(join(run, file));
    Reflect.deleteProperty(value, 'files');
    writeFileSync(join(run, file), JSON.stringify(value));
  }
}

/** Makes a complete run of one flow one that was killed after it had finished some phases. */
export function keepPhases(run: string, phases: readonly string[], change: Partial<RunRecord> = {}): void {
  rmSync(join(run, 'report.html'));
  if (phases.length === 0) rmSync(join(run, 'stage-00'), { recursive: true });
  const identity = editRecord(run, (record) => { Object.assign(record, { state: 'running', result: null, ...change }); });
  const kept = (all: object): object =>
    Object.fromEntries(Object.entries(all).filter(([name]) => phases.includes(name)));
  if (phases.length === 0) return;
  const file = 'stage-00/stage.json';
  const { files, ...marks } = unsealed(join(run, file));
  writeSealed(join(run, file), { ...kept(marks), files: kept(files as object) }, { run: identity, file });
}

const marksOf = (run: string): string[] =>
  readdirSync(run, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('stage.json'));

function unsealed(file: string): Record<string, unknown> {
  const { seal, ...value } = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
  assert.ok(seal !== undefined, `${file} is sealed`);
  return value;
}

export const hashOf = (file: string): string => createHash('sha256').update(readFileSync(file)).digest('hex');

/** The files of a run that must not depend on how often it was interrupted. */
export const RESULTS = ['pt.npy', 'pt_energies.npy', 'flow.safetensors', 'ensemble.npy', 'log_weights.npy', 'held_out_log_weights.npy'];

export function bitsOf(run: string): Record<string, string> {
  return Object.fromEntries(RESULTS.map((name) => [name, hashOf(join(run, 'stage-00', name))]));
}

/** Settings of a run that is over in about a second. */
export const TINY = ['--preset', 'quick', ...['ladders=16', 'rounds=64', 'warmupRounds=20', 'steps=12', 'batch=200', 'hidden=16', 'layers=2', 'samples=3000'].flatMap((setting) => ['--set', setting])];
