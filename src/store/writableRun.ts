/** A run directory that this process alone writes: it holds the lock. */
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { RunRecord } from '../records/record.ts';
import { syncDirectory, writeFileAtomic, type WriteOptions } from './atomic.ts';
import { removeCheckpoint, writeCheckpoint, type Checkpoint } from './checkpoint.ts';
import { openEventLog, type EventLog } from './events.ts';
import { fileError, shown } from './fileError.ts';
import { realFileSystem, type FileSystem } from './fileSystem.ts';
import type { Lock } from './lock.ts';
import { placeFile, stageFile } from './piece.ts';
import { EVENTS_FILE, Run, stageName } from './run.ts';
import { writeRecord } from './runRecord.ts';
import { writeSealed } from './seal.ts';

/**
 * A run that no other process writes. Every write happens in one step and is on disk when it returns; a refusing disk
 * gives InputError (exit code 1).
 */
export class WritableRun extends Run {
  /** Temporaries of an earlier process, removed when the run was opened. */
  readonly removedTemporaries: readonly string[];
  readonly #lock: Lock;
  readonly #options: WriteOptions;
  readonly #events: EventLog;
  #open = true;

  constructor(path: string, { lock, files, removedTemporaries }: {
    lock: Lock; files: FileSystem; removedTemporaries: readonly string[]
  }) {
    super(path);
    this.#lock = lock;
    this.removedTemporaries = removedTemporaries;
    this.#options = writeOptions(path, files);
    this.#events = openEventLog(this.file(EVENTS_FILE), this.#options, this.sealed);
  }

  /** Changes fields of the record. @param time becomes `updatedAt` */
  updateRecord(change: Partial<RunRecord>, time: Date): void {
    const next = { ...this.current, ...change, updatedAt: time.toISOString() };
    writeRecord(this.path, next, this.sealed, this.#optionsWhileOpen());
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

  /**
   * Puts a file beside its name, where it waits for a mark that names it.
   * @returns its checksum, for the mark
   * @see piece.ts
   */
  stageFile(name: string, pieces: readonly Uint8Array[]): string {
    return stageFile(this.#prepare(name), pieces, this.#optionsWhileOpen());
  }

  /** Gives files of one folder their names, after the mark. @param sums of the files by their names in the folder */
  placeFiles(folder: string, sums: Readonly<Record<string, string>>): void {
    const { files = realFileSystem } = this.#optionsWhileOpen();
    try {
      for (const [name, sum] of Object.entries(sums)) placeFile(this.file(join(folder, name)), sum, files);
      syncDirectory(this.file(folder), files);
    } catch (error) {
      throw fileError(error, { doing: 'writing', path: this.file(folder), ...this.#options });
    }
  }

  /** @throws RangeError if a number is not finite */
  writeJson(name: string, value: object): void {
    writeSealed(this.#prepare(name), value, this.owner(name), this.#optionsWhileOpen());
  }

  writeFile(name: string, data: string | Uint8Array): void {
    writeFileAtomic(this.#prepare(name), data, this.#optionsWhileOpen());
  }

  /** Replaces the checkpoint `name`: a kill at any instant leaves the old one or this one, whole. */
  writeCheckpoint(name: string, checkpoint: Checkpoint<unknown>): void {
    this.#prepare(name);
    writeCheckpoint(this.checkpointFile(name), checkpoint, this.owner(name), this.#optionsWhileOpen());
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
