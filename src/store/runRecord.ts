/** `run.json` on disk: read with the reason in one line when it is not a record of this version, damaged or edited. */
import { join } from 'node:path';
import { InputError } from '../errors.ts';
import type { WriteOptions } from './atomic.ts';
import { oneLine, shown } from './fileError.ts';
import { RESTORE, sha256 } from './checksum.ts';
import { checkJson, parseJsonFile, writeJson } from './json.ts';
import { MARK_FILE } from './piece.ts';
import { ownerIn, unseal, writeSealed } from './seal.ts';
import { RECORD_VERSION, recordSchema, type RunRecord } from '../records/record.ts';
import { roundLimits } from '../settings/rounds.ts';

export const RECORD_FILE = 'run.json';
/** Every kind of run comes to have one. Damage to it is told by those who read it. */
const FIRST_MARK = `stage-00/${MARK_FILE}`;

const FORMAT = recordSchema.shape.format.value;

const LIMITS: ReadonlySet<string> = new Set(roundLimits);

/**
 * What decides a run's bits, in 16 hexadecimal digits: every file of the run says it, so that none is taken for one of
 * another run, or of this one after its settings were changed. When rounds end may change, not what is done in them.
 */
export function identityOf({ target, dimension, preset, seed, settings, definition, dataHash }: RunRecord): string {
  const lasting = Object.fromEntries(Object.entries(settings).filter(([name]) => !LIMITS.has(name)));
  return sha256(JSON.stringify([target, dimension, preset, seed, lasting, definition, dataHash])).slice(0, 16);
}

/**
 * @returns the record, and whether it is sealed: those of before there were seals are not, nor are the files of their
 * runs
 */
export function readRecord(directory: string): { record: RunRecord; sealed: boolean } {
  const path = join(directory, RECORD_FILE);
  const name = shown(path);
  const value = parseJsonFile(path);
  const found = typeof value === 'object' && value !== null ? value : {};
  if (!('format' in found) || found.format !== FORMAT)
    throw new InputError(`${name} is no record of a jeffreys run: its "format" is not "${FORMAT}"`);
  if ('recordVersion' in found && found.recordVersion !== RECORD_VERSION) {
    const version = oneLine(JSON.stringify(found.recordVersion));
    throw new InputError(
      `${name} is written by record version ${version}; this program reads version ${RECORD_VERSION}: use the `
        + 'jeffreys-flow that made the run'
    );
  }
  // The fields first: a wrong one is named, and a record that a newer program wrote has what this one does not know.
  const record = checkJson(value, recordSchema, name);
  const run = identityOf(record);
  unseal(found, { run, file: RECORD_FILE, required: false }, name);
  const marked = ownerIn(join(directory, FIRST_MARK));
  if (marked !== null && marked.run !== run) {
    throw new InputError(`${name} and ${FIRST_MARK} are of different runs, or of one with other settings; ${RESTORE}`);
  }
  return { record, sealed: 'seal' in found };
}

/**
 * Replaces `run.json` in one step.
 * @param sealed false for a run of before there were seals
 * @throws RangeError naming a field that the schema refuses (NaN must pass through `figure`); InputError (exit code 1)
 * if the disk refuses
 */
export function writeRecord(directory: string, record: RunRecord, sealed: boolean, options: WriteOptions = {}): void {
  const parsed = recordSchema.safeParse(record);
  if (!parsed.success)
    throw new RangeError(`run record: ${parsed.error.issues[0].path.join('.')}: ${parsed.error.issues[0].message}`);
  const path = join(directory, RECORD_FILE);
  if (sealed) writeSealed(path, parsed.data, { run: identityOf(parsed.data), file: RECORD_FILE }, options);
  else writeJson(path, parsed.data, options);
}
