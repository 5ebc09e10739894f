/** JSON files read back through a schema, with errors that name the file and the field. */
import { readFileSync } from 'node:fs';
import type { z } from 'zod';
import { InputError } from '../errors.ts';
import { writeFileAtomic, type WriteOptions } from './atomic.ts';
import { fileError, oneLine, shown } from './fileError.ts';

/** @throws InputError if the file cannot be read or is no JSON */
export function parseJsonFile(path: string): unknown {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw fileError(error, { doing: 'reading', path });
  }
  return parseJson(text, shown(path));
}

/** @param name how messages call the text @throws InputError if it is no JSON */
export function parseJson(text: string, name: string): unknown {
  if (text.trim() === '')
    throw new InputError(`${name} is empty, where JSON should be: it was cut short or overwritten`);
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new InputError(
      `${name} is damaged, not JSON: ${oneLine(error instanceof Error ? error.message : String(error))}`,
      { cause: error }
    );
  }
}

/** @throws InputError naming the first field that does not follow the schema */
export function checkJson<T>(value: unknown, schema: z.ZodType<T>, name: string): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const field = issue.path.map(String).join('.');
  throw new InputError(
    `${name}: ${field === '' ? 'the whole' : `"${oneLine(field)}"`} is not right: ${oneLine(issue.message)}`,
    { cause: parsed.error }
  );
}

/** Writes indented JSON in one step. @throws RangeError as `toJson`; InputError (exit code 1) if the disk refuses */
export function writeJson(path: string, value: unknown, options: WriteOptions = {}): void {
  writeFileAtomic(path, toJson(value, 2) + '\n', options);
}

/**
 * JSON that reads back as the same numbers (−0 apart, which becomes 0).
 * @throws RangeError naming a number that is not finite, which JSON would turn into null in silence: pass it through
 * `figure`
 */
export function toJson(value: unknown, indent = 0): string {
  return JSON.stringify(
    value,
    (key, member: unknown) => {
      if (typeof member === 'number' && !Number.isFinite(member))
        throw new RangeError(`"${key}" is ${member}, which JSON cannot hold`);
      return member;
    },
    indent,
  );
}
