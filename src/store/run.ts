/** A run directory in use: `Run` reads, `WritableRun` (which holds the lock) also writes. */
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { z } from 'zod';
import type { StoredArray } from './array.ts';
import { syncDirectory, writeFileAtomic, type WriteOptions } from './atomic.ts';
import { readCheckpoint, removeCheckpoint, writeCheckpoint, type Checkpoint } from './checkpoint.ts';
import { openEventLog, readEvents, type EventLog, type StoredEvent } from './events.ts';
import { fileError, shown } from './fileError.ts';
import type { FileSystem } from './fileSystem.ts';
import { readJson, writeJson } from './json.ts';
import type { Lock } from './lock.ts';
import { createNpyWriter, readNpy, writeNpy, type NpyArray, type NpyWriter } from './npy.ts';
import type { NpyDType } from './npyHeader.ts';
import type { RunRecord } from '../records/record.ts';
import { readRecord, writeRecord } from './runRecord.ts';
import { readSafetensors, writeSafetensors, type Tensors } from './safetensors.ts';

export const EVENTS_FILE = 'events.jsonl';

/** `stage-00`, `stage-01`, …: the folder of a step of the ladder. */
export function stageName(stage: number): string {
  return `stage-${String(stage).padStart(2, '0')}`;
}

/** A run as it was when opened. File names are relative to its folder: `stage-00/pt.npy`. Reading throws InputError as the readers do. */
export class Run {
  readonly path: string;
  protected current: RunRecord;

  /** @throws InputError if `run.json` is missing, damaged or of another version */
  constructor(path: string) {
    this.path = path;
    this.current = readRecord(path);
  }

  get record(): RunRecord {
    return this.current;
  }

  /** The path of a file of the run. */
  file(name: string): string {
    return join(this.path, name);
  }

  has(name: string): boolean {
    return existsSync(this.file(name));
  }

  events(): StoredEvent[] {
    return readEvents(this.file(EVENTS_FILE));
  }

  readArray(name: string): NpyArray {
    return readNpy(this.file(name));
  }

  readTensors(name: string): Tensors {
    return readSafetensors(this.file(name));
  }

  readJson<T>(name: string, schema: z.ZodType<T>): T {
    return readJson(this.file(name), schema);
  }

  /** @returns null if there is none */
  readCheckpoint<T>(name: string, schema: z.ZodType<T>): Checkpoint<T> | null {
    const path = this.checkpointFile(name);
    return existsSync(path) ? readCheckpoint(path, schema) : null;
  }

  protected checkpointFile(name: string): string {
    return this.file(`${name}.checkpoint.safetensors`);
  }
}

/** A run that no other process writes. Every write happens in one step and is on disk when it returns; a refusing disk gives InputError (exit code 1). */
export class WritableRun extends Run {
  /** Temporaries of an earlier process, removed when the run was opened. */
  readonly removedTemporaries: readonly string[];
  readonly #lock: Lock;
  readonly #options: WriteOptions;
  readonly #events: EventLog;
  #open = true;

  constructor(path: string, { lock, files, removedTemporaries }: { lock: Lock; files: FileSystem; removedTemporaries: readonly string[] }) {
    super(path);
    this.#lock = lock;
    this.removedTemporaries = removedTemporaries;
    this.#options = writeOptions(path, files);
    this.#events = openEventLog(this.file(EVENTS_FILE), this.#options);
  }

  /** Changes fields of the record. @param time becomes `updatedAt` */
  updateRecord(change: Partial<RunRecord>, time: Date): void {
    const next = { ...this.current, ...change, updatedAt: time.toISOString() };
    writeRecord(this.path, next, this.#optionsWhileOpen());
    this.current = next;
  }

  /** Appends a line to `events.jsonl`; the only write that may be lost when the machine (not the process) crashes. */
  appendEvent(event: object): void {
    this.#optionsWhileOpen();
    this.#events.append(event);
  }

  /** Makes the folder of a stage. @returns its name, to begin file names with */
  stage(stage: number): string {
    const name = stageName(stage);
    this.folder(name);
    return name;
  }

  /** Makes a folder of the run. */
  folder(name: string): void {
    this.#prepare(`${name}/`);
  }

  writeArray(name: string, array: NpyArray): void {
    writeNpy(this.#prepare(name), array, this.#optionsWhileOpen());
  }

  /** For an array too large to hold: append its pieces, then close. */
  createArrayWriter<D extends NpyDType>(name: string, form: { dtype: D; shape: readonly number[] }): NpyWriter<D> {
    return createNpyWriter(this.#prepare(name), form, this.#optionsWhileOpen());
  }

  writeTensors(name: string, tensors: Readonly<Record<string, StoredArray>>, metadata: Readonly<Record<string, string>> = {}): void {
    writeSafetensors(this.#prepare(name), tensors, metadata, this.#optionsWhileOpen());
  }

  /** @throws RangeError if a number is not finite */
  writeJson(name: string, value: unknown): void {
    writeJson(this.#prepare(name), value, this.#optionsWhileOpen());
  }

  writeFile(name: string, data: string | Uint8Array): void {
    writeFileAtomic(this.#prepare(name), data, this.#optionsWhileOpen());
  }

  /** Replaces the checkpoint `name`: a kill at any instant leaves the old one or this one, whole. */
  writeCheckpoint(name: string, checkpoint: Checkpoint<unknown>): void {
    this.#prepare(name);
    writeCheckpoint(this.checkpointFile(name), checkpoint, this.#optionsWhileOpen());
  }

  removeCheckpoint(name: string): void {
    this.#optionsWhileOpen();
    removeCheckpoint(this.checkpointFile(name));
  }

  /** Removes a file or folder of the run, if it is there. */
  remove(name: string): void {
    this.#optionsWhileOpen();
    try {
      rmSync(this.file(name), { recursive: true, force: true });
    } catch (error) {
      throw fileError(error, { doing: 'writing', path: this.file(name) });
    }
  }

  /** Ends writing and gives the run free for other processes. Again does nothing. */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    try {
      this.#events.close();
    } finally {
      this.#lock.release();
    }
  }

  #optionsWhileOpen(): WriteOptions {
    if (!this.#open) throw new Error(`${this.path} is closed`);
    return this.#options;
  }

  /** Makes the folder that a file goes in. @returns the file's path */
  #prepare(name: string): string {
    const path = this.file(name);
    const folder = name.endsWith('/') ? path : dirname(path);
    if (existsSync(folder)) return path;
    try {
      mkdirSync(folder, { recursive: true });
      syncDirectory(dirname(folder));
    } catch (error) {
      throw fileError(error, { doing: 'writing', path, ...this.#options });
    }
    return path;
  }
}

/** How a run's files are written, and what a failure tells the user to do. */
export function writeOptions(path: string, files: FileSystem): WriteOptions {
  return { files, whatNext: `\`jeffreys resume ${shown(path)}\`` };
}
