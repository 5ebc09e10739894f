/** Where in a user's own file something went wrong: only the stack of calls knows it. */
import { fileURLToPath } from 'node:url';
import { InputError } from '../errors.ts';

/** This library and its command: what lies there, or in a package, was not written by the user. */
const LIBRARY = ['../', '../../bin/'].map((folder) => fileURLToPath(new URL(folder, import.meta.url)));

/** `at f (/a/b.ts:3:7)`, `at async f (…)`, or without a name `at file:///a/b.ts:3:7`. */
const FRAME = /^\s*at (?:async )?(?:[^(]*? \((.+?):(\d+):\d+\)|(.+?):(\d+):\d+)$/;

/** `file:line` of the innermost call that is neither the library's nor a package's; null where the stack shows none. */
export function userLine(stack: string | undefined): string | null {
  for (const frame of (stack ?? '').split('\n')) {
    const match = FRAME.exec(frame);
    if (match === null) continue;
    const [place, line] = [match[1] ?? match[3], match[2] ?? match[4]];
    const path = place.startsWith('file:') ? fileURLToPath(place) : place;
    const own = LIBRARY.some((folder) => path.startsWith(folder)) || /[\\/]node_modules[\\/]/.test(path);
    if (!own && /^(?:[\\/]|[A-Za-z]:[\\/])/.test(path)) return `${path}:${line}`;
  }
  return null;
}

/** An error of the user's code that calls us now: its message begins with file and line, where the stack shows them. */
export function userError(what: string): InputError {
  const line = userLine(new Error(what).stack);
  return new InputError(line === null ? what : `${line}: ${what}`);
}

/** The built-in function, `Math.exp`, that called the function which asks; null where it was an operator. */
export function builtInCaller(): string | null {
  // Of the stack: its message, this function, the function that asks, and who called it.
  const frame = (new Error('who calls').stack ?? '').split('\n')[3] ?? '';
  return /^\s*at (?:new )?([\w.]+) \(<anonymous>\)$/.exec(frame)?.[1] ?? null;
}
