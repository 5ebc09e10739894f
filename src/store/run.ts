/** A run directory as its readers see it. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { z } from 'zod';
import type { RunRecord } from '../records/record.ts';
import { readCheckpoint, type Checkpoint } from './checkpoint.ts';
import { readEvents, type StoredEvent } from './events.ts';
import { readNpyFrom, readNpyRowsFrom, type NpyArray } from './npy.ts';
import { readNpyHeader } from './npyHeader.ts';
import { readMarked } from './piece.ts';
import { identityOf, readRecord } from './runRecord.ts';
import { readSafetensorsFrom, type Tensors } from './safetensors.ts';
import { readHeader } from './safetensorsHeader.ts';
import { readSealed } from './seal.ts';

export const EVENTS_FILE = 'events.jsonl';

/** `stage-00`, `stage-01`, …: the folder of a step of the ladder. */
export function stageName(stage: number): string {
  return `stage-${String(stage).padStart(2, '0')}`;
}

/**
 * A run as it was when opened. File names are relative to its folder: `stage-00/pt.npy`. Reading throws InputError as
 * the readers do.
 */
export class Run {
  readonly path: string;
  /** Whether all of its files have checksums; false for a run of before there were any. */
  readonly sealed: boolean;
  protected current: RunRecord;
  /** Said by every file of the run. */
  readonly #identity: string;

  /** @throws InputError if `run.json` is missing, damaged, edited or of another version */
  constructor(path: string) {
    this.path = path;
    const { record, sealed } = readRecord(path);
    this.current = record;
    this.sealed = sealed;
    this.#identity = identityOf(record);
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
    return readEvents(this.file(EVENTS_FILE), this.sealed);
  }

  /** @param sum the file's checksum; null where there was none yet */
  readArray(name: string, sum: string | null): NpyArray {
    return readMarked(this.file(name), sum, readNpyFrom);
  }

  /**
   * Some rows of an array, of which all are checked.
   * @param pick indices of the rows, of so many
   * @param sum as of `readArray`
   */
  readRows(name: string, sum: string | null, pick: (rows: number) => readonly number[]): Float64Array {
    return readMarked(this.file(name), sum, (source) => readNpyRowsFrom(source, pick));
  }

  /** @param sum the file's checksum; null where there was none yet */
  readTensors(name: string, sum: string | null): Tensors {
    return readMarked(this.file(name), sum, readSafetensorsFrom);
  }

  /** Reads all of an array or of tensors, in bounded memory. @param sum the file's checksum */
  checkFile(name: string, sum: string): void {
    readMarked<unknown>(this.file(name), sum, name.endsWith('.npy') ? readNpyHeader : readHeader);
  }

  readJson<T>(name: string, schema: z.ZodType<T>): T {
    return readSealed(this.file(name), schema, { ...this.owner(name), required: this.sealed });
  }

  /** @returns null if there is none */
  readCheckpoint<T>(name: string, schema: z.ZodType<T>): Checkpoint<T> | null {
    const path = this.checkpointFile(name);
    return existsSync(path) ? readCheckpoint(path, schema, { ...this.owner(name), required: this.sealed }) : null;
  }

  /** What a file of this run says of itself. */
  protected owner(file: string): { run: string; file: string } {
    return { run: this.#identity, file };
  }

  protected checkpointFile(name: string): string {
    return this.file(`${name}.checkpoint.safetensors`);
  }
}
