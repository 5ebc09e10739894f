/** `events.jsonl`: one JSON object per line, appended as things happen. */
import { readFileSync, truncateSync } from 'node:fs';
import { InputError } from '../errors.ts';
import type { WriteOptions } from './atomic.ts';
import { errorCode, fileError, shown } from './fileError.ts';
import { realFileSystem, writeAll } from './fileSystem.ts';

export type StoredEvent = Record<string, unknown>;

export interface EventLog {
  /** A number that is not finite is stored as null. @throws InputError (exit code 1) if the disk refuses; the log keeps whole lines */
  append(event: object): void;
  close(): void;
}

/** Opens the log for appending, after dropping what a kill left behind the last whole line. */
export function openEventLog(path: string, { files = realFileSystem, whatNext }: WriteOptions = {}): EventLog {
  const context = { doing: 'writing' as const, path, ...(whatNext === undefined ? {} : { whatNext }) };
  const attempt = <T>(action: () => T): T => {
    try {
      return action();
    } catch (error) {
      throw fileError(error, context);
    }
  };
  let length = dropTornEnd(path);
  const file = attempt(() => files.open(path, 'a'));
  return {
    append(event) {
      const line = Buffer.from(JSON.stringify(event) + '\n');
      attempt(() => {
        try {
          writeAll(files, file, line);
        } catch (error) {
          files.truncate(file, length);
          throw error;
        }
      });
      length += line.length;
    },
    close() {
      attempt(() => {
        files.sync(file);
        files.close(file);
      });
    },
  };
}

/** The events so far; a torn end, which a running or killed process may leave, is passed over. @throws InputError naming a damaged line */
export function readEvents(path: string): StoredEvent[] {
  const bytes = readIfThere(path);
  const text = bytes.toString('utf8', 0, wholeLength(bytes));
  const lines = text.split('\n').slice(0, -1);
  return lines.map((line, index) => {
    const event = parseEvent(line);
    if (event === null) throw new InputError(`${shown(path)}: line ${index + 1} is damaged, not a JSON object: delete that line`);
    return event;
  });
}

/** @returns the length that remains, in bytes */
function dropTornEnd(path: string): number {
  const bytes = readIfThere(path);
  const length = wholeLength(bytes);
  try {
    if (length < bytes.length) truncateSync(path, length);
  } catch (error) {
    throw fileError(error, { doing: 'writing', path });
  }
  return length;
}

/** Length up to the end of the last whole line that is an event. A crash of the machine may leave zeros, newlines included. */
function wholeLength(bytes: Buffer): number {
  let end = bytes.lastIndexOf(0x0a) + 1;
  while (end > 0) {
    const begin = end >= 2 ? bytes.lastIndexOf(0x0a, end - 2) + 1 : 0;
    if (parseEvent(bytes.toString('utf8', begin, end)) !== null) break;
    end = begin;
  }
  return end;
}

function readIfThere(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return Buffer.alloc(0);
    throw fileError(error, { doing: 'reading', path });
  }
}

function parseEvent(line: string): StoredEvent | null {
  try {
    const value: unknown = JSON.parse(line);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

function isObject(value: unknown): value is StoredEvent {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
