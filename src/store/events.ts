/**
 * `events.jsonl`: one JSON object per line, appended as things happen. Every line ends with a checksum of what is
 * before it.
 */
import { readFileSync, truncateSync } from 'node:fs';
import { InputError } from '../errors.ts';
import type { WriteOptions } from './atomic.ts';
import { sha256 } from './checksum.ts';
import { errorCode, fileError, shown } from './fileError.ts';
import { realFileSystem, writeAll } from './fileSystem.ts';

export type StoredEvent = Record<string, unknown>;

export interface EventLog {
  /**
   * A number that is not finite is stored as null.
   * @throws InputError (exit code 1) if the disk refuses; the log keeps whole lines
   */
  append(event: object): void;
  close(): void;
}

/**
 * Opens the log for appending, after dropping what a kill left behind the last whole line.
 * @param required as of `readEvents` @throws InputError naming a damaged line before that
 */
export function openEventLog(path: string, options: WriteOptions = {}, required = false): EventLog {
  const { files = realFileSystem, whatNext } = options;
  const context = { doing: 'writing' as const, path, ...(whatNext === undefined ? {} : { whatNext }) };
  const attempt = <T>(action: () => T): T => {
    try {
      return action();
    } catch (error) {
      throw fileError(error, context);
    }
  };
  readEvents(path, required);
  let length = dropTornEnd(path);
  const file = attempt(() => files.open(path, 'a'));
  return {
    append(event) {
      const line = Buffer.from(`${withSum(JSON.stringify(event))}\n`);
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

/**
 * The events so far; a torn end, which a running or killed process may leave, is passed over.
 * @param required whether every line must have its checksum: those of before there were any have none
 * @throws InputError naming a damaged line
 */
export function readEvents(path: string, required = false): StoredEvent[] {
  const bytes = readIfThere(path);
  const text = bytes.toString('utf8', 0, wholeLength(bytes));
  const lines = text.split('\n').slice(0, -1);
  return lines.map((line, index) => {
    const event = parseEvent(line);
    if (event !== null && (!required || SUM.test(line))) return event;
    throw new InputError(`${shown(path)}: line ${index + 1} is damaged: delete that line`);
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

/**
 * Length up to the end of the last whole line that is an event. A crash of the machine may leave zeros, newlines
 * included.
 */
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

/** Last in every line: eight digits of the checksum of the line without it. */
const SUM = /,?"sum":"([0-9a-f]{8})"\}\s*$/;

const sumOf = (json: string): string => sha256(json).slice(0, 8);

const withSum = (json: string): string => `${json.slice(0, -1)}${json === '{}' ? '' : ','}"sum":"${sumOf(json)}"}`;

/** @returns the event without its sum, or null if it does not fit */
function parseEvent(line: string): StoredEvent | null {
  const [end, sum] = SUM.exec(line) ?? [];
  const json = end === undefined ? line : `${line.slice(0, -end.length)}}`;
  if (sum !== undefined && sum !== sumOf(json)) return null;
  try {
    const value: unknown = JSON.parse(json);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

function isObject(value: unknown): value is StoredEvent {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
