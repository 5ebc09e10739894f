/** A moment of a computation in one file (safetensors, its JSON part in the metadata), replaced in one step. */
import { rmSync } from 'node:fs';
import { dirname } from 'node:path';
import type { z } from 'zod';
import { InputError } from '../errors.ts';
import type { StoredArray } from './array.ts';
import { syncDirectory, type WriteOptions } from './atomic.ts';
import { fileError, shown } from './fileError.ts';
import { checkJson, parseJson, toJson } from './json.ts';
import { readSealedTensors, writeSealedTensors } from './sealedTensors.ts';
import type { Owner, SealCheck } from './seal.ts';

/** What a checkpoint holds. Numbers that may be NaN, infinite or −0 belong in arrays, which keep every bit. */
export interface Checkpoint<T> {
  json: T;
  arrays: Record<string, StoredArray>;
}

const FORMAT = 'jeffreys-flow checkpoint';
/** Nothing is lost but time: what a checkpoint holds is computed again, with the same bits. */
const REMEDY = 'delete it: `jeffreys resume` then goes on from the last finished phase';

/**
 * Replaces the checkpoint: a kill at any instant leaves the old one or the new one.
 * @throws RangeError if `json` holds a number that is not finite; InputError (exit code 1) if the disk refuses
 */
export function writeCheckpoint(
  path: string, { json, arrays }: Checkpoint<unknown>, owner: Owner, options: WriteOptions = {},
): void {
  writeSealedTensors(path, arrays, { format: FORMAT, json: toJson(json) }, owner, options);
}

/**
 * @throws InputError if the file cannot be read, is damaged or not the owner's, or its JSON part does not follow the
 * schema
 */
export function readCheckpoint<T>(path: string, schema: z.ZodType<T>, check: SealCheck): Checkpoint<T> {
  const { tensors, metadata } = readSealedTensors(path, check, REMEDY);
  const name = shown(path);
  if (metadata['format'] !== FORMAT || typeof metadata['json'] !== 'string')
    throw new InputError(`${name} is not a checkpoint of this program`);
  return { json: checkJson(parseJson(metadata['json'], name), schema, name), arrays: tensors };
}

/** Removes the checkpoint, if there is one. @throws InputError (exit code 1) if the disk refuses */
export function removeCheckpoint(path: string): void {
  try {
    rmSync(path, { force: true });
    syncDirectory(dirname(path));
  } catch (error) {
    throw fileError(error, { doing: 'writing', path });
  }
}
