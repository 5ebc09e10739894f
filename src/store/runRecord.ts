/** `run.json` on disk: read with the reason in one line when it is not a record of this version. */
import { join } from 'node:path';
import { InputError } from '../errors.ts';
import type { WriteOptions } from './atomic.ts';
import { oneLine, shown } from './fileError.ts';
import { checkJson, parseJsonFile, writeJson } from './json.ts';
import { RECORD_VERSION, recordSchema, type RunRecord } from '../records/record.ts';

export const RECORD_FILE = 'run.json';

const FORMAT = recordSchema.shape.format.value;

/** @throws InputError if `run.json` is missing, no JSON, of another format or version, or has a wrong field (which it names) */
export function readRecord(directory: string): RunRecord {
  const path = join(directory, RECORD_FILE);
  const name = shown(path);
  const value = parseJsonFile(path);
  const found = typeof value === 'object' && value !== null ? value : {};
  if (!('format' in found) || found.format !== FORMAT) throw new InputError(`${name} is no record of a jeffreys run: its "format" is not "${FORMAT}"`);
  if ('recordVersion' in found && found.recordVersion !== RECORD_VERSION) {
    const version = oneLine(JSON.stringify(found.recordVersion));
    throw new InputError(`${name} is written by record version ${version}; this program reads version ${RECORD_VERSION}: use the jeffreys-flow that made the run`);
  }
  return checkJson(value, recordSchema, name);
}

/**
 * Replaces `run.json` in one step.
 * @throws RangeError naming a field that the schema refuses (NaN must pass through `figure`); InputError (exit code 1) if the disk refuses
 */
export function writeRecord(directory: string, record: RunRecord, options: WriteOptions = {}): void {
  const parsed = recordSchema.safeParse(record);
  if (!parsed.success) throw new RangeError(`run record: ${parsed.error.issues[0].path.join('.')}: ${parsed.error.issues[0].message}`);
  writeJson(join(directory, RECORD_FILE), parsed.data, options);
}
